/**
 * `writ claude` and `writ exec`: the person's own program, with their own arguments and terminal, under a mandate.
 *
 * The launcher owns the start: it is the one place where starting or resuming can be refused. It ends the program when the mandate ends.
 */

import { randomBytes } from 'node:crypto';
import { mkdirSync, realpathSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { ExpandedPreset } from '@writ/authority';
import { expandPreset, uncontained } from '@writ/authority';
import type { ClaudeHookInput, HookAnswer } from '@writ/enforce';
import {
  areAllTrusted,
  codexHookArgs,
  createCallOperations,
  createVerdicts,
  killSince,
  killTree,
  probeSandbox,
  startHookEndpoint,
  systemClock,
} from '@writ/enforce';
import { controlApi, projectName } from '@writ/protocol';
import { openPlanes } from '../connect/planes.ts';
import { exitCodes, failed } from '../exit.ts';
import type { Io } from '../io.ts';
import { findHome } from '../place/home.ts';
import { outliveOutput } from '../place/outlive-output.ts';
import { repositoryAround } from '../place/repository.ts';
import type { Context } from '../program/context.ts';
import { contextOf } from '../program/context.ts';
import { ensureUp } from '../supervisor/ensure-up.ts';
import { attendedSandbox } from './attended-sandbox.ts';
import type { Mark } from './changes.ts';
import { changedSince, mark, treeHash } from './changes.ts';
import { choosePreset } from './choose-preset.ts';
import { codexHashes } from './codex-trust.ts';
import type { HarnessKind } from './harness.ts';
import { harnessOf } from './harness.ts';
import type { Judged } from './judge.ts';
import { createHelpers } from './helpers.ts';
import { containment, createJudge } from './judge.ts';
import type { OpenSession } from './open-session.ts';
import { openSession } from './open-session.ts';
import type { Processes } from './run-program.ts';
import { runProgram } from './run-program.ts';
import { openSessionDoor, ownEntry } from './session-door.ts';
import { spentLine } from './spent.ts';
import { createTurnBoundaries } from './turn-boundaries.ts';
import { greeting, refusedLine, screenReset, strengthOf, watchedLine } from './words.ts';

const tokenVariable = 'WRIT_HOOK_TOKEN';
const urlVariable = 'WRIT_HOOK_URL';

export type LaunchArgs = {
  readonly harness: HarnessKind;
  readonly argv: readonly string[];
  readonly preset?: string;
  readonly io: Io;
};

/** Runs the program to its end. Resolves with its exit code. */
export async function launchHarness({ harness: kind, argv, preset: wanted, io }: LaunchArgs): Promise<number> {
  // What was approved is ended also after its terminal is gone.
  outliveOutput(io);
  const home = findHome(io.env);
  const context = contextOf(io, home, openPlanes(io, home), false);
  const around = await repositoryAround(io.cwd);
  if (around.kind === 'unusable') throw failed(around.sentence, around.wayOut);
  const root = around.kind === 'found' ? around.root : io.cwd;
  const project = projectName(root);
  const probe = await probeSandbox();
  // Found before anything is approved: a program that is not there needs no mandate.
  const found = harnessOf(
    kind,
    argv,
    { url: '', urlVariable, tokenVariable, trusted: new Map(), contained: probe.works && wanted !== 'watch' },
    io.env['PATH'] ?? '',
  );
  const trusted = kind === 'codex' ? await trustedHooks(found.program, home.root, io) : new Map<string, string>();
  const preset = expandPreset(await choosePreset({ context, root, project, wanted }), { project });
  const { already } = await ensureUp(context, 'always', () => undefined);
  if (!already) context.progress('writ  started on this machine, and it stays: `writ down` ends it');
  const before = await mark(root);
  // Who only watches stands in nobody's way.
  const contained = probe.works && preset.name !== 'watch';
  await using session = await openSession(context, {
    kind,
    project,
    root,
    preset,
    contained,
    program: programOf(kind, argv, io.env),
  });
  return await attend(context, session, { kind, argv, root, project, preset, contained, trusted, before });
}

type Attended = {
  readonly kind: HarnessKind;
  readonly argv: readonly string[];
  readonly root: string;
  readonly project: string;
  readonly preset: ExpandedPreset;
  readonly contained: boolean;
  readonly trusted: ReadonlyMap<string, string>;
  readonly before: Mark;
};

/** From an open session to its closed one. */
async function attend(context: Context, session: OpenSession, start: Attended): Promise<number> {
  const { io, home } = context;
  const { kind, argv, root, project, preset, contained } = start;
  const readOnly = preset.name === 'read-only';
  const watches = preset.name === 'watch';
  const refused: Judged[] = [];
  const wouldBe: Judged[] = [];
  let transcript: string | null = null;
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
  await using door = await openSessionDoor(home, session, {
    project,
    containment: contained ? containment : uncontained,
    verdicts,
    path: io.env['PATH'] ?? '',
    isContained: contained,
    standsStill: () => processes.standsStill,
  });
  const turns = createTurnBoundaries(session.checkpoint);
  const judge = createJudge(
    {
      calls,
      verdicts,
      turns,
      worktree,
      helpers,
      blind: (tool) => quarantine(context, session, tool),
      seen(judged) {
        if (judged.decision === 'would_refuse') wouldBe.push(judged);
        else if (judged.decision !== 'permit') refused.push(judged);
        session.observe({ type: 'tool.judged', data: { ...judged } });
      },
    },
    {
      harness: kind === 'codex' ? 'codex' : 'claude',
      project,
      root,
      stateDir: realpathSync(home.root),
      mandate: session.mandate,
      session: session.id,
      contained,
      readOnly,
      watches,
      credential: session.credential,
    },
  );
  const answer = (input: ClaudeHookInput): Promise<HookAnswer> => {
    transcript = input.transcript_path || transcript;
    return judge(input);
  };
  const hookToken = randomBytes(32).toString('base64url');
  const speaks = kind === 'codex' ? 'codex' : 'claude';
  await using endpoint = await startHookEndpoint({ harness: speaks, token: hookToken, judge: answer });
  const hook = { url: endpoint.url, urlVariable, tokenVariable, trusted: start.trusted, contained };
  const harness = harnessOf(kind, argv, hook, io.env['PATH'] ?? '');
  const sandbox = contained
    ? attendedSandbox({
        root,
        cwd: io.cwd,
        home: prepareHome(io.env['HOME'] ?? '/', harness.state),
        stateDir: home.root,
        harnessState: harness.state,
        programs: [harness.program, process.execPath, ownEntry],
        readOnly,
        door: door.socketPath,
        bin: door.bin,
      })
    : [];
  const { title, program, args, hooked } = harness;
  const { mandate, id } = session;
  context.progress(
    ...greeting({ title, preset: preset.name, mandate, session: id, strength: strengthOf(contained, hooked, watches) }),
  );
  // Whoever has no hooks tells of no turn: then all of it is one.
  if (!hooked) await turns.begins();
  const { code, stoppedBecause } = await runProgram({
    argv: [...sandbox, program, ...args],
    cwd: io.cwd,
    env: {
      ...agentEnvironment(io.env),
      WRIT_RUN: id,
      WRIT_SESSION: id,
      ...door.env,
      [urlVariable]: endpoint.url,
      [tokenVariable]: hookToken,
    },
    marker: session.marker,
    place: session.place,
    tell: (sentence) => context.progress(`\r\nwrit: ${sentence}\r`),
    control: session.point,
    runtime: session.runtimeAsPoint,
    pointId: session.pointId,
    artifacts: session.artifacts,
    credential: session.credential,
    session: id,
    mandate,
    contained,
    calls,
    processes,
  });
  await turns.close();
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
    ...(hooked ? [`refused: ${refusedLine(refused)}`, `spent:   ${spentLine(speaks, transcript)}`] : []),
  ];
  await session.close({ code, summary: lines.map((line) => line.replace(/ {2,}/g, ' ')).join('; '), stoppedBecause });
  context.progress('', ...lines.map((line) => `writ  ${line}`));
  return stoppedBecause === null ? code : exitCodes.refused;
}

/** Holds everything under the session's mandate until a person has looked: its harness did something that was not let through by its hooks. */
async function quarantine(context: Context, session: OpenSession, tool: string): Promise<void> {
  const reason = `its harness ran \`${tool}\` without a yes: its hooks do not see, or do not hold, everything it does`;
  session.observe({ type: 'adapter.blind', data: { tool } });
  context.progress(`\r\nwrit: held: ${reason}\r`);
  const control = await context.planes.control();
  await control.attempt(controlApi.suspend, { params: { id: session.mandate }, body: { reason } });
}

/** Ends what a call started, where it can be told apart, else everything. Says how many processes are left. */
async function endCall({ tree }: Processes, ticks: number | null, say: () => void): Promise<number> {
  if (tree === null) return 0;
  say();
  return (ticks === null ? await killTree(tree, callDeadlineMs) : await killSince(tree, ticks, callDeadlineMs)).length;
}

const callDeadlineMs = 2_000;

/** Codex leaves out, without a word, a hook it does not trust: without the trust of all of them nothing is started. */
async function trustedHooks(program: string, stateDir: string, io: Io): Promise<ReadonlyMap<string, string>> {
  const hooks = codexHookArgs({ urlVariable, tokenVariable });
  const hashes = await codexHashes(program, hooks, { stateDir, cwd: io.cwd, env: io.env });
  if (!areAllTrusted(hashes))
    throw failed(
      'this Codex does not say by which hashes it would trust the hooks of Writ, so that it would run without them',
      'use Codex 0.169 or newer, or run it without hooks in a sandbox with `writ exec -- codex`',
    );
  return hashes;
}

/** What works in the session, as far as its start says: a model that is chosen later is not known. */
function programOf(
  kind: HarnessKind,
  argv: readonly string[],
  env: NodeJS.ProcessEnv,
): { readonly harness: string; readonly model: string | null } {
  if (kind === 'exec') return { harness: basename(argv[0] ?? ''), model: null };
  const at = argv.findIndex((arg) => arg === '--model' || arg === '-m' || arg.startsWith('--model='));
  const chosen = argv[at]?.split('=')[1] ?? argv[at + 1];
  return { harness: kind, model: (at < 0 ? undefined : chosen) ?? env['ANTHROPIC_MODEL'] ?? null };
}

/** Folders the harness keeps its state in exist before the sandbox is built, so that they can be made writable. */
function prepareHome(home: string, state: readonly string[]): string {
  for (const name of ['.claude', '.codex']) if (state.includes(name)) mkdirSync(join(home, name), { recursive: true });
  return home;
}

/** The person's environment without what would speak for them elsewhere. */
function agentEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(env).filter(([name]) => !/^(SSH_AUTH_SOCK|SSH_AGENT_PID|GPG_AGENT_INFO|WRIT_.*)$/.test(name)),
  );
}
