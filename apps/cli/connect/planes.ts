/**
 * The servers a command can ask, connected on first use.
 *
 * For a person: control, runtime and enforcer of this machine, with the owner's token. INVARIANT: inside a run (WRIT_DOOR is set) control is
 * asked only through the agent's door, which adds the run's own credential; the owner's token is never read there, and the runtime and the
 * enforcer are not asked at all.
 */

import { readFileSync } from 'node:fs';
import type { Base } from '@writ/enforce';
import type { ProblemWire } from '@writ/protocol';
import { CommandEnd, exitCodes, problem } from '../exit.ts';
import type { Io } from '../io.ts';
import type { Home } from '../place/home.ts';
import { startOf } from '../place/process-identity.ts';
import type { Api } from './api.ts';

export interface Planes {
  control(): Promise<Api>;
  runtime(): Promise<Api>;
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

const notRunning = (what: string): ((problem: ProblemWire) => ProblemWire) => {
  return ({ detail }) =>
    problem(
      'not_running',
      503,
      `${what} does not answer: ${detail.replace(/^the server cannot be reached: /, '')}`,
      'start it with `writ up`',
    );
};

/** Opens nothing yet. */
export function openPlanes(io: Io, home: Home): Planes {
  const door = io.env['WRIT_DOOR'] ?? '';
  const inside = door !== '';
  const ownerToken = (): string | null => textOf(home.ownerToken);

  async function reach(
    base: Base | (() => Base | null),
    token: null | (() => string | null),
    prefix: string,
    what: string,
  ): Promise<Api> {
    const [{ createCaller }, { apiOf }] = await Promise.all([import('@writ/enforce'), import('./api.ts')]);
    return apiOf({ caller: createCaller({ base, token, timeoutMs }), prefix, unreachable: notRunning(what) });
  }
  const throughDoor = (prefix: string, what: string): Promise<Api> => reach({ socketPath: door }, null, prefix, what);
  const once = (open: () => Promise<Api>): (() => Promise<Api>) => {
    let opened: Promise<Api> | undefined;
    return () => (opened ??= open());
  };
  const note = once(() => throughDoor('', 'the door of this run'));

  async function onlyOutside(what: string): Promise<never> {
    const { agentDoorApi } = await import('@writ/protocol');
    // Recorded where it can be; the refusal does not depend on it.
    await (
      await note()
    ).attempt(agentDoorApi.note, { body: { text: `tried to use ${what} from inside a run; refused` } });
    throw new CommandEnd(
      problem(
        'not_an_approver',
        403,
        `${what} is for people; an agent inside a run cannot use it`,
        'ask the person: `writ ask "…"`',
      ),
      exitCodes.refused,
    );
  }

  return {
    control: once(() =>
      inside
        ? throughDoor('/control', 'control')
        : reach(() => endpointOf(home.controlEndpoint), ownerToken, '', 'control'),
    ),
    runtime: once(() =>
      inside
        ? onlyOutside('the runtime')
        : reach(() => endpointOf(home.runtimeEndpoint), ownerToken, '', 'the runtime'),
    ),
    enforcer: once(() =>
      inside
        ? onlyOutside('the enforcer')
        : reach({ socketPath: home.enforcerSocket }, () => textOf(home.enforcerToken), '', 'the enforcer'),
    ),
    door: once(async () => {
      if (inside) return note();
      throw new CommandEnd(
        problem(
          'not_in_a_run',
          400,
          'this works only inside a run, where `WRIT_DOOR` is set',
          '`writ help agents` says what an agent can ask',
        ),
        exitCodes.usage,
      );
    }),
  };
}
