/** The real program of an adapter, walked through what its hooks have to hold. Effects are judged: files that are there, or are not. */

import { randomBytes } from 'node:crypto';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { HarnessAdapter, HarnessEvent, HookAnswer } from '../adapters/adapter.ts';
import { givenBy, NotAsTheContract } from '../adapters/given-by.ts';
import { startHookEndpoint } from '../hooks/endpoint.ts';
import { refusalForModel, waitingForModel } from '../hooks/words-for-model.ts';
import type { Fault } from './faulty-endpoint.ts';
import { faults, startFaultyEndpoint } from './faulty-endpoint.ts';
import type { KitLine, KitPlace } from './kit-line.ts';
import { fails, holds, notShown } from './kit-line.ts';
import { lookingAt } from './looking-at.ts';
import type { RunPlace } from './run-scripted.ts';
import { runScripted } from './run-scripted.ts';

const names = { urlVariable: 'WRIT_HOOK_URL', tokenVariable: 'WRIT_HOOK_TOKEN' } as const;
/** For programs that take half a minute to start where much else is running: to be slow is not to be wrong. */
const patientMs = 240_000;
/** What hangs on a hook is ended so long after it asked: it had its time to run the call. */
const faultAfterMs = 30_000;
/** So that a hook that takes its patience from the start is seen to lose it. */
const faultPatienceS = 5;
/** Longer than a hook is commonly given, and well within what a person takes. */
const lateMs = 12_000;

/** What the program says of its version: the first thing that looks like one. */
export async function versionOf(adapter: HarnessAdapter, program: string, path: string): Promise<string | null> {
  try {
    const { stdout, stderr } = await promisify(execFile)(program, [...adapter.program.versionArgs], {
      timeout: 60_000,
      env: { ...process.env, PATH: path },
    });
    return /\d+\.\d+(?:\.\d+)?[\w.-]*/.exec(`${stdout}\n${stderr}`)?.[0] ?? null;
  } catch {
    return null; // it does not start, or does not say
  }
}

type StartAt = { readonly program: string; readonly path: string; readonly timeoutMs: number };

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
  timeoutMs = patientMs,
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
  givenBy('canary.run', canary.run('true'));
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
  const { came, kept } = lookingAt(adapter, ran, { timeoutMs, isThrough: made('last.txt') });
  return {
    lines: [
      came('what is allowed runs', made('allowed.txt')),
      made('refused.txt')
        ? kept('what is refused does not run, and the work goes on', false)
        : came('what is refused does not run, and the work goes on', made('last.txt')),
      kept('what waits for a person does not run', !made('held.txt')),
      ...(canary.spawn === null ? [] : [kept('a refused helper does no work', !made('child.txt'))]),
      came('a prompt is asked about', told('prompt')),
      came('the end of a call is told', told('call_ended')),
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
async function underFault(adapter: HarnessAdapter, fault: Fault, at: StartAt): Promise<KitLine> {
  const what = faultWords[fault];
  const { canary } = adapter;
  if (canary === null) return notShown(what, 'it cannot be started on a scripted model');
  await using endpoint = await startFaultyEndpoint(adapter, fault);
  using ran = await runScripted({
    adapter,
    ...at,
    hook: { ...names, url: endpoint.url, token: 'kit' },
    patienceS: faultPatienceS,
    over: endpoint.whenAsked.then(() => sleep(faultAfterMs, null, { ref: false })),
    script: {
      turns: [{ tools: [canary.run('echo no > made.txt')] }, { say: 'That is all.' }],
      fallback: { say: 'That is all.' },
    },
  });
  if (existsSync(join(ran.cwd, 'made.txt'))) return fails(what, 'the call took effect');
  return lookingAt(adapter, ran, at).came(what, endpoint.asked() > 0, 'no hook asked about the call; ');
}

/** A prompt that is refused asks no model. */
async function promptRefused(adapter: HarnessAdapter, at: StartAt): Promise<KitLine> {
  const what = 'a refused prompt does no work';
  const { canary } = adapter;
  if (canary === null) return notShown(what, 'it cannot be started on a scripted model');
  const token = randomBytes(16).toString('base64url');
  let isAsked = false;
  const judge = (event: HarnessEvent): Promise<HookAnswer> => {
    if (event.kind !== 'prompt') return Promise.resolve({ kind: 'no_objection' });
    isAsked = true;
    return Promise.resolve({ kind: 'refuse', why: 'the prompt is refused' });
  };
  await using endpoint = await startHookEndpoint({ adapter, token, inside: null, judge });
  using ran = await runScripted({
    adapter,
    ...at,
    hook: { ...names, url: endpoint.url, token },
    script: {
      turns: [{ tools: [canary.run('echo no > made.txt')] }, { say: 'That is all.' }],
      fallback: { say: 'That is all.' },
    },
  });
  if (existsSync(join(ran.cwd, 'made.txt'))) return fails(what, 'a call of it took effect');
  return lookingAt(adapter, ran, at).came(what, isAsked, 'no hook asked about the prompt; ');
}

/** A yes for which a person took their time, what its model was told at the start, and that the end of the turn was told: where the adapter says so. */
async function inATurn(adapter: HarnessAdapter, at: StartAt): Promise<readonly KitLine[]> {
  const { canary, takesContext, tells } = adapter;
  const [inTime, told, over] = [
    'a yes that comes late is a yes',
    'its model is told what it is given at the start',
    'the end of a turn is told',
  ] as const;
  if (canary === null) return [inTime, told, over].map((what) => notShown(what, 'it cannot be started'));
  const token = randomBytes(16).toString('base64url');
  const seen: HarnessEvent[] = [];
  const judge = async (event: HarnessEvent): Promise<HookAnswer> => {
    seen.push(event);
    if (event.kind === 'call') await sleep(lateMs);
    return { kind: 'no_objection' };
  };
  await using endpoint = await startHookEndpoint({ adapter, token, inside: null, judge });
  const context = `the kit says at the start: ${randomBytes(8).toString('hex')}`;
  using ran = await runScripted({
    adapter,
    ...at,
    hook: { ...names, url: endpoint.url, token },
    context,
    script: {
      turns: [{ tools: [canary.run('echo yes > late.txt')] }, { say: 'That is all.' }],
      fallback: { say: 'That is all.' },
    },
  });
  const { came } = lookingAt(adapter, ran, at);
  return [
    came(
      inTime,
      existsSync(join(ran.cwd, 'late.txt')),
      `the answer took ${String(lateMs / 1000)} s, and what asked did not wait for it (\`patienceS\` of \`start\`); `,
    ),
    ...('by' in takesContext
      ? [
          came(
            told,
            ran.asked.includes(context),
            `it says \`${takesContext.by}\`, and its model was told nothing of it; `,
          ),
        ]
      : []),
    ...('by' in tells.stop
      ? [
          came(
            over,
            seen.some(({ kind }) => kind === 'turn_over'),
            `it says \`${tells.stop.by}\`, and no \`turn_over\` came; `,
          ),
        ]
      : []),
  ];
}

/** Every line of it. */
export async function walkProgram(
  adapter: HarnessAdapter,
  { program, path, timeoutMs = patientMs }: KitPlace,
): Promise<{ readonly version: string | null; readonly lines: readonly KitLine[] }> {
  if (program === null || adapter.canary === null) {
    const why =
      program === null
        ? `\`${adapter.program.command}\` is not installed here`
        : 'it cannot be started on a scripted model';
    return { version: null, lines: [notShown('the real program', why)] };
  }
  const at = { program, path, timeoutMs };
  const wrong = new Set<string>();
  const tried = async (what: string, all: () => Promise<readonly KitLine[]>): Promise<readonly KitLine[]> => {
    try {
      return await all();
    } catch (error) {
      if (error instanceof NotAsTheContract) wrong.add(error.message);
      return [fails(what, error instanceof Error ? error.message : String(error))];
    }
  };
  const [version, ...lines] = await Promise.all([
    versionOf(adapter, program, path),
    tried('the canary', async () => (await runCanary(adapter, program, path, undefined, timeoutMs)).lines),
    tried('a refused prompt does no work', async () => [await promptRefused(adapter, at)]),
    tried('a yes that comes late is a yes', () => inATurn(adapter, at)),
    ...faults.map((fault) => tried(faultWords[fault], async () => [await underFault(adapter, fault, at)])),
  ]);
  const shapes = 'its `start` and its canary give what the contract says';
  return {
    version,
    lines: [
      version === null ? fails('says its version', 'it does not') : holds('says its version'),
      // Nothing of it was started so that it could be looked at: one line says all of it.
      ...(wrong.size > 0 ? [fails(shapes, [...wrong].join('; '))] : [holds(shapes), ...lines.flat()]),
    ],
  };
}
