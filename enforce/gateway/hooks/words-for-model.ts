/** What a model is told when a call of its does not run: what, why, what instead, and how to ask people for more. Pure. */

/** A refusal in words a model can act on: what, why, what instead, how to ask people for more, and not to try again. `ask`: the command that asks. */
export function refusalForModel(sentence: string, wayOut: string | null, ask: string | null): string {
  const instead = wayOut === null ? '' : ` To have it allowed: ${wayOut}.`;
  const request =
    ask === null
      ? ''
      : ` If the work needs it, ask the people for exactly this with \`${ask}\`; nothing is allowed by asking, and once somebody said yes the same call passes.`;
  return `Refused by the mandate this session works under: ${sentence}.${instead}${request} Do not retry it or work around it; go on with what is allowed, or say what you could not do.`;
}

/** A call that waits for a person's yes. `approval`: under which it was put before people. */
export const waitingForModel = (sentence: string, approval: string): string =>
  `Not yet: ${sentence}. It was put before people as \`${approval}\`, and nothing ran. Go on with other work, and make exactly the same call again once they said yes.`;

/** The command that asks people for an action, as a shell reads it. */
export const requestCommand = (action: string, resource: string): string =>
  `writ request ${quoted(action)} ${quoted(resource)}`;

const quoted = (word: string): string => (/^[\w.:/@%+=,-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`);
