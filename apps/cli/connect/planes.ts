/**
 * The servers a command can ask, connected on first use.
 *
 * For a person: control, runtime and enforcer of this machine, with the owner's token at control alone. INVARIANT: inside a run (see `door-above.ts`) control is
 * asked only through the agent's door, which adds the run's own credential; the owner's token is never read there, and the runtime and the
 * enforcer are not asked at all.
 */

import { readFileSync } from 'node:fs';
import type { Base, CallerOptions } from '@writ/enforce';
import type { ProblemWire } from '@writ/protocol';
import { CommandEnd, exitCodes, problem } from '../exit.ts';
import type { Io } from '../io.ts';
import { doorOf } from '../place/door-above.ts';
import type { Home } from '../place/home.ts';
import { startOf } from '../place/process-identity.ts';
import type { Api } from './api.ts';

export interface Planes {
  control(): Promise<Api>;
  runtime(): Promise<Api>;
  /** How the runtime is reached, for following its change stream. */
  runtimeServer(): Promise<CallerOptions>;
  enforcer(): Promise<Api>;
  /** The agent's door; ends the command where there is none. */
  door(): Promise<Api>;
}

const timeoutMs = 30_000;

/** The text of a file without its last line break; null when it cannot be read. */
function textOf(path: string): string | null {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return null; // absent: the server behind it is not there
  }
}

/**
 * Where the server that wrote `path` listens; null when it is not up.
 *
 * INVARIANT: a token is sent only where the process that wrote the file still runs: when it is gone, anybody may listen on its port.
 */
export function endpointOf(path: string): { readonly url: string } | null {
  const text = textOf(path);
  if (text === null || text === '') return null;
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return null; // half written: not up yet
  }
  if (typeof parsed !== 'object' || parsed === null || !('url' in parsed) || typeof parsed.url !== 'string')
    return null;
  if (!('pid' in parsed) || typeof parsed.pid !== 'number' || startOf(parsed.pid) === null) return null;
  return { url: parsed.url };
}

type Unreachable = (problem: ProblemWire) => ProblemWire;

const notRunning =
  (what: string): Unreachable =>
  ({ detail }) => {
    const why = detail.replace(/^the server cannot be reached: /, '');
    const absent = why === 'it is not known where it listens' || why.includes('ENOENT');
    return problem(
      'not_running',
      503,
      absent ? `${what} is not running` : `${what} does not answer: ${why}`,
      'start it with `writ up`',
    );
  };

const doorClosed: Unreachable = () =>
  problem('not_running', 503, 'the door of this run does not answer: the run is over, or its enforcer is gone', null);

async function reach(
  base: Base | (() => Base | null),
  token: null | (() => string | null),
  prefix: string,
  unreachable: Unreachable,
): Promise<Api> {
  const [{ createCaller }, { apiOf }] = await Promise.all([import('@writ/enforce'), import('./api.ts')]);
  return apiOf({ caller: createCaller({ base, token, timeoutMs }), prefix, unreachable });
}

const once = (open: () => Promise<Api>): (() => Promise<Api>) => {
  let opened: Promise<Api> | undefined;
  return () => (opened ??= open());
};

/** Opens nothing yet. */
export function openPlanes(io: Io, home: Home): Planes {
  const door = doorOf(io.env);
  return door === null ? outside(home) : insideRun(door);
}

function outside(home: Home): Planes {
  const ownerToken = (): string | null => textOf(home.ownerToken);
  // INVARIANT: the owner's token goes to control alone; the runtime is shown one that says who asks and approves nothing.
  const visitorToken = (): string | null => textOf(home.visitorToken);
  return {
    control: once(() => reach(() => endpointOf(home.controlEndpoint), ownerToken, '', notRunning('control'))),
    runtime: once(() => reach(() => endpointOf(home.runtimeEndpoint), visitorToken, '', notRunning('the runtime'))),
    runtimeServer: async () => ({ base: () => endpointOf(home.runtimeEndpoint), token: visitorToken, timeoutMs }),
    enforcer: once(() =>
      reach({ socketPath: home.enforcerSocket }, () => textOf(home.enforcerToken), '', notRunning('the enforcer')),
    ),
    door: async () => {
      throw new CommandEnd(
        problem(
          'not_in_a_run',
          400,
          'this works only inside a run, where `WRIT_DOOR` is set',
          '`writ help agents` says what an agent can ask',
        ),
        exitCodes.usage,
      );
    },
  };
}

function insideRun(socketPath: string): Planes {
  const door = once(() => reach({ socketPath }, null, '', doorClosed));
  const onlyOutside = (what: string) => async (): Promise<never> => {
    const { agentDoorApi } = await import('@writ/protocol');
    const text = `tried to use ${what} from inside a run; refused`;
    // Recorded where it can be; the refusal does not depend on it.
    await (await door()).attempt(agentDoorApi.note, { body: { text }, timeoutMs: 5_000 });
    throw new CommandEnd(
      problem(
        'not_an_approver',
        403,
        `${what} is for people; an agent inside a run cannot use it`,
        'ask the person: `writ ask "…"`',
      ),
      exitCodes.refused,
    );
  };
  return {
    control: once(() => reach({ socketPath }, null, '/control', doorClosed)),
    runtime: onlyOutside('the runtime'),
    runtimeServer: onlyOutside('the runtime'),
    enforcer: onlyOutside('the enforcer'),
    door,
  };
}
