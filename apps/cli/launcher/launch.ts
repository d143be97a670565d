/**
 * `writ claude` and `writ exec`: the person's own program, with their own arguments and terminal, under a mandate.
 *
 * The launcher owns the start: it is the one place where starting or resuming can be refused. It ends the program when the mandate ends.
 */

import { randomBytes } from 'node:crypto';
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdirSync, readFileSync, realpathSync } from 'node:fs';
import { basename, join } from 'node:path';
import { expandPreset } from '@writ/authority';
import type { HookAnswer, ClaudeHookInput } from '@writ/enforce';
import {
  createCaller,
  createControlClient,
  createHeldArtifacts,
  createVerdicts,
  probeSandbox,
  startHookEndpoint,
  systemClock,
  treeOf,
} from '@writ/enforce';
import { controlApi, projectName, runtimeApi } from '@writ/protocol';
import { endpointOf, openPlanes } from '../connect/planes.ts';
import { exitCodes, failed } from '../exit.ts';
import type { Io } from '../io.ts';
import { findHome } from '../place/home.ts';
import { outliveOutput } from '../place/outlive-output.ts';
import { repositoryAround } from '../place/repository.ts';
import { contextOf } from '../program/context.ts';
import { ensureUp } from '../supervisor/ensure-up.ts';
import { approveStart } from './approve-start.ts';
import { attendedSandbox } from './attended-sandbox.ts';
import { changedSince, mark } from './changes.ts';
import { choosePreset } from './choose-preset.ts';
import type { GuardEvent } from './guard.ts';
import { guardSession } from './guard.ts';
import { harnessOf } from './harness.ts';
import type { Judged } from './judge.ts';
import { createJudge } from './judge.ts';
import { spentLine } from './usage.ts';

const tokenVariable = 'WRIT_HOOK_TOKEN';
const callTimeoutMs = 5_000;
/** Several tries fit into the bound of a kept answer. */
const artifactTimeoutMs = 1_500;

export type LaunchArgs = {
  readonly harness: 'claude' | 'exec';
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
  const hookToken = randomBytes(32).toString('base64url');
  // Found before anything is approved: a program that is not there needs no mandate.
  harnessOf(kind, argv, { url: '', tokenVariable }, io.env['PATH'] ?? '');
  const preset = expandPreset(await choosePreset({ context, root, project, wanted }), { project });
  const { already } = await ensureUp(context, 'always', () => undefined);
  if (!already) context.progress('writ  started on this machine, and it stays: `writ down` ends it');
  const [control, runtime, probe, before] = await Promise.all([
    context.planes.control(),
    context.planes.runtime(),
    probeSandbox(),
    mark(root),
  ]);

  const { mandate } = await approveStart(control, {
    project,
    actor: kind,
    purpose: `${kind} in ${project}, started at a terminal`,
    preset,
    now: io.now(),
  });
  const session = await runtime.call(runtimeApi.createSession, {
    body: { title: `${kind} in ${project}`, project, agent: kind, driver: 'attended', workspace: root, mandate },
  });
  const { credential } = await control.call(controlApi.issueCredential, {
    params: { id: mandate },
    body: { run: session.id, program: programOf(kind, argv, io.env) },
  });

  const pointToken = (): string => readFileSync(join(home.control, 'points', 'launcher.token'), 'utf8').trim();
  const point = createControlClient({
    base: () => endpointOf(home.controlEndpoint),
    token: pointToken,
    timeoutMs: callTimeoutMs,
  });
  const pointId = `launcher-${session.id}`;
  await using artifacts = createHeldArtifacts({
    control: point,
    point: pointId,
    clock: systemClock,
    timeoutMs: artifactTimeoutMs,
  });
  await artifacts.hold({ mandate, credential });
  const refused: Judged[] = [];
  let transcript: string | null = null;
  const readOnly = preset.name === 'read-only';
  const judge = createJudge(
    createVerdicts({ control: point, artifacts, pointToken }),
    {
      project,
      root,
      stateDir: realpathSync(home.root),
      mandate,
      session: session.id,
      contained: probe.works,
      readOnly,
      credential,
    },
    (judged) => {
      if (judged.decision === 'refuse') refused.push(judged);
      void runtime.attempt(runtimeApi.observe, {
        params: { id: session.id },
        body: { type: 'tool.judged', data: { ...judged } },
      });
    },
  );
  const answer = (input: ClaudeHookInput): Promise<HookAnswer> => {
    transcript = input.transcript_path || transcript;
    return judge(input);
  };

  await using endpoint = await startHookEndpoint({ token: hookToken, judge: answer });
  const harness = harnessOf(kind, argv, { url: endpoint.url, tokenVariable }, io.env['PATH'] ?? '');
  const sandbox = probe.works
    ? attendedSandbox({
        root,
        cwd: io.cwd,
        home: prepareHome(io.env['HOME'] ?? '/', harness.state),
        stateDir: home.root,
        harnessState: harness.state,
        programs: [harness.program, process.execPath],
        readOnly,
      })
    : [];
  greet(context.progress, {
    title: harness.title,
    preset: preset.name,
    words: preset.words,
    mandate,
    session: session.id,
    strength: strengthOf(probe.works, harness.hooked),
  });

  const [file = '', ...args] = [...sandbox, harness.program, ...harness.args];
  const child = spawn(file, args, {
    cwd: io.cwd,
    stdio: 'inherit',
    env: { ...agentEnvironment(io.env), WRIT_RUN: session.id, WRIT_SESSION: session.id, [tokenVariable]: hookToken },
  });
  const ended = ending(child);
  const tree = child.pid === undefined ? null : treeOf(child.pid, `WRIT_RUN=${session.id}`, null);
  if (tree === null) throw failed(`\`${harness.program}\` could not be started`, null);
  const told: GuardEvent[] = [];
  const onEvent = (event: GuardEvent): void => {
    told.push(event);
    context.progress(`\r\nwrit: ${event.kind === 'thawed' ? 'going on' : event.kind}: ${event.why}\r`);
  };
  const place = createCaller({
    base: () => endpointOf(home.runtimeEndpoint),
    token: pointToken,
    timeoutMs: callTimeoutMs,
  });
  let code: number;
  {
    await using _ = await guardSession({
      control: point,
      runtime: place,
      pointId,
      session: session.id,
      mandate,
      tree,
      contained: probe.works,
      onEvent,
      artifacts,
      credential,
    });
    code = await ended;
  }
  const lines = [
    `changed: ${await changedSince(root, before)}`,
    // A program without hooks asks nobody: then there is nothing to say of what was refused or spent.
    ...(harness.hooked ? [`refused: ${refusedLine(refused)}`, `spent:   ${await spentLine(transcript)}`] : []),
  ];
  await runtime.attempt(runtimeApi.closeSession, {
    params: { id: session.id },
    body: { exit_code: code, summary: lines.map((line) => line.replace(/ {2,}/g, ' ')).join('; ') },
  });
  const stopped = told.some(({ kind: what }) => what === 'ended');
  if (!stopped)
    await control.attempt(controlApi.complete, { params: { id: mandate }, body: { reason: 'the session ended' } });
  context.progress('', ...lines.map((line) => `writ  ${line}`));
  for (const caller of [point, place]) caller[Symbol.dispose]();
  return stopped ? exitCodes.refused : code;
}

/** What works in the session, as far as its start says: a model that is chosen later is not known. */
function programOf(
  kind: 'claude' | 'exec',
  argv: readonly string[],
  env: NodeJS.ProcessEnv,
): { readonly harness: string; readonly model: string | null } {
  if (kind === 'exec') return { harness: basename(argv[0] ?? ''), model: null };
  const at = argv.findIndex((arg) => arg === '--model' || arg.startsWith('--model='));
  const chosen = argv[at]?.split('=')[1] ?? argv[at + 1];
  return { harness: kind, model: (at < 0 ? undefined : chosen) ?? env['ANTHROPIC_MODEL'] ?? null };
}

const strengthOf = (contained: boolean, hooked: boolean): string =>
  contained
    ? hooked
      ? 'contain (sandbox) with its hooks; its network is open'
      : 'contain (sandbox); its network is open, and nothing is asked before it uses it'
    : hooked
      ? 'guard (its own hooks; a flag can bypass them)'
      : 'watch (no sandbox, no hooks: nothing is held back, a stop ends its processes)';

function greet(
  say: (...lines: readonly string[]) => void,
  start: {
    title: string;
    preset: string;
    words: readonly string[];
    mandate: string;
    session: string;
    strength: string;
  },
): void {
  say(
    `writ  ${start.title}, preset \`${start.preset}\`, mandate ${start.mandate}`,
    `      holds by: ${start.strength}`,
    `      from another terminal: writ pause ${start.session} · writ stop ${start.session} · writ scope`,
    '',
  );
}

const refusedLine = (refused: readonly Judged[]): string =>
  refused.length === 0
    ? 'nothing'
    : `${String(refused.length)}, the last: ${refused.at(-1)?.tool ?? ''} (${refused.at(-1)?.sentence ?? ''})`;

/** Folders the harness keeps its state in exist before the sandbox is built, so that they can be made writable. */
function prepareHome(home: string, state: readonly string[]): string {
  if (state.includes('.claude')) mkdirSync(join(home, '.claude'), { recursive: true });
  return home;
}

/** The person's environment without what would speak for them elsewhere. */
function agentEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(env).filter(([name]) => !/^(SSH_AUTH_SOCK|SSH_AGENT_PID|GPG_AGENT_INFO|WRIT_.*)$/.test(name)),
  );
}

/** Its exit code, as a shell would report it. Interrupts are the program's to handle; a closed terminal ends it, and we outlive it to say so. */
function ending(child: ChildProcess): Promise<number> {
  const ignore = (): void => undefined;
  const forward = (signal: NodeJS.Signals): void => void child.kill(signal);
  process.on('SIGINT', ignore).on('SIGQUIT', ignore).on('SIGTERM', forward).on('SIGHUP', forward);
  return new Promise((resolve) => {
    const done = (code: number): void => {
      process.off('SIGINT', ignore).off('SIGQUIT', ignore).off('SIGTERM', forward);
      // SIGHUP stays taken: it may come twice, and the rest of the session is still to be closed.
      resolve(code);
    };
    child.once('error', () => {
      done(127);
    });
    child.once('exit', (code, signal) => {
      done(code ?? (signal === 'SIGKILL' ? 137 : 143));
    });
  });
}
