/**
 * A call of a route, whatever carried it: who may make it, what it must look like, and the handler's answer. HTTP (`mount.ts`) and the
 * multiplexed socket (`multiplex.ts`) translate to this and back.
 *
 * It refuses what the route's own value does not allow: a caller of another kind, and a body that is not the schema's, with the exact path of
 * what was wrong, or that has a member the schema does not name. Handlers decide nothing about any of this.
 */

import { readRouteBody } from '@writ/protocol';
import type { ProblemWire, Route, Caller as RouteCaller } from '@writ/protocol';
import type { Possession } from './possession.ts';
import { problem, tooMany } from './problem.ts';

export type Answer<T> = { readonly ok: true; readonly body: T } | { readonly ok: false; readonly problem: ProblemWire };

/** Someone who calls; `anyone` on routes that need no credential. */
export type Principal = { readonly kind: RouteCaller };

export type Call<Body, P> = {
  readonly body: Body;
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly caller: P;
  readonly idempotencyKey: string | undefined;
  /** A header by its lower-case name, when it came once. */
  readonly header: (name: string) => string | undefined;
};

export type Handler<R extends Route, P> = (
  call: Call<R['body']['_zod']['output'], P>,
) => Promise<Answer<R['reply']['_zod']['input']>> | Answer<R['reply']['_zod']['input']>;
export type Api = Readonly<Record<string, Route>>;
export type Handlers<A extends Api, P> = { readonly [Name in keyof A]: Handler<A[Name], P> };

export type Attempt = { readonly route: string; readonly params: Readonly<Record<string, string>> };

export type MountOptions<P extends Principal> = {
  /** Who the bearer belongs to; undefined for one nobody was given. */
  readonly authenticate: (token: string) => P | undefined;
  readonly anyone: P;
  /** Takes an idempotency key for one body alone: a problem where it came with another one before. */
  readonly claim?: (caller: P, attempt: Attempt, key: string, body: unknown) => Promise<ProblemWire | undefined>;
  /** The keys that some callers have to prove; absent where nobody does. */
  readonly possession?: Possession<P>;
  /** Stands around the answer to each call, for whoever traces. */
  readonly around?: (
    one: Mounted<P>,
    call: Call<unknown, P>,
    act: () => Promise<Answer<unknown>>,
  ) => Promise<Answer<unknown>>;
  /** Told of each problem a handler answered with, before it is sent. */
  readonly onRefused?: (caller: P, attempt: Attempt, problem: ProblemWire) => Promise<void>;
  /** How many milliseconds a call of this route has to wait, because of how many its caller made; 0 for not at all. Default: nobody waits. */
  readonly wait?: (caller: P, route: string) => number;
  /** Somebody called what is not theirs to call: the problem to answer with, after it was recorded. */
  readonly onForbidden: (caller: P, attempt: Attempt) => Promise<ProblemWire>;
};

/** A route of an API under its name, with the handler that answers it. */
export type Mounted<P> = { readonly name: string; readonly route: Route; readonly handler: Handler<Route, P> };

/** Every route of `api` with its handler. */
export function mounted<A extends Api, P>(api: A, handlers: Handlers<A, P>): readonly Mounted<P>[] {
  return Object.keys(api).flatMap((name) => {
    const route = api[name];
    // `handlers` has the same keys as `api`; the pairing is checked where it is written.
    const handler = handlers[name] as Handler<Route, P> | undefined;
    return route === undefined || handler === undefined ? [] : [{ name, route, handler }];
  });
}

/** To who carries no credential, or one that is not known. */
export const unauthenticated = problem(
  401,
  'unauthenticated',
  'the request carries no credential that is known here',
  'send `Authorization: Bearer TOKEN`',
);

/** Why `caller` may not call the route; undefined where it may. */
export async function whyNotCalled<P extends Principal>(
  { name, route }: Mounted<P>,
  caller: P | undefined,
  params: Readonly<Record<string, string>>,
  { onForbidden, wait }: Pick<MountOptions<P>, 'onForbidden' | 'wait'>,
): Promise<ProblemWire | undefined> {
  if (route.callers.includes('anyone')) return undefined;
  if (caller === undefined) return unauthenticated;
  const ms = wait?.(caller, name) ?? 0;
  if (ms > 0) return tooMany(ms);
  return route.callers.includes(caller.kind) ? undefined : onForbidden(caller, { route: name, params });
}

/** Checks what came, asks the handler, and tells who keeps the record of what was refused. The caller is one that may call. */
export function answerCall<P extends Principal>(
  one: Mounted<P>,
  call: Call<unknown, P>,
  options: Pick<MountOptions<P>, 'claim' | 'onRefused' | 'around'>,
): Promise<Answer<unknown>> {
  const act = (): Promise<Answer<unknown>> => checkAndAnswer(one, call, options);
  return options.around === undefined ? act() : options.around(one, call, act);
}

async function checkAndAnswer<P extends Principal>(
  { name, route, handler }: Mounted<P>,
  call: Call<unknown, P>,
  { claim, onRefused }: Pick<MountOptions<P>, 'claim' | 'onRefused'>,
): Promise<Answer<unknown>> {
  const malformed = malformedParam(call.params) ?? malformedKey(call.idempotencyKey);
  if (malformed !== undefined) return { ok: false, problem: malformed };
  const body = parseBody(route, call.body);
  if (!body.ok) return body;
  const isKeyed = call.idempotencyKey !== undefined && route.method !== 'GET' && route.question !== true;
  const conflict = isKeyed
    ? await claim?.(call.caller, { route: name, params: call.params }, call.idempotencyKey, body.body)
    : undefined;
  if (conflict !== undefined) return { ok: false, problem: conflict };
  const result = await handler({ ...call, body: body.body });
  if (!result.ok) await onRefused?.(call.caller, { route: name, params: call.params }, result.problem);
  return result;
}

function malformedParam(params: Readonly<Record<string, string>>): ProblemWire | undefined {
  const strange = Object.entries(params).find(([, value]) => !/^[A-Za-z0-9_.-]{1,128}$/.test(value));
  return strange && problem(404, 'not_found', `\`${strange[0]}\` in the path is not an identifier`);
}

function malformedKey(key: string | undefined): ProblemWire | undefined {
  if (key === undefined || /^[\x21-\x7e]{1,255}$/.test(key)) return undefined;
  return problem(
    400,
    'malformed_request',
    '`Idempotency-Key` has characters no key has, or too many',
    'use a random identifier',
  );
}

function parseBody(route: Route, body: unknown): Answer<unknown> {
  const read = readRouteBody(route, body);
  return read.ok ? read : { ok: false, problem: problem(400, 'malformed_request', read.detail, read.wayOut) };
}
