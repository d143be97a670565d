/** What people do with missions: compile, create, start, look, pause, go on. Nothing here says what is allowed; starting asks control. */

import { createHash } from 'node:crypto';
import { projectName, slug } from '@writ/protocol';
import { ofMission } from '../attention/item.ts';
import { askMandate } from '../control/ask.ts';
import type { CompiledPlan } from '../mission/compile-plan.ts';
import { compilePlan } from '../mission/compile-plan.ts';
import { decide } from '../mission/decide.ts';
import type { Mission } from '../mission/mission.ts';
import type { Result } from '../refusal.ts';
import { accept, refuse, reject } from '../refusal.ts';
import type { Session } from '../session/session.ts';
import { isOver } from '../session/session.ts';
import { git } from '../workspace/git.ts';
import { openRepository, resolveCommit } from '../workspace/repository.ts';
import type { CompiledView, MissionView } from '../views.ts';
import { compiledView, missionView } from '../views.ts';
import type { House, Who } from './house.ts';
import { byWho } from './house.ts';
import { pauseSession, unpauseSession } from './pause-session.ts';

export type MissionSource = { readonly source: string; readonly file: string; readonly repository: string };

export interface MissionCommands {
  /** Compiles; writes nothing. Findings are part of the answer, errors included. */
  compile(source: MissionSource): Promise<Result<CompiledView>>;
  /** Creates a mission from a file without errors. */
  create(
    source: MissionSource & { readonly project: string },
    who: Who,
    /** The same key gives the same mission. */
    key?: string,
  ): Promise<Result<MissionView>>;
  /** Starts it under a mandate that is in force now. With a key, a mission that runs under that very mandate is started already. */
  start(
    id: string,
    given: { readonly mandate: string; readonly credential: string },
    who: Who,
    key?: string,
  ): Promise<Result<MissionView>>;
  /** Newest first. */
  list(): readonly MissionView[];
  get(id: string): Result<MissionView>;
  /** Stops dispatching and freezes what runs. The mandate is not touched. */
  pause(id: string, reason: string, who: Who): Promise<Result<MissionView>>;
  /** Goes on, as far as control says so now. */
  unpause(id: string, who: Who): Promise<Result<MissionView>>;
}

/** The mission commands of `house`. */
export function missionCommands(house: House): MissionCommands {
  const view = (mission: Mission): MissionView => viewOf(house, mission);
  const { missions } = house.records;
  return {
    compile: async ({ source, repository }) => accept(compiledView(compilePlan(source, projectName(repository)))),
    create: async (given, who, key) => {
      const created = await create(house, given, who, key);
      return created.ok ? accept(view(created.value)) : created;
    },
    start: async (id, given, who, key) => {
      const running = missions.get(id);
      if (key !== undefined && running !== undefined && running.mandate === given.mandate) return accept(view(running));
      const started = await start(house, id, given, who);
      return started.ok ? accept(view(started.value)) : started;
    },
    list: () => missions.all().toReversed().map(view),
    get: (id) => {
      const mission = missions.get(id);
      return mission === undefined
        ? reject(refuse('not_found', `there is no mission \`${id}\``, '`writ show` lists them'))
        : accept(view(mission));
    },
    pause: async (id, reason, who) => {
      const held = await missions.act(
        id,
        (mission) => decide(mission, { do: 'hold', cause: 'person', reason: pauseReason(reason, who) }),
        byWho(who),
      );
      if (!held.ok) return held;
      for (const session of sessionsOf(house, id)) await pauseSession(house, session, pauseReason(reason, who), who);
      return accept(view(missions.get(id) ?? held.value));
    },
    unpause: async (id, who) => {
      const mission = missions.get(id);
      if (mission === undefined) return reject(refuse('not_found', `there is no mission \`${id}\``));
      for (const session of sessionsOf(house, id)) await unpauseSession(house, session, who);
      const released = await missions.act(
        id,
        (now) => decide(now, { do: 'release', by: 'person', sentence: `${who.name} went on` }),
        byWho(who),
      );
      if (!released.ok) return released;
      await house.dispatcher.kick(id);
      return accept(view(missions.get(id) ?? released.value));
    },
  };
}

const pauseReason = (reason: string, who: Who): string => `${who.name} paused it${reason === '' ? '' : `: ${reason}`}`;

const sessionsOf = (house: House, mission: string): readonly Session[] =>
  house.records.sessions.under(mission).filter((session) => !isOver(session));

function viewOf(house: House, mission: Mission): MissionView {
  const open = house.records.items.under(ofMission(mission.id)).filter((item) => item.state.name === 'open');
  // What is only to be seen keeps nobody waiting.
  const asking = new Set(open.flatMap(({ kind, session }) => (kind === 'notice' || session === null ? [] : [session])));
  return missionView(mission, { items: open.length, asking }, house.now());
}

async function create(
  house: House,
  { source, file, repository: path, project }: MissionSource & { readonly project: string },
  who: Who,
  key: string | undefined,
): Promise<Result<Mission>> {
  const compiled = compilePlan(source, project);
  const wrong = compiled.findings.find((finding) => finding.severity === 'error');
  if (wrong !== undefined)
    return reject(
      refuse(
        'invalid',
        `\`${file}\`${wrong.line === null ? '' : ` line ${String(wrong.line)}`}: ${wrong.message}`,
        'correct it and try again',
      ),
    );
  if (compiled.project !== project)
    return reject(
      refuse(
        'invalid',
        `\`${file}\` is for project \`${compiled.project}\`, and you named \`${project}\``,
        'name the same project',
      ),
    );
  const repository = await openRepository(path);
  if (!repository.ok) return repository;
  if ((await resolveCommit(repository.value, 'HEAD')) === null)
    return reject(
      refuse('invalid', `\`${path}\` has no commit yet`, 'commit once, so that there is something to start from'),
    );
  const named = await git({ gitDir: repository.value.gitDir }, [
    'check-ref-format',
    `refs/heads/${compiled.branchPrefix}/x`,
  ]);
  if (named.code !== 0)
    return reject(
      refuse(
        'invalid',
        `\`${compiled.branchPrefix}\` cannot start the name of a branch`,
        'set another `branch_prefix`',
      ),
    );
  const data = dataOf(compiled, file, repository.value.path, source);
  const own = key === undefined ? null : keyedSuffix(who, key);
  const made = (): Result<Mission> | undefined => {
    const known = house.records.missions.all().find((mission) => own !== null && mission.id.endsWith(`-${own}`));
    if (known === undefined) return undefined;
    const isSame = known.sourceDigest === data.sourceDigest && known.repository === data.repository;
    return isSame
      ? accept(known)
      : reject(refuse('conflict', `the key \`${key ?? ''}\` made another mission, \`${known.id}\``, 'use a new key'));
  };
  const known = made();
  if (known !== undefined) return known;
  const id = `${slug(compiled.title)}-${own ?? house.newId('m').slice(2, 8)}`;
  try {
    const event = { type: 'mission.created' as const, data };
    return accept(await house.records.missions.create(id, [event], project, byWho(who)));
  } catch (error) {
    // The same request, sent twice at once, was first.
    const first = made();
    if (first === undefined) throw error;
    return first;
  }
}

/** Of the id of a mission made with a key: 40 bits of its digest, so that the key finds it again. */
const keyedSuffix = (who: Who, key: string): string =>
  createHash('sha256')
    .update(JSON.stringify([who.kind, who.name, key]))
    .digest('hex')
    .slice(0, 10);

function dataOf(compiled: CompiledPlan, file: string, repository: string, source: string) {
  const { title, goal, project, preset, branchPrefix, remote, attempts, plan } = compiled;
  return {
    title,
    goal,
    project,
    preset,
    file,
    sourceDigest: createHash('sha256').update(source).digest('base64url'),
    repository,
    branchPrefix,
    remote,
    attempts,
    plan,
  };
}

async function start(
  house: House,
  id: string,
  { mandate, credential }: { readonly mandate: string; readonly credential: string },
  who: Who,
): Promise<Result<Mission>> {
  const mission = house.records.missions.get(id);
  if (mission === undefined) return reject(refuse('not_found', `there is no mission \`${id}\``));
  const standing = await askMandate(house.control, mandate);
  switch (standing.standing) {
    case 'unreachable':
      return reject(
        refuse('unreachable', standing.sentence, 'start it again when control is back', 'control_unreachable'),
      );
    case 'ended':
    case 'held':
      return reject(
        refuse('refused', standing.sentence, 'approve a mandate for it and start it with that', 'mandate_inactive'),
      );
    case 'superseded':
      return reject(
        refuse(
          'refused',
          `\`${standing.successor}\` took the place of \`${mandate}\``,
          `start it with \`${standing.successor}\``,
          'mandate_inactive',
        ),
      );
    case 'in_force':
      break;
  }
  const repository = await openRepository(mission.repository);
  if (!repository.ok) return repository;
  const base = await resolveCommit(repository.value, 'HEAD');
  if (base === null)
    return reject(
      refuse(
        'invalid',
        `\`${mission.repository}\` has no commit`,
        'commit once, so that there is something to start from',
      ),
    );
  if (mission.state.name === 'planned') await house.credentials.put(`mission-${id}`, credential);
  const started = await house.records.missions.act(
    id,
    (now) => decide(now, { do: 'start', mandate, base }),
    byWho(who),
  );
  if (started.ok) void house.dispatcher.kick(id);
  return started;
}
