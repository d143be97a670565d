/**
 * A hook that is a command: it hands what it got to the resident endpoint and prints the answer.
 *
 * INVARIANT: whatever keeps it from an answer ends it with 2, which blocks in every harness that runs commands as hooks; any other failure would let the call run.
 */

/** For as long as a hook may take, in seconds: a person may be asked before it answers. Whatever happens to it meanwhile, the call does not run. */
export const hookTimeoutS = 300;

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

/** The command, for a POSIX shell. `waits`: something waits for the answer, so that no answer, and one that it does not know, is a no. */
export function hookCommand({ urlVariable, tokenVariable }: HookVariables, waits: boolean): string {
  const post = `curl -fsS -m ${String(hookTimeoutS - 2)} -H "Authorization: Bearer $${tokenVariable}" -H "content-type: application/json" --data-binary @- "$${urlVariable}"`;
  // What only says that something is over is not blocked: a harness that may not stop goes on.
  if (!waits) return `${post} || true`;
  const no = 'echo "writ did not answer, so this was not allowed" >&2; exit 2';
  return `answer=$(${post} -w "%{http_code}") || { ${no}; }; case $answer in "{}200") echo "{}" ;; ${statusPatterns(refusalsBegin)}) printf "%s" "\${answer%200}" ;; *) ${no} ;; esac`;
}
