/** The real program of an adapter, walked through what its hooks have to hold. Effects are judged: files that are there, or are not. */

import { randomBytes } from 'node:crypto';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { HarnessAdapter, HarnessEvent, HookAnswer } from '../adapters/adapter.ts';
import { startHookEndpoint } from '../hooks/endpoint.ts';
import { refusalForModel, waitingForModel } from '../hooks/words-for-model.ts';
import type { Fault } from './faulty-endpoint.ts';
import { faults, startFaultyEndpoint } from './faulty-endpoint.ts';
import type { KitLine, KitPlace } from './kit-line.ts';
import { fails, holds, notShown } from './kit-line.ts';
import type { RunPlace } from './run-scripted.ts';
import { runScripted } from './run-scripted.ts';

const names = { urlVariable: 'WRIT_HOOK_URL', tokenVariable: 'WRIT_HOOK_TOKEN' } as const;
/** A run whose hook never answers waits for the hook's own end of patience, for each call. */
const timeoutMs = 60_000;
/** What hangs on a hook is ended: it had its time to run the call. */
const faultTimeoutMs = 30_000;

/** What the program says of its version: the first thing that looks like one. */
export async function versionOf(adapter: HarnessAdapter, program: string, path: string): Promise<string | null> {
  try {
    const { stdout, stderr } = await promisify(execFile)(program, [...adapter.program.versionArgs], {
      timeout: 30_000,
      env: { ...process.env, PATH: path },
    });
    return /\d+\.\d+(?:\.\d+)?[\w.-]*/.exec(`${stdout}\n${stderr}`)?.[0] ?? null;
  } catch {
    return null; // it does not start, or does not say
  }
}

export type CanaryResult = {
  readonly lines: readonly KitLine[];
  /** Whether what the sandbox around it should hold was held; null where there was none around it. */
  readonly wasContained: boolean | null;
};

/** The canary: one call that is allowed runs, one that is refused and one that waits do not, nor does a refused helper. `around`: the sandbox to show. */
export async function runCanary(
  adapter: HarnessAdapter,
  program: string,
  path: string,
  around?: (place: RunPlace) => readonly string[],
): Promise<CanaryResult> {
  const { canary } = adapter;
  if (canary === null)
    return { lines: [notShown('the canary', 'it cannot be started on a scripted model')], wasContained: null };
  const seen: HarnessEvent[] = [];
  const token = randomBytes(16).toString('base64url');
  await using endpoint = await startHookEndpoint({
    adapter,
    token,
    inside: null,
    judge: (event) => Promise.resolve(canaryAnswer(event, seen)),
  });
  const task = 'CHILD-4711: make the file';
  const calls = [
    canary.run('echo yes > allowed.txt'),
    canary.run('echo no > refused.txt'),
    canary.run('echo no > held.txt'),
    canary.run('echo no > ../home/outside.txt'),
    ...(canary.spawn === null ? [] : [canary.spawn(task)]),
    canary.run('echo yes > last.txt'),
  ];
  using ran = await runScripted({
    adapter,
    program,
    path,
    hook: { ...names, url: endpoint.url, token },
    ...(around === undefined ? {} : { around }),
    timeoutMs,
    script: {
      turns: [...calls.map((call) => ({ tools: [call] })), { say: 'That is all.' }],
      conversations: [
        { marker: 'CHILD-4711', turns: [{ tools: [canary.run('echo no > child.txt')] }, { say: 'Done.' }] },
      ],
      fallback: { say: 'That is all.' },
    },
  });
  const made = (file: string): boolean => existsSync(join(ran.cwd, file));
  const told = (kind: HarnessEvent['kind']): boolean => seen.some((event) => event.kind === kind);
  const is = (what: string, isSo: boolean): KitLine =>
    isSo ? holds(what) : fails(what, `it ${ran.isLate ? 'did not end' : 'ended'}, and said: ${ran.output.slice(-300)}`);
  return {
    lines: [
      is('what is allowed runs', made('allowed.txt')),
      is('what is refused does not run, and the work goes on', !made('refused.txt') && made('last.txt')),
      is('what waits for a person does not run', !made('held.txt')),
      ...(canary.spawn === null ? [] : [is('a refused helper does no work', !made('child.txt'))]),
      is('a prompt is asked about', told('prompt')),
      is('the end of a call is told', told('call_ended')),
    ],
    wasContained: around === undefined ? null : made('last.txt') && !existsSync(join(ran.home, 'outside.txt')),
  };
}

/** By what a call says: everything that names `refused`, a helper or what only it does is refused, what names `held` waits. */
export function canaryAnswer(event: HarnessEvent, seen: HarnessEvent[]): HookAnswer {
  seen.push(event);
  if (event.kind !== 'call') return { kind: 'no_objection' };
  const said = JSON.stringify([event.input, event.calls]);
  if (said.includes('held.txt')) return { kind: 'refuse', why: waitingForModel('a person has to look', 'a-1') };
  const isRefused =
    said.includes('refused.txt') ||
    event.helper !== null ||
    event.calls.some(({ tool }) => tool === 'Agent' || tool === 'Task');
  return isRefused
    ? { kind: 'refuse', why: refusalForModel('the canary is refused', null, null) }
    : { kind: 'no_objection' };
}

const faultWords: Readonly<Record<Fault, string>> = {
  garbage: 'nothing runs while its hook is answered with garbage',
  error: 'nothing runs while its hook is answered with an error',
  silent: 'nothing runs while its hook is not answered',
  gone: 'nothing runs while its hook is cut off',
};

/** One start of the program for each way in which an endpoint can fail. */
async function underFault(adapter: HarnessAdapter, fault: Fault, program: string, path: string): Promise<KitLine> {
  const what = faultWords[fault];
  const { canary } = adapter;
  if (canary === null) return notShown(what, 'it cannot be started on a scripted model');
  await using endpoint = await startFaultyEndpoint(adapter, fault);
  using ran = await runScripted({
    adapter,
    program,
    path,
    hook: { ...names, url: endpoint.url, token: 'kit' },
    timeoutMs: faultTimeoutMs,
    script: {
      turns: [{ tools: [canary.run('echo no > made.txt')] }, { say: 'That is all.' }],
      fallback: { say: 'That is all.' },
    },
  });
  if (existsSync(join(ran.cwd, 'made.txt'))) return fails(what, 'the call took effect');
  return endpoint.asked() > 0
    ? holds(what)
    : fails(what, `no hook asked about the call; it said: ${ran.output.slice(-300)}`);
}

/** A prompt that is refused asks no model. */
async function promptRefused(adapter: HarnessAdapter, program: string, path: string): Promise<KitLine> {
  const what = 'a refused prompt does no work';
  const { canary } = adapter;
  if (canary === null) return notShown(what, 'it cannot be started on a scripted model');
  const token = randomBytes(16).toString('base64url');
  const judge = (event: HarnessEvent): Promise<HookAnswer> =>
    Promise.resolve(
      event.kind === 'prompt' ? { kind: 'refuse', why: 'the prompt is refused' } : { kind: 'no_objection' },
    );
  await using endpoint = await startHookEndpoint({ adapter, token, inside: null, judge });
  using ran = await runScripted({
    adapter,
    program,
    path,
    hook: { ...names, url: endpoint.url, token },
    timeoutMs,
    script: {
      turns: [{ tools: [canary.run('echo no > made.txt')] }, { say: 'That is all.' }],
      fallback: { say: 'That is all.' },
    },
  });
  return existsSync(join(ran.cwd, 'made.txt')) ? fails(what, 'a call of it took effect') : holds(what);
}

/** Every line of it. */
export async function walkProgram(
  adapter: HarnessAdapter,
  { program, path }: KitPlace,
): Promise<{ readonly version: string | null; readonly lines: readonly KitLine[] }> {
  if (program === null || adapter.canary === null) {
    const why =
      program === null
        ? `\`${adapter.program.command}\` is not installed here`
        : 'it cannot be started on a scripted model';
    return { version: null, lines: [notShown('the real program', why)] };
  }
  const tried = async (what: string, all: () => Promise<readonly KitLine[]>): Promise<readonly KitLine[]> => {
    try {
      return await all();
    } catch (error) {
      return [fails(what, error instanceof Error ? error.message : String(error))];
    }
  };
  const [version, ...lines] = await Promise.all([
    versionOf(adapter, program, path),
    tried('the canary', async () => (await runCanary(adapter, program, path)).lines),
    tried('a refused prompt does no work', async () => [await promptRefused(adapter, program, path)]),
    ...faults.map((fault) => tried(faultWords[fault], async () => [await underFault(adapter, fault, program, path)])),
  ]);
  return {
    version,
    lines: [version === null ? fails('says its version', 'it does not') : holds('says its version'), ...lines.flat()],
  };
}
