/**
 * The command that a harness runs before each call where nothing of Writ started it: it hands the call to the resident guard of this machine over a local socket, and starts Node
 * only where none answers. Pure.
 *
 * INVARIANT: of a repository's own hook, whatever goes wrong lets the harness go on as without Writ. It stands in a file that teammates share: who has no Writ notices nothing.
 */

import { refusalsBegin, statusPatterns } from '@writ/enforce';

/** What it is told, read to its end; where Writ started the harness, which has its own hooks then, this one says nothing. */
const notUnderWrit = 'call=$(cat); [ -z "$WRIT_SESSION" ] || exit 0';
/** `$state`, as `findHome` has it. Without `${…}`: Gemini CLI puts values into its settings by a pattern of its own, which takes no such expression within another. */
const findState =
  'state=$XDG_STATE_HOME; [ -n "$state" ] || state=$HOME/.local/state; state=$state/writ; [ -z "$WRIT_HOME" ] || state=$WRIT_HOME';

/** Of its folder `enforcer`. */
export const guardSocket = 'guard.sock';

/** Seconds the harness waits, and of these the resident guard has. What is left is enough for a start of Node. */
export const guardTimeoutS = 10;
const residentS = 4;

/** How an answer begins that has Claude Code ask. */
const askBegins = '{"hookSpecificOutput":{"hookEventName":"PreToolUse","permissionDecision":"ask",';

/** Asks the resident guard. */
const post = (path: string): string =>
  `printf "%s" "$call" | curl -fsS -m ${String(residentS)} -w "%{http_code}" --unix-socket "$sock" --data-binary @- "http://localhost/${path}" 2>/dev/null`;

/** What the harness `name` runs before a call. */
export function guardCommand(name: string): string {
  return [
    notUnderWrit,
    `${findState}; sock=$state/enforcer/${guardSocket}`,
    `if [ -S "$sock" ] && answer=$(${post(name)}); then case $answer in "{}200") exit 0 ;; ${statusPatterns([...refusalsBegin, askBegins])}) printf "%s" "\${answer%200}"; exit 0 ;; esac; fi`,
    `{ command -v writ >/dev/null && printf "%s" "$call" | writ hook ${name}; } 2>/dev/null || true`,
  ].join('; ');
}

/**
 * What the harness `name` runs before a call where the administrator of a machine put it; `preset` counts where nobody chose one.
 *
 * INVARIANT: here no answer, and one that it does not know, is a no: the call is blocked by 2, and the model and the person read why.
 */
export function managedCommand(name: string, preset: string): string {
  const why = `writ: this machine has its hooks, and no Writ of this account answered, so nothing was done; \`writ up\` starts it, \`writ doctor\` says more`;
  return [
    `call=$(cat); [ -z "$WRIT_SESSION" ] || { echo "{}"; exit 0; }`,
    `${findState}; sock=$state/enforcer/${guardSocket}`,
    `answer=$([ -S "$sock" ] && ${post(`${name}?preset=${preset}`)}) || answer=$(printf "%s" "$call" | writ hook ${name} --preset ${preset} 2>/dev/null)200`,
    `case $answer in "{}200") echo "{}" ;; ${statusPatterns([...refusalsBegin, askBegins])}) printf "%s" "\${answer%200}" ;; *) echo '${why}' >&2; exit 2 ;; esac`,
  ].join('; ');
}

const message = (sentence: string): string => `echo '${JSON.stringify({ systemMessage: `writ: ${sentence}` })}'`;

/** What the harness `name` runs when a session starts: it says why the guard holds nothing, where a person had Writ here. */
export function guardStartCommand(name: string): string {
  return [
    notUnderWrit,
    `${findState}; [ -d "$state" ] || exit 0`,
    `if command -v writ >/dev/null 2>&1; then printf "%s" "$call" | writ hook ${name} 2>/dev/null || ${message('the `writ` on the PATH is older than the guard in this repository, so nothing is held back; update it, or take the guard out with `writ off`')}; else ${message('this repository has a guard, and there is no `writ` on the PATH, so nothing is held back; install it, or take the hooks that name `writ` out of the settings')}; fi`,
  ].join('; ');
}

/** Whether a command is one of these, of this version or an older one. */
export const isGuardCommand = (command: string): boolean => /\bwrit hook [a-z]+\b/.test(command);
