/**
 * Names for the calls of a harness that gives them none: each call its own, and its end the oldest call of the same tool with the same input that runs. Pure but
 * for what it remembers, and bounded by what runs.
 */

type Called = { readonly tool: string; readonly input: Readonly<Record<string, unknown>> };

export interface CallNames {
  begins(call: Called): string;
  /** It will have no end. */
  refused(name: string): void;
  /** Of a call that began, or a new one: then nobody was asked about it. */
  ended(call: Called): string;
}

/** Names of one session. */
export function createCallNames(): CallNames {
  const running: { readonly name: string; readonly called: string }[] = [];
  let count = 0;
  const calledBy = ({ tool, input }: Called): string => JSON.stringify([tool, input]);
  const remove = (at: number): string | undefined => (at < 0 ? undefined : running.splice(at, 1)[0]?.name);
  const next = (): string => `unnamed-${String((count += 1))}`;
  return {
    begins(call) {
      const name = next();
      running.push({ name, called: calledBy(call) });
      if (running.length > mostRunning) running.shift();
      return name;
    },
    refused(name) {
      remove(running.findIndex((one) => one.name === name));
    },
    ended(call) {
      const called = calledBy(call);
      return remove(running.findIndex((one) => one.called === called)) ?? next();
    },
  };
}

/** Calls whose end never came are forgotten beyond this. */
const mostRunning = 1_000;
