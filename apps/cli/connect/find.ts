/**
 * From what a person typed to the mission, session or mandate it names: exactly, or by its first letters where only one begins so. It asks
 * whichever plane answers; a thing of a plane that does not answer cannot be found, and that is said.
 */

import { everyPage } from '@writ/enforce/client';
import { controlApi, runtimeApi } from '@writ/protocol';
import { CommandEnd, exitCodes, problem, usage } from '../exit.ts';
import type { Context } from '../program/context.ts';
import type { MandateWire, MissionWire, SessionWire } from './wire.ts';

export type Thing =
  | { readonly kind: 'mission'; readonly id: string; readonly mission: MissionWire }
  | { readonly kind: 'session'; readonly id: string; readonly session: SessionWire }
  | { readonly kind: 'mandate'; readonly id: string; readonly mandate: MandateWire };

export type Everything = {
  readonly missions: readonly MissionWire[];
  readonly sessions: readonly SessionWire[];
  readonly mandates: readonly MandateWire[];
  /** Which of the two did not answer, with why. */
  readonly silent: readonly CommandEnd[];
};

/** All there is, from the planes that answer. Ends the command when neither does, or when one refuses. */
export async function everything({ planes, door }: Context): Promise<Everything> {
  const control = await planes.control();
  const mandates = await everyPage((query) => control.attempt(controlApi.listMandates, { query }));
  if (!mandates.ok && (door !== null || mandates.problem.code !== 'not_running'))
    throw new CommandEnd(mandates.problem);
  const runtime = await planes.runtime();
  const [missions, sessions] = await Promise.all([
    runtime.attempt(runtimeApi.listMissions),
    runtime.attempt(runtimeApi.listSessions, { query: { archived: 'true' } }),
  ]);
  const silent = [mandates, missions].flatMap((result) => (result.ok ? [] : [new CommandEnd(result.problem)]));
  if (silent.length === 2 && silent[0] !== undefined) {
    if (silent[0].problem.code === 'not_running' && silent[1]?.problem.code === 'not_running') throw notRunning();
    throw silent[0];
  }
  const refused = silent.find(({ exitCode }) => exitCode === exitCodes.refused);
  if (refused !== undefined) throw refused;
  return {
    mandates: mandates.ok ? mandates.value : [],
    missions: missions.ok ? missions.value.items : [],
    sessions: sessions.ok ? sessions.value.items : [],
    silent,
  };
}

/** Ends a command that needs Writ to run. */
export const notRunning = (): CommandEnd =>
  new CommandEnd(problem('not_running', 503, 'Writ is not running here', 'start it with `writ up`'));

/** The thing `id` names. */
export function findThing(id: string, all: Everything): Thing {
  const things: Thing[] = [
    ...all.missions.map((mission): Thing => ({ kind: 'mission', id: mission.id, mission })),
    ...all.sessions.map((session): Thing => ({ kind: 'session', id: session.id, session })),
    ...all.mandates.map((mandate): Thing => ({ kind: 'mandate', id: mandate.id, mandate })),
  ];
  const [exact] = things.filter((thing) => thing.id === id);
  const near = exact === undefined ? things.filter((thing) => thing.id.startsWith(id)) : [exact];
  const [only, ...others] = near;
  if (only === undefined) {
    const [silent] = all.silent;
    // What cannot be seen may be there.
    if (silent !== undefined)
      throw new CommandEnd({ ...silent.problem, detail: `\`${id}\` cannot be looked up: ${silent.problem.detail}` });
    throw new CommandEnd(
      problem('not_found', 404, `there is no mission, session or mandate \`${id}\``, '`writ show` lists what there is'),
    );
  }
  if (others.length > 0)
    throw usage(
      `\`${id}\` begins more than one: ${near
        .slice(0, 6)
        .map((thing) => `${thing.kind} ${thing.id}`)
        .join(', ')}`,
      'type a few letters more',
    );
  return only;
}

const live: ReadonlySet<string> = new Set(['running', 'paused', 'planned']);

/** The sessions a person started at a terminal that are still open under an approval that still stands. */
export function liveAttended({ sessions, mandates }: Pick<Everything, 'sessions' | 'mandates'>): SessionWire[] {
  const standing = new Set(mandates.filter(isStanding).map(({ id }) => id));
  return sessions.filter(
    ({ driver, state, mandate }) =>
      driver === 'attended' &&
      state !== 'closed' &&
      state !== 'inert' &&
      mandate !== null &&
      (mandates.length === 0 || standing.has(mandate)),
  );
}

/**
 * The one live mission or attended session, where nothing was named; ends the command when there is none, or more than one. Only what is
 * paused can be unpaused. While the runtime does not answer neither can be seen: then the one live root mandate stands for it.
 */
export function theLiveWork(all: Everything, what: 'pause' | 'unpause' | 'stop'): Thing {
  if (all.missions.length === 0 && all.silent.length > 0) return theLiveRoot(all, what);
  const fits = (state: string): boolean => what === 'stop' || (state === 'paused') === (what === 'unpause');
  const works: Thing[] = [
    ...all.missions
      .filter(({ state, mandate }) => live.has(state) && mandate !== null && fits(state))
      .map((mission): Thing => ({ kind: 'mission', id: mission.id, mission })),
    ...liveAttended(all)
      .filter(({ state }) => fits(state))
      .map((session): Thing => ({ kind: 'session', id: session.id, session })),
  ];
  const [only, ...others] = works;
  if (only === undefined)
    throw usage(
      what === 'unpause' ? 'nothing is paused' : `nothing is running that \`writ ${what}\` could mean`,
      `\`writ show\` lists what there is; name one: \`writ ${what} ID\``,
    );
  if (others.length > 0)
    throw ambiguous(
      'mission or session',
      works.map((thing) => `${thing.id} (${titleOf(thing)})`),
      what,
    );
  return only;
}

const titleOf = (thing: Thing): string =>
  thing.kind === 'mission'
    ? thing.mission.title
    : thing.kind === 'session'
      ? thing.session.title
      : thing.mandate.purpose;

const isStanding = ({ state }: MandateWire): boolean => state === 'active' || state === 'suspended';

function theLiveRoot(all: Everything, what: string): Thing {
  const candidates = all.mandates.filter((mandate) => mandate.parent === null && isStanding(mandate));
  const [only, ...others] = candidates;
  if (only === undefined) throw usage(`there is no live mandate to ${what}`, '`writ show --all` lists what there was');
  if (others.length > 0)
    throw ambiguous(
      'mandate',
      candidates.map(({ id, purpose }) => `${id} (${purpose})`),
      what,
    );
  return { kind: 'mandate', id: only.id, mandate: only };
}

const ambiguous = (kind: string, names: readonly string[], what: string): CommandEnd =>
  usage(`there is more than one live ${kind}: ${names.slice(0, 6).join(', ')}`, `name one: \`writ ${what} ID\``);

/** The mandate a thing stands under; ends the command when it has none. */
export function mandateIdOf(thing: Thing): string {
  if (thing.kind === 'mandate') return thing.id;
  const mandate = thing.kind === 'mission' ? thing.mission.mandate : thing.session.mandate;
  if (mandate !== null) return mandate;
  throw new CommandEnd(
    problem('no_mandate', 409, `${thing.kind} \`${thing.id}\` has no mandate, so nothing runs under it`, null),
  );
}

/** `root` and everything under it. */
export function underMandate(root: string, mandates: readonly MandateWire[]): MandateWire[] {
  const inside = new Set([root]);
  // Newest first, so parents come later: repeat until nothing is added.
  for (let before = 0; before !== inside.size;) {
    before = inside.size;
    for (const { id, parent } of mandates) if (parent !== null && inside.has(parent)) inside.add(id);
  }
  return mandates.filter(({ id }) => inside.has(id));
}
