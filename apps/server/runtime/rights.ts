/**
 * What people may see and do at the runtime: the one table of roles (`authority/person/role.ts`), asked with the roles that control told of whoever
 * calls. The runtime has no list of people.
 *
 * It refuses a route it has no row for. INVARIANT: what a caller may not see is answered exactly as what does not exist, so that question comes first;
 * and who has no role in a project sees nothing of it, its events included. Enforcement points are judged by the routes alone.
 */

import type { Act } from '@writ/authority';
import { acts, everyProject, mayAct, roleIn } from '@writ/authority';
import type { ProblemWire, Route, runtimeApi } from '@writ/protocol';
import type { Runtime } from '@writ/runtime';
import type { Call, Handler, Handlers } from '../http/call.ts';
import { problem } from '../http/problem.ts';
import type { RuntimeCaller } from './authentication.ts';

export type RuntimeHandlers = Handlers<typeof runtimeApi, RuntimeCaller>;
type Name = keyof typeof runtimeApi;
type Any = Call<unknown, RuntimeCaller>;

/** `of`: the project it is about; undefined for a thing that does not exist, null for the installation itself. */
type Rule = { readonly act: Act; readonly of: (runtime: Runtime, call: Any) => string | null | undefined };

const installation = (): null => null;
const mission = (runtime: Runtime, { params }: Any): string | undefined =>
  projectOfMission(runtime, params['id'] ?? '');
const session = (runtime: Runtime, { params }: Any): string | undefined =>
  projectOfSession(runtime, params['id'] ?? '');
const named = (_: Runtime, { body }: Any): string => (body as { readonly project: string }).project; // both schemas have it
const asked = (_: Runtime, { query }: Any): string => query.get('project') ?? '';
const item = (runtime: Runtime, { params }: Any): string | null | undefined => {
  const found = runtime.attention.inbox(true).find(({ id }) => id === params['id']);
  return found && projectOfItem(runtime, found);
};

/** The act that each route is. `everyone`: no credential, or what shows each caller no more than is theirs. */
const rules: Readonly<Record<Name, Rule | 'everyone' | 'points'>> = {
  health: 'everyone',
  listAgents: { act: 'read', of: asked },
  getAgent: { act: 'read', of: asked },
  shareSession: { act: 'run', of: session },
  joinSession: { act: 'read', of: session },
  leaveSession: { act: 'read', of: session },
  presence: { act: 'read', of: session },
  searchSessions: 'everyone',
  acceptAgent: { act: 'approve', of: named },
  compile: 'everyone',
  createMission: { act: 'propose', of: named },
  startMission: { act: 'run', of: mission },
  listMissions: 'everyone',
  getMission: { act: 'read', of: mission },
  pauseMission: { act: 'stop', of: mission },
  unpauseMission: { act: 'run', of: mission },
  createSession: { act: 'run', of: named },
  listSessions: 'everyone',
  getSession: { act: 'read', of: session },
  sessionLog: { act: 'read', of: session },
  admit: { act: 'run', of: session },
  observe: { act: 'run', of: session },
  pauseSession: { act: 'stop', of: session },
  unpauseSession: { act: 'run', of: session },
  closeSession: { act: 'run', of: session },
  back: { act: 'read', of: session },
  forkSession: { act: 'run', of: session },
  adoptFork: { act: 'run', of: session },
  sessionHistory: { act: 'read', of: session },
  grantMandate: { act: 'run', of: session },
  carryAway: { act: 'run', of: session },
  takeIn: { act: 'run', of: named },
  takeInHistory: { act: 'run', of: named },
  resetSession: { act: 'run', of: session },
  leaveNote: { act: 'run', of: session },
  renewCredential: { act: 'run', of: session },
  archiveSession: { act: 'run', of: session },
  unarchiveSession: { act: 'run', of: session },
  // Shows each caller no more than is theirs.
  services: 'everyone',
  // A process of this machine.
  adoptService: { act: 'stop', of: installation },
  reapService: { act: 'stop', of: installation },
  facts: { act: 'read', of: session },
  tellFact: { act: 'run', of: session },
  timeline: { act: 'read', of: session },
  // It looks through what the caller sees.
  seenBefore: 'everyone',
  doorFacts: 'points',
  doorOrientation: 'points',
  doorDecisions: 'points',
  doorSearch: 'points',
  doorSeenBefore: 'points',
  listCheckpoints: { act: 'read', of: session },
  takeCheckpoint: { act: 'run', of: session },
  // It says what is in the files.
  previewRewind: { act: 'run', of: session },
  rewind: { act: 'run', of: session },
  inbox: 'everyone',
  answer: { act: 'run', of: item },
  verify: { act: 'verify', of: installation },
  // Judged where it is done.
  erase: 'everyone',
  retention: 'everyone',
  setRetention: 'everyone',
  rest: { act: 'stop', of: installation },
  runs: { act: 'verify', of: installation },
  doorSpawn: 'points',
  doorAsk: 'points',
  doorNote: 'points',
};

/** Whether `caller` is shown anything of a project; null is the installation. */
export function sees(caller: RuntimeCaller, project: string | null | undefined): boolean {
  if (caller.kind === 'point') return true;
  return (
    caller.kind === 'person' && project !== undefined && roleIn(caller.roles, project ?? everyProject) !== undefined
  );
}

/** Whether `caller`, who sees the project, sees the session too: a private one is for its members. */
export const views = ({ sessions }: Runtime, caller: RuntimeCaller, session: string | null): boolean =>
  session === null || caller.kind === 'point' || (caller.kind === 'person' && sessions.mayView(session, caller.name));

function viewsNamed(runtime: Runtime, { of }: Rule, { params, caller }: Any): boolean {
  const id = params['id'] ?? '';
  if (of === session) return views(runtime, caller, id);
  const found = of === item ? runtime.attention.inbox(true).find((one) => one.id === id) : undefined;
  return views(runtime, caller, found?.session ?? null);
}

/** The handlers, each behind its row of the table. */
export function behindRoles(runtime: Runtime, handlers: RuntimeHandlers): RuntimeHandlers {
  const guarded = Object.entries(handlers).map(
    ([name, handler]) =>
      // Each handler is called with the call of its own route, whose name this is.
      [name, guard(runtime, name as Name, handler as unknown as Handler<Route, RuntimeCaller>)] as const,
  );
  // The same keys, each with a handler of the same route.
  return Object.fromEntries(guarded) as unknown as RuntimeHandlers;
}

const guard =
  (runtime: Runtime, name: Name, handler: Handler<Route, RuntimeCaller>): Handler<Route, RuntimeCaller> =>
  async (call) => {
    const judged = judge(runtime, name, call);
    if (judged === 'may') return handler(call);
    if (judged !== 'unseen') return { ok: false, problem: judged };
    // The command itself says what it says of what does not exist, so that nobody can tell the two apart.
    const { id = '' } = call.params;
    const answer = await handler({ ...call, params: { ...call.params, id: nobodys } });
    if (answer.ok) throw new Error(`\`${name}\` found what does not exist`);
    return { ok: false, problem: { ...answer.problem, detail: answer.problem.detail.replaceAll(nobodys, id) } };
  };

/** An id that nothing has: ours begin with their kind. */
export const nobodys = '0-nobody-has-this-id';

function judge(runtime: Runtime, name: Name, call: Any): 'may' | 'unseen' | ProblemWire {
  const rule = rules[name];
  const { caller } = call;
  if (rule === 'everyone' || caller.kind === 'point') return 'may';
  if (rule === 'points' || caller.kind !== 'person')
    return problem(403, 'wrong_caller', 'only the enforcer speaks for a run');
  const project = rule.of(runtime, call);
  // What is not there is the command's to say.
  if (project === undefined) return 'may';
  const { words, where } = acts[rule.act];
  const isNamed = 'id' in call.params;
  if (isNamed && !(sees(caller, project) && viewsNamed(runtime, rule, call))) return 'unseen';
  const person = { name: caller.name, grants: caller.roles };
  const right = mayAct(rule.act, person, { project: project ?? everyProject, approvers: [] });
  if (right.may) return 'may';
  const needs = right.because === 'role' ? right.needs : '';
  const place = where === 'everywhere' || project === null ? 'every project' : `\`${project}\``;
  return problem(
    403,
    'not_allowed',
    `\`${caller.name}\` may not ${words}: that takes the role ${needs} in ${place}`,
    'ask an admin to give you the role: `writ people grant`',
  );
}

function projectOfMission({ missions }: Runtime, id: string): string | undefined {
  const found = missions.get(id);
  return found.ok ? found.value.project : undefined;
}

function projectOfSession({ sessions }: Runtime, id: string): string | undefined {
  const found = sessions.get(id);
  return found.ok ? found.value.project : undefined;
}

/** The project of what waits; null where it belongs to none. */
export function projectOfItem(
  runtime: Runtime,
  { mission: of, session: from }: { readonly mission: string | null; readonly session: string | null },
): string | null | undefined {
  if (of !== null) return projectOfMission(runtime, of);
  return from === null ? null : projectOfSession(runtime, from);
}
