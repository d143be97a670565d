/**
 * A hook that is a command: it hands what it got to the resident endpoint and prints the answer.
 *
 * INVARIANT: whatever keeps it from an answer ends it with 2, which blocks in every harness that runs commands as hooks; any other failure would let the call run.
 */

/** For as long as a hook may take, in seconds: a person may be asked before it answers. Whatever happens to it meanwhile, the call does not run. */
export const hookTimeoutS = 300;
/** For as long as a hook waits for its answer, in seconds: it ends itself before it is ended. */
export const hookPatienceS = hookTimeoutS - 2;

/** What the command finds in its environment. */
export type HookVariables = { readonly urlVariable: string; readonly tokenVariable: string };

/** Programs that have to be on the PATH for it. */
export const hookCommandNeeds = [
  { command: 'curl', why: 'by which its hooks reach Writ; without, every call would be blocked' },
];

/**
 * How every answer begins that a hook may print: a refusal, as the adapters' `reply` writes it. INVARIANT: "no objection" is `{}` and nothing else, so that an answer of
 * somebody else, or of another version, is a no.
 */
export const refusalsBegin = [
  '{"hookSpecificOutput":{"hookEventName":"PreToolUse","permissionDecision":"deny",',
  '{"decision":"block",',
  '{"decision":"deny",',
] as const;

/** Patterns of a shell's `case` for answers that begin so, each with its status behind it, as `curl -w "%{http_code}"` prints it. */
export const statusPatterns = (beginnings: readonly string[]): string =>
  beginnings.map((one) => `'${one}'*"}200"`).join('|');

/**
 * The value of a variable, as a shell writes it. INVARIANT: never as `$name`: Gemini CLI puts what its own environment has by that name into the commands of its settings, before any shell
 * reads them.
 */
const its = (name: string): string => `\${${name}-}`;

/** Bytes of a call that bash reads itself. */
const readByBash = 65_536;

/**
 * The call, from standard input. Most are short, and reading one with `cat` would be another process; the rest of a long one it reads quicker. 0: there is more; 1: the input ended; else this bash cannot (-N is of 4.1).
 */
const readCall = `IFS= read -r -N ${String(readByBash)} call; [ $? -eq 1 ] || call=${its('call')}$(cat)`;

/**
 * Asks over a connection of bash's own, which saves the start of curl: prints the answer with its status behind it, as curl does below. 7, as of curl: nothing was
 * asked, because it did not connect. `-p`: without what the environment would have it run first, or not run. HTTP/1.0, so that the answer ends with the connection; one that is not as long as it said is none. No single quote may stand in it.
 */
const askByBash = ({ urlVariable, tokenVariable }: HookVariables): string =>
  [
    `LC_ALL=C; at=${its(urlVariable)}; at="\${at#http://}"; port="\${at#*:}"; port="\${port%%/*}"`,
    `exec 3<>"/dev/tcp/127.0.0.1/${its('port')}" || exit 7; ${readCall}`,
    `printf "POST /%s HTTP/1.0\\r\\nhost: 127.0.0.1\\r\\nauthorization: Bearer %s\\r\\ncontent-type: application/json\\r\\ncontent-length: %s\\r\\n\\r\\n%s" "\${at#*/}" "${its(tokenVariable)}" "\${#call}" "${its('call')}" >&3 || exit 1`,
    `read -r -t ${String(hookPatienceS)} -u 3 version status words || exit 1`,
    `while read -r -t 5 -u 3 line && [ "\${#line}" -gt 1 ]; do case ${its('line')} in [Cc]ontent-[Ll]ength:*) size="\${line#*: }"; size="\${size%?}" ;; esac; done`,
    'IFS= read -r -d "" -t 5 -u 3 answer',
    `[ "\${#answer}" -eq "${its('size')}" ] || exit 1`,
    `printf "%s%s" "${its('answer')}" "${its('status')}"`,
  ].join('; ');

/** The command, for a POSIX shell. `waits`: something waits for the answer, so that no answer, and one that it does not know, is a no. */
export function hookCommand(names: HookVariables, waits: boolean): string {
  const { urlVariable, tokenVariable } = names;
  const askByCurl = `curl -q --noproxy "*" -fsS -m ${String(hookPatienceS)} -H "Authorization: Bearer ${its(tokenVariable)}" -H "content-type: application/json" -w "%{http_code}" --data-binary @- "${its(urlVariable)}"`;
  // Only where nothing was asked yet, and nothing read: 127 without bash. `set +e`: bash takes options from the environment, and one that ends at the first failure would not end with 2.
  const ask = `set +e; answer=$(bash -p -c '${askByBash(names)}' 2>/dev/null); asked=$?; case ${its('asked')} in 7|127) answer=$(${askByCurl}); asked=$? ;; esac`;
  // What only says that something is over is not blocked: a harness that may not stop goes on.
  if (!waits) return `${ask}; case ${its('answer')} in *200) printf "%s" "\${answer%200}" ;; esac; true`;
  const no = 'echo "writ did not answer, so this was not allowed" >&2; exit 2';
  return `${ask}; [ ${its('asked')} -eq 0 ] || { ${no}; }; case ${its('answer')} in "{}200") echo "{}" ;; ${statusPatterns(refusalsBegin)}) printf "%s" "\${answer%200}" ;; *) ${no} ;; esac`;
}
