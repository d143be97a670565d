/**
 * `writ claude` and `writ exec`: the person's own program, with their own arguments and terminal, under a mandate.
 *
 * The launcher owns the start: it is the one place where starting or resuming can be refused. It ends the program when the mandate ends.
 */

import { randomBytes } from 'node:crypto';
import { realpathSync } from 'node:fs';
import { join } from 'node:path';
import type { ExpandedPreset, HistoryRule } from '@writ/authority';
import { parseHistoryLine, presets, reachingToo, renderHistory, usingServers } from '@writ/authority';
import type { Asked, HarnessEvent, HookAnswer, HookEndpoint } from '@writ/enforce';
import {
  createCallOperations,
  createSessionWays,
  createVerdicts,
  freezeTree,
  killSince,
  killTree,
  makeHome,
  probeSandbox,
  shownAdapters,
  startHookEndpoint,
  statusFile,
  systemClock,
  thawTree,
} from '@writ/enforce';
import { controlApi, projectName } from '@writ/protocol';
import { readInbox } from '../connect/inbox.ts';
import { openPlanes } from '../connect/planes.ts';
import { exitCodes, failed, usage } from '../exit.ts';
import type { Io } from '../io.ts';
import { findHome } from '../place/home.ts';
import { interruptionsIn, keepInterruptions } from '../place/interruptions.ts';
import { outliveOutput } from '../place/outlive-output.ts';
import { repositoryAround } from '../place/repository.ts';
import type { Context } from '../program/context.ts';
import { contextOf } from '../program/context.ts';
import { ensureUp } from '../supervisor/ensure-up.ts';
import { attendedSandbox, insidePlaces } from './attended-sandbox.ts';
import type { AcpSession } from './acp-session.ts';
import { createAcpSession, judgeHook } from './acp-session.ts';
import type { Mark } from './changes.ts';
import { changedSince, mark, treeHash } from './changes.ts';
import { choosePreset, presetForEditor } from './choose-preset.ts';
import { createConversations } from './conversations.ts';
import { createEditorPrompter } from './editor-prompter.ts';
import type { Door, Harness } from './harness.ts';
import { asksBy, doorName, doorTitle, findProgram, hookedBy, keptBy, prepareHarness, programOf } from './harness.ts';
import type { Judged } from './judge.ts';
import { createGateQuestions } from './gate-questions.ts';
import { createHelpers } from './helpers.ts';
import { createJudge } from './judge.ts';
import type { OpenSession } from './open-session.ts';
import { openSession } from './open-session.ts';
import { createNativeQuestions } from './native-questions.ts';
import { createPrompter } from './prompter.ts';
import { presetHere } from './repository-preset.ts';
import type { NetworkPlan } from './plan-network.ts';
import { planNetwork } from './plan-network.ts';
import type { StartPreset } from './preset-choice.ts';
import type { Processes } from './run-program.ts';
import { runProgram } from './run-program.ts';
import { openSessionAgent } from './session-agent.ts';
import { openSessionDoor, ownEntry } from './session-door.ts';
import type { Transcript } from './spent.ts';
import { givenServers, serverCommands } from './session-mcp.ts';
import type { HookSocket } from './session-network.ts';
import { containmentWith, hookSocket, openSessionNetwork } from './session-network.ts';
import { spentLine } from './spent.ts';
import { keepStatus } from './status-line.ts';
import { createTurnBoundaries } from './turn-boundaries.ts';
import type { UnderMission } from './under-mission.ts';
import { missionFor } from './under-mission.ts';
import { greeting, refusedLine, screenReset, strengthOf, watchedLine } from './words.ts';

const tokenVariable = 'WRIT_HOOK_TOKEN';
const urlVariable = 'WRIT_HOOK_URL';

export type LaunchArgs = {
  readonly door: Door;
  readonly preset?: string;
  /** What has to come before what: sentences with `;` between them. */
  readonly order?: string;
  readonly network?: string;
  /** Hosts that this start names besides. */
  readonly reach: readonly string[];
  /** Beside whose agents it works; without one it is approved by itself. */
  readonly mission?: string;
  readonly io: Io;
};

/** Runs the program to its end. Resolves with its exit code. */
export async function launchHarness(args: LaunchArgs): Promise<number> {
  const { door, preset: wanted, order, network, reach, io } = args;
  // What was approved is ended also after its terminal is gone.
  outliveOutput(io);
  const history = readOrder(order);
  const home = findHome(io.env);
  const context = contextOf(io, home, openPlanes(io, home), false);
  const around = await repositoryAround(io.cwd);
  if (around.kind === 'unusable') throw failed(around.sentence, around.wayOut);
  const root = around.kind === 'found' ? around.root : io.cwd;
  const project = projectName(root);
  const probe = await probeSandbox();
  const path = io.env['PATH'] ?? '';
  // Found before anything is approved: a program that is not there needs no mandate.
  const program = findProgram(door, path, probe.works && wanted !== 'watch');
  const reaches = keptBy(door)?.reaches ?? null;
  const plan = (isContained: boolean): NetworkPlan =>
    planNetwork({ reaches, wanted: network, reach, contained: isContained, env: io.env, dir: home.root });
  // Before a person is asked anything: what cannot be had is said first.
  const { kind: likely } = plan(probe.works && wanted !== 'watch');
  const chosen =
    door.kind === 'acp'
      ? await presetForEditor({ context, root, project })
      : await choosePreset({ context, root, project, wanted, network: likely });
  // Who only watches stands in nobody's way.
  const contained = probe.works && chosen !== 'watch';
  const networkPlan = plan(contained);
  const inside = hookSocket(home.root, networkPlan);
  if (args.mission !== undefined && history.length > 0)
    throw usage(
      'what a mission hands on has the order of its own approval',
      'leave `--order` out, or write it into the mission file',
    );
  const under = args.mission === undefined ? null : await missionHere(context, args.mission, project, chosen);
  const hookToken = randomBytes(32).toString('base64url');
  let judge = refuseEarly;
  const asking = hookedBy(door);
  await using endpoint =
    asking === null
      ? null
      : await startHookEndpoint({ adapter: asking, token: hookToken, inside, judge: (event) => judge(event) });
  using harness =
    asking === null || endpoint === null
      ? null
      : await prepareHarness(asking, {
          program,
          argv: door.kind === 'harness' ? door.argv : door.argv.slice(1),
          hook: { url: endpoint.url, urlVariable, tokenVariable },
          env: io.env,
          home: personHome(io),
          cwd: io.cwd,
          stateDir: join(home.root, 'launcher'),
          contained,
          context: under?.context ?? null,
        });
  const { already } = await ensureUp(context, 'always', () => undefined);
  if (!already) context.progress('writ  started on this machine, and it stays: `writ down` ends it');
  const given = await givenServers(context, project);
  const preset = usingServers(presetWith(chosen, { home: home.root, root, project }, networkPlan), given);
  const before = await mark(root);
  await using session = await openSession(context, {
    kind: doorName(door),
    by: door.kind === 'acp' ? 'by an editor' : 'at a terminal',
    project,
    root,
    preset,
    history,
    contained,
    program: programOf(door, io.env),
    under,
  });
  if (under !== null && harness !== null)
    session.observe({ type: 'context.given', data: { mission: under.id, digest: under.digest, text: under.context } });
  const hooks: Hooks = {
    endpoint,
    place: endpoint === null ? null : inside,
    token: hookToken,
    judgeBy: (given) => (judge = given),
  };
  return await attend(context, session, {
    door,
    program,
    harness,
    hooks,
    root,
    project,
    preset,
    history,
    contained,
    networkPlan,
    before,
    under,
  });
}

/** The mission it is to work beside. Who only watches works under nobody's mandate but its own. */
async function missionHere(
  context: Context,
  typed: string,
  project: string,
  chosen: StartPreset,
): Promise<UnderMission> {
  if (chosen === 'watch')
    throw usage(
      '`--preset watch` holds nothing back, and a mission hands on nothing that holds nothing',
      'choose another preset',
    );
  await ensureUp(context, 'always', () => undefined);
  return missionFor(context, typed, project);
}

/** Whether the canary of `writ doctor` ran with this very program, and nothing failed. */
function isProven(name: string, program: string, stateDir: string): boolean {
  const shown = shownAdapters(stateDir)[name];
  return shown !== undefined && shown.strength !== 'unproven' && shown.program.path === realpathSync(program);
}

type Judge = (event: HarnessEvent) => Promise<HookAnswer>;
/** Nothing of the session's was begun yet: nothing is let through. */
const refuseEarly: Judge = () => Promise.resolve({ kind: 'refuse', why: 'the session was not opened yet' });

type Hooks = {
  readonly endpoint: HookEndpoint | null;
  /** Where it listens, of a session that shares no port with this machine. */
  readonly place: HookSocket | null;
  readonly token: string;
  /** From here on its calls are judged so. */
  readonly judgeBy: (judge: Judge) => void;
};

/** A path as the program in the sandbox says it, where it stands in the session's folder. */
const outsidePath = (path: string, folder: string | null): string =>
  folder !== null && path.startsWith(`${insidePlaces.harness}/`)
    ? join(folder, path.slice(insidePlaces.harness.length))
    : path;

const isOfHelper = (event: HarnessEvent): boolean => 'helper' in event && event.helper !== null;

const personHome = (io: Io): string => io.env['HOME'] ?? '/';

type Attended = {
  readonly door: Door;
  readonly program: string;
  readonly harness: Harness | null;
  readonly hooks: Hooks;
  readonly root: string;
  readonly project: string;
  readonly preset: ExpandedPreset;
  readonly history: readonly HistoryRule[];
  readonly contained: boolean;
  readonly networkPlan: NetworkPlan;
  readonly before: Mark;
  readonly under: UnderMission | null;
};

function readOrder(order: string | undefined): readonly HistoryRule[] {
  const sentences = (order ?? '').split(';').filter((sentence) => sentence.trim() !== '');
  return sentences.map((sentence, index) => {
    const line = parseHistoryLine(sentence.trim(), `o${String(index + 1)}`);
    if (!line.ok) throw usage(line.message, 'several have `;` between them');
    return line.rule;
  });
}

/** From an open session to its closed one. */
async function attend(context: Context, session: OpenSession, start: Attended): Promise<number> {
  const { io, home } = context;
  const { door: from, program, harness, hooks, root, project, preset, contained, networkPlan } = start;
  const containment = containmentWith(contained, networkPlan.kind);
  const adapter = hookedBy(from);
  const kept = keptBy(from);
  /** Whether it asks before it acts, by its hooks or its editor's protocol. */
  const hooked = from.kind !== 'exec';
  const readOnly = preset.name === 'read-only';
  const watches = preset.name === 'watch';
  const refused: Judged[] = [];
  const wouldBe: Judged[] = [];
  let transcript: Transcript | null = null;
  const startedAt = io.now();
  const worktree = async (): Promise<string> => {
    const tree = await treeHash(root);
    return `the turn was over${tree === '' ? '' : `; the worktree was tree ${tree}`}`;
  };
  const processes: Processes = { tree: null, standsStill: false };
  const verdicts = createVerdicts({
    control: session.point,
    artifacts: session.artifacts,
    pointToken: session.pointToken,
  });
  await using calls = createCallOperations({
    verdicts,
    control: session.point,
    pointToken: session.pointToken,
    clock: systemClock,
    endSince: (ticks, why) => endCall(processes, ticks, () => context.progress(`\r\nwrit: a call was ended: ${why}\r`)),
    standsStill: () => processes.standsStill,
  });
  await using helpers = createHelpers({
    control: session.point,
    pointToken: session.pointToken,
    artifacts: session.artifacts,
    session,
  });
  const seen = (judged: Judged): void => {
    if (judged.decision === 'would_refuse') wouldBe.push(judged);
    else if (judged.decision !== 'permit') refused.push(judged);
    session.observe({ type: 'tool.judged', data: { ...judged } });
  };
  const workedSince = io.now();
  const put = { terminal: 0, inbox: 0 };
  const prompter = createPrompter({
    context,
    holdStill: () => holdStill(processes),
    perHour: interruptionsIn(home.root, root, workedSince).perHour,
    seen({ id, at }) {
      put[at] += 1;
      session.observe({ type: 'question.put', data: { id, at } });
    },
  });
  let behindEditor: AcpSession | null = null;
  const answerInEditor = createEditorPrompter(context, () => behindEditor?.proxy() ?? null);
  const { id, mandate, credential } = session;
  const more = presets[preset.name].more.flatMap(({ actions }) => actions);
  const gateQuestions = createGateQuestions({
    alwaysWorks: !hooked,
    more,
    request: (asked) =>
      requestMore(
        session,
        { ...asked, mandate, parameters: {}, session: id, containment, credential },
        'a program of its session connects there',
      ),
    ask: (waiting) => (from.kind === 'acp' ? answerInEditor(waiting, null) : prompter.ask(waiting)),
  });
  await using ways = createSessionWays({
    dir: home.root,
    holder: { run: id, session: id, mandate, project, credential, containment },
    control: session.point,
    pointToken: session.pointToken,
    clock: systemClock,
    verdicts,
    closedBecause: () => (processes.standsStill ? 'the session stands still' : null),
    askPerson: gateQuestions.askPerson,
    onRefused: (asked, sentence) => seen({ tool: 'network', ...asked, decision: 'refuse', sentence, from: 'control' }),
    warn: (sentence) => context.progress(`\r\nwrit: ${sentence}\r`),
  });
  const servers = ways.mcp.namesFor(project);
  await using network = await openSessionNetwork(networkPlan, ways, {
    dir: home.root,
    session: id,
    hooks: hooks.place,
  });
  const agent = await openSessionAgent(ways, {
    ...{ dir: home.root, session: id, project, home: personHome(io), env: io.env, contained },
    gated: networkPlan.kind === 'gated',
  });
  await using door = await openSessionDoor(home, session, {
    project,
    containment,
    mcp: ways.mcp,
    verdicts,
    path: io.env['PATH'] ?? '',
    isContained: contained,
    standsStill: () => processes.standsStill,
  });
  const turns = createTurnBoundaries(session.checkpoint);
  if (from.kind !== 'exec') {
    const judged = createJudge(
      {
        calls,
        verdicts,
        turns,
        ran: (seen) => session.ran(seen),
        worktree,
        helpers,
        ask: (waiting, call) => (from.kind === 'acp' ? answerInEditor(waiting, call) : prompter.ask(waiting)),
        request: (asked) => requestMore(session, asked, 'its harness wants to'),
        questions: createNativeQuestions({
          session: session.id,
          asPoint: session.runtimeAsPoint,
          runtime: () => context.planes.runtime(),
          show: (item, signal) => prompter.choose(item, signal),
        }),
        told: (what) => session.observe({ type: 'harness.told', data: { what } }),
        blind: (tool) => quarantine(context, session, tool),
        seen,
      },
      {
        harness: adapter ?? { title: doorTitle(from), helpers: 'alike' },
        project,
        root,
        stateDir: realpathSync(home.root),
        mandate,
        session: id,
        doorServers: servers,
        contained,
        containment,
        readOnly,
        watches,
        more,
        credential,
      },
    );
    const judge: Judge = async (event) => {
      const answer = await judged(event);
      gateQuestions.heard(event, answer);
      return answer;
    };
    hooks.judgeBy((event) => {
      // Of a conversation of the person's own: a helper may have one beside it.
      if (event.transcript !== null && (transcript === null || event.kind === 'prompt') && !isOfHelper(event))
        transcript = { path: outsidePath(event.transcript, harness?.folder ?? null), session: event.session };
      return from.kind === 'acp' ? judgeHook(event, judge) : judge(event);
    });
    if (from.kind === 'acp')
      behindEditor = createAcpSession({
        ...{ io, root, contained, processes, judge, agent: from.agent },
        servers: serverCommands(servers, door),
        hookArgs: harness?.args ?? [],
        blind: (what) => quarantine(context, session, what),
        conversations: createConversations(context, { agent: from.agent.name, root, mandate }),
        tell: (sentence) => context.progress(`writ: ${sentence}`),
      });
  }
  const { made, also, rules } = kept?.keeps ?? { made: [], also: [], rules: [] };
  if (from.kind === 'acp' && kept !== null) makeHome(personHome(io), kept.keeps);
  const sandbox = contained
    ? attendedSandbox({
        root,
        cwd: io.cwd,
        home: personHome(io),
        stateDir: home.root,
        harnessState: [...made, ...also],
        harnessRules: rules,
        harnessFolder:
          harness === null || harness.folder === null
            ? null
            : { path: harness.folder, isWritable: harness.writesFolder },
        programs: [program, process.execPath, ownEntry],
        readOnly,
        door: door.socketPath,
        bin: door.bin,
        ownNetwork: network.isOwn,
        places: [...network.places, ...agent.places],
      })
    : [];
  const title = start.under === null ? doorTitle(from) : `${doorTitle(from)} beside mission ${start.under.id}`;
  const told = adapter?.mcpArgs(serverCommands(servers, door)) ?? [];
  const argv = from.kind === 'harness' ? [...told, ...(harness?.args ?? []), ...from.argv] : from.argv.slice(1);
  context.progress(
    ...greeting({
      ...{
        title,
        preset: preset.name,
        mandate,
        session: id,
        strength: strengthOf({ contained, asksBy: asksBy(from), watches, network: networkPlan.kind }),
      },
      order: start.history.map(renderHistory),
      // The canary is of the harness by itself; an agent of its that speaks with editors is not tried.
      isProven: adapter === null || from.kind === 'acp' || watches ? null : isProven(adapter.name, program, home.root),
    }),
  );
  const shows = adapter?.showsStatus !== undefined && 'by' in adapter.showsStatus;
  using _status =
    !shows || harness === null || harness.folder === null
      ? null
      : keepStatus(join(harness.folder, statusFile), async () => ({
          preset: preset.name,
          mission: start.under?.id ?? null,
          standsStill: processes.standsStill,
          leftMs: session.artifacts.endsInMs(credential),
          waiting: (await readInbox(context, false)).entries.length,
        }));
  // Whoever has no hooks tells of no turn: then all of it is one.
  if (!hooked) await turns.begins();
  const { code, stoppedBecause } = await runProgram({
    argv: [...sandbox, ...network.relay, program, ...argv],
    cwd: io.cwd,
    env: {
      ...agentEnvironment(io.env),
      WRIT_RUN: id,
      WRIT_SESSION: id,
      ...door.env,
      ...network.env,
      ...agent.env,
      ...harness?.env,
      ...(hooks.endpoint === null ? {} : { [urlVariable]: hooks.endpoint.url, [tokenVariable]: hooks.token }),
    },
    marker: session.marker,
    place: session.place,
    tell: (sentence) => context.progress(`\r\nwrit: ${sentence}\r`),
    control: session.point,
    runtime: session.runtimeAsPoint,
    pointId: session.pointId,
    artifacts: session.artifacts,
    credential,
    session: id,
    mandate,
    contained,
    calls,
    ways,
    processes,
    ending: (why) => behindEditor?.end(why),
    talk: behindEditor?.talk ?? null,
  });
  behindEditor?.end('the agent ended');
  await turns.close();
  const counted = interruptionsIn(home.root, root, io.now());
  keepInterruptions(home.root, root, {
    ...counted,
    workedMs: counted.workedMs + Math.max(0, io.now() - workedSince),
    terminal: counted.terminal + put.terminal,
    inbox: counted.inbox + put.inbox,
  });
  // Before the session and what was approved for it are closed: what is open is said to be over by whoever saw its end.
  if (stoppedBecause === null) calls.turnOver(worktree);
  await (stoppedBecause === null
    ? calls.close('unknown', 'the session ended, and the harness did not say how the call ended')
    : calls.close('interrupted', `${stoppedBecause}; its processes were ended`));
  if (stoppedBecause !== null && io.stderr.isTTY) io.stderr.write(screenReset);
  const lines = [
    `changed: ${await changedSince(root, start.before)}`,
    // A program without hooks asks nobody: then there is nothing to say of what was refused or spent.
    ...(hooked && watches ? [`watched: ${watchedLine(wouldBe)}`] : []),
    ...(hooked
      ? [
          `refused: ${refusedLine(refused)}`,
          ...(adapter === null ? [] : [`spent:   ${await spentLine(adapter.name, transcript, startedAt)}`]),
        ]
      : []),
  ];
  await session.close({ code, summary: lines.map((line) => line.replace(/ {2,}/g, ' ')).join('; '), stoppedBecause });
  context.progress('', ...lines.map((line) => `writ  ${line}`));
  return stoppedBecause === null ? code : exitCodes.refused;
}

/** The preset as it is approved for this start: with what was accepted here, the hosts of the harness, and those a person named. */
function presetWith(chosen: StartPreset, place: Parameters<typeof presetHere>[1], plan: NetworkPlan): ExpandedPreset {
  if (plan.kind !== 'gated') return presetHere(chosen, place);
  const { modelHosts, origins } = plan;
  return reachingToo(presetHere(chosen, place, modelHosts === null ? {} : { modelHosts }), origins);
}

/** Holds everything under the session's mandate until a person has looked: its harness did something that was not let through by its hooks. */
async function quarantine(context: Context, session: OpenSession, tool: string): Promise<void> {
  const reason = `its harness ran \`${tool}\` without a yes: its hooks do not see, or do not hold, everything it does`;
  session.observe({ type: 'adapter.blind', data: { tool } });
  context.progress(`\r\nwrit: held: ${reason}\r`);
  const control = await context.planes.control();
  await control.attempt(controlApi.suspend, { params: { id: session.mandate }, body: { reason } });
}

/** While somebody else uses its terminal. What is still held by then for another reason stays so. */
function holdStill(processes: Processes): () => void {
  const { tree } = processes;
  if (tree === null) return () => undefined;
  freezeTree(tree);
  return () => {
    if (!processes.standsStill) thawTree(tree);
  };
}

/** Asks, as the session, for exactly what its mandate does not name; the id of the question, or null where nobody can be asked. */
async function requestMore(
  { point, pointToken }: OpenSession,
  asked: Omit<Asked, 'facts'>,
  reason: string,
): Promise<string | null> {
  const { mandate, action, resource, parameters, session, containment, credential } = asked;
  const reply = await point.call(controlApi.requestAuthority, {
    token: credential,
    point: pointToken(),
    body: { mandate, action, resource, parameters, session, containment, facts: {}, reason },
  });
  return reply.ok && reply.value.state === 'waiting' ? reply.value.id : null;
}

/** Ends what a call started, where it can be told apart, else everything. Says how many processes are left. */
async function endCall({ tree }: Processes, ticks: number | null, say: () => void): Promise<number> {
  if (tree === null) return 0;
  say();
  return (ticks === null ? await killTree(tree, callDeadlineMs) : await killSince(tree, ticks, callDeadlineMs)).length;
}

const callDeadlineMs = 2_000;

/** The person's environment without what would speak for them elsewhere. */
function agentEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(env).filter(([name]) => !/^(SSH_AUTH_SOCK|SSH_AGENT_PID|GPG_AGENT_INFO|WRIT_.*)$/.test(name)),
  );
}
