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
import { readPerson } from '../place/person-file.ts';
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

/** `others`: whether any other plane of this machine is there; where none is, it is Writ that does not run. */
const notRunning =
  (what: string, others: () => boolean): Unreachable =>
  ({ detail }) => {
    const why = detail.replace(/^the server cannot be reached: /, '');
    const absent = why === 'it is not known where it listens' || why.includes('ENOENT');
    return problem(
      'not_running',
      503,
      absent ? (others() ? `${what} is not running` : 'Writ is not running here') : `${what} does not answer: ${why}`,
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
  const [{ createCaller }, { apiOf }] = await Promise.all([import('@writ/enforce/client'), import('./api.ts')]);
  return apiOf({ caller: createCaller({ base, token, timeoutMs }), prefix, unreachable });
}

const once = (open: () => Promise<Api>): (() => Promise<Api>) => {
  let opened: Promise<Api> | undefined;
  return () => (opened ??= open());
};

/** Opens nothing yet. */
export function openPlanes(io: Io, home: Home): Planes {
  const door = doorOf(io.env, io.front?.parent);
  return door === null ? outside(home) : insideRun(door);
}

function outside(home: Home): Planes {
  let known: Identity | undefined;
  const runtimeAt = () => endpointOf(home.runtimeEndpoint);
  const who = (): Identity => (known ??= identityOf(home));
  const control = once(async () =>
    reach(
      who().control,
      who().token,
      '',
      notRunning('control', () => runtimeAt() !== null),
    ),
  );
  // INVARIANT: a person's token goes to control alone; the runtime is shown one that says who asks and approves nothing.
  const shown = shownToken(control);
  const visitor = async () => (who().isOwner ? () => textOf(home.visitorToken) : shown());
  return {
    control,
    runtime: once(async () =>
      reach(
        runtimeAt,
        await visitor(),
        '',
        notRunning('the runtime', () => endpointOf(home.controlEndpoint) !== null),
      ),
    ),
    runtimeServer: async () => ({ base: runtimeAt, token: await visitor(), timeoutMs }),
    enforcer: once(() =>
      reach(
        { socketPath: home.enforcerSocket },
        () => textOf(home.enforcerToken),
        '',
        notRunning('the enforcer', () => endpointOf(home.controlEndpoint) !== null),
      ),
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

type Identity = {
  readonly isOwner: boolean;
  readonly control: () => Base | null;
  readonly token: () => string | null;
};

/** Whom this machine's commands speak for: somebody who said so with `writ people use`, else the owner. */
function identityOf(home: Home): Identity {
  const kept = readPerson(home);
  const here = (): Base | null => endpointOf(home.controlEndpoint);
  if (kept === null) return { isOwner: true, control: here, token: () => textOf(home.ownerToken) };
  if (kept === 'unreadable')
    throw new CommandEnd(
      problem('unreadable', 400, `\`${home.person}\` cannot be read`, 'say again who you are: `writ people use`'),
      exitCodes.failed,
    );
  const { token, control: url } = kept;
  return { isOwner: false, control: url === undefined ? here : () => ({ url }), token: () => token };
}

/** What control gives a person to show to other planes, once for all of this call of the program. */
function shownToken(control: () => Promise<Api>): () => Promise<() => string | null> {
  let asked: Promise<string | null> | undefined;
  return async () => {
    asked ??= (async () => {
      const { controlApi } = await import('@writ/protocol');
      const shown = await (await control()).attempt(controlApi.visitorToken);
      return shown.ok ? shown.value.token : null;
    })();
    const token = await asked;
    return () => token;
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
