/**
 * Where the hooks of one session find Writ, from before its harness is prepared until after it ended.
 *
 * INVARIANT: until the session has a judge, every call is refused: nothing of it was approved yet.
 */

import { randomBytes } from 'node:crypto';
import type { HarnessAdapter, HarnessEvent, HookAnswer, HookPlace } from '@writ/enforce/attended';
import { startHookEndpoint } from '@writ/enforce/start';
import type { HookSocket } from './session-network.ts';

export type Judge = (event: HarnessEvent) => Promise<HookAnswer>;

export interface SessionHooks extends AsyncDisposable {
  /** As the harness is told of it; null where nothing asks by hooks. */
  readonly hook: HookPlace | null;
  /** Where it listens, of a session that shares no port with this machine. */
  readonly place: HookSocket | null;
  /** What the harness's environment says of it. */
  readonly env: Readonly<Record<string, string>>;
  /** From here on its calls are judged so. */
  judgeBy(judge: Judge): void;
}

const tokenVariable = 'WRIT_HOOK_TOKEN';
const urlVariable = 'WRIT_HOOK_URL';

const refuseEarly: Judge = () => Promise.resolve({ kind: 'refuse', why: 'the session was not opened yet' });

/** Listens for the hooks of `adapter`; null: it has none, and nothing is opened. */
export async function openSessionHooks(
  adapter: HarnessAdapter | null,
  inside: HookSocket | null,
): Promise<SessionHooks> {
  let judge = refuseEarly;
  const judgeBy = (given: Judge): void => void (judge = given);
  if (adapter === null)
    return { hook: null, place: null, env: {}, judgeBy, [Symbol.asyncDispose]: () => Promise.resolve() };
  const token = randomBytes(32).toString('base64url');
  const endpoint = await startHookEndpoint({ adapter, token, inside, judge: (event) => judge(event) });
  return {
    hook: { url: endpoint.url, urlVariable, tokenVariable },
    place: inside,
    env: { [urlVariable]: endpoint.url, [tokenVariable]: token },
    judgeBy,
    [Symbol.asyncDispose]: () => endpoint[Symbol.asyncDispose](),
  };
}
