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

/** The command, for a POSIX shell. `waits`: something waits for the answer, so that no answer, and one that is no object, is a no. */
export function hookCommand({ urlVariable, tokenVariable }: HookVariables, waits: boolean): string {
  const post = `curl -fsS -m ${String(hookTimeoutS - 2)} -H "Authorization: Bearer $${tokenVariable}" -H "content-type: application/json" --data-binary @- "$${urlVariable}"`;
  // What only says that something is over is not blocked: a harness that may not stop goes on.
  if (!waits) return `${post} || true`;
  const no = 'echo "writ did not answer, so this was not allowed" >&2; exit 2';
  return `answer=$(${post}) || { ${no}; }; case $answer in "{"*"}") printf "%s" "$answer" ;; *) ${no} ;; esac`;
}
