/**
 * One server to ask: a call either answers or ends the command with the server's own problem. Every write carries an idempotency key, so
 * that a lost reply resent does nothing twice.
 */

import { randomUUID } from 'node:crypto';
import type { CallInput, CallResult, Caller } from '@writ/enforce';
import type { ProblemWire, Route } from '@writ/protocol';
import { CommandEnd } from '../exit.ts';

export type ReplyOf<R extends Route> = R['reply']['_zod']['output'];
type Rest<R extends Route> = undefined extends R['body']['_zod']['input'] ? [CallInput<R>?] : [CallInput<R>];

export interface Api {
  /** The reply; a refusal or an unreachable server ends the command. */
  call<R extends Route>(route: R, ...input: Rest<R>): Promise<ReplyOf<R>>;
  /** The reply or the problem, for a command that can do without. */
  attempt<R extends Route>(route: R, ...input: Rest<R>): Promise<CallResult<ReplyOf<R>>>;
}

/** How a server is reached: its caller, where its routes begin, and what to say when it does not answer. */
export type Reach = {
  readonly caller: Caller;
  /** Put before every path: the agent's door forwards `/control`. */
  readonly prefix: string;
  readonly unreachable: (problem: ProblemWire) => ProblemWire;
};

/** The server at `reach`. */
export function apiOf({ caller, prefix, unreachable }: Reach): Api {
  async function attempt<R extends Route>(route: R, ...[input]: Rest<R>): Promise<CallResult<ReplyOf<R>>> {
    const there = prefix === '' ? route : { ...route, path: prefix + route.path };
    const key = route.method === 'GET' ? {} : { idempotencyKey: randomUUID() };
    // The caller's own call, seen as taking one route and its input: a spread loses how the two belong together.
    const { call } = caller as { readonly call: (route: Route, input: unknown) => Promise<CallResult<ReplyOf<R>>> };
    const result = await call(there, { ...key, ...input });
    if (!result.ok && result.problem.code === 'control_unreachable')
      return { ok: false, problem: unreachable(result.problem) };
    return result;
  }
  return {
    attempt,
    call: async (route, ...input) => {
      const result = await attempt(route, ...input);
      if (!result.ok) throw new CommandEnd(result.problem);
      return result.value;
    },
  };
}
