/**
 * One run of a harness's real program on a scripted model, in an empty home and a folder of its own: what it made there is what counts.
 *
 * Its model and its hooks are answered on this machine, and it finds no credential of anybody's. It is ended with everything it started.
 */

import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import type { HarnessAdapter, HookPlace, SessionFile, Started } from '../adapters/adapter.ts';
import { givenBy } from '../adapters/given-by.ts';
import { hookPatienceS } from '../adapters/hook-command.ts';
import { makeHome } from '../adapters/make-home.ts';
import type { Script } from '../scripted-model/script.ts';
import { startModelServer } from '../scripted-model/model-server.ts';

export type ScriptedRun = {
  readonly adapter: HarnessAdapter;
  readonly program: string;
  readonly path: string;
  readonly script: Script;
  readonly hook: HookPlace & { readonly token: string };
  /** A command line around the program; it finds the session's folder where `folder` says. */
  readonly around?: (place: RunPlace) => readonly string[];
  /** What its model is told at the start. */
  readonly context?: string;
  /** Of its hooks; as in a session where it is left out. */
  readonly patienceS?: number;
  /** Started as a person would, without its hooks: to measure beside. */
  readonly isBare?: true;
  /** For a program that is spoken with over its standard input and output: its own arguments in the place of the harness's, and what is said. It is ended when that is over. */
  readonly spoken?: Spoken;
  readonly timeoutMs: number;
  /** Once this resolves it has shown what was to be seen, and is ended. */
  readonly over?: Promise<unknown>;
};

export type Spoken = {
  readonly args: readonly string[];
  /** Whether its harness asks by its hooks besides. */
  readonly isHooked: boolean;
  /** `hookArgs`: what the harness would be told at a start. */
  readonly talk: (
    program: { readonly stdin: Writable; readonly stdout: Readable },
    place: RunPlace & { readonly hookArgs: readonly string[] },
  ) => Promise<void>;
};

export type RunPlace = {
  readonly home: string;
  readonly cwd: string;
  readonly folder: string;
  readonly program: string;
};

export type RanScripted = {
  /** Where it worked; gone when disposed. */
  readonly cwd: string;
  readonly home: string;
  /** When its model was asked for each turn of the script, in milliseconds since the epoch. */
  readonly turnsAt: readonly number[];
  /** The tools that its model was offered, and everything that it was told. */
  readonly offered: readonly string[];
  readonly asked: string;
  /** It was ended because its time was over. */
  readonly isLate: boolean;
  readonly output: string;
} & Disposable;

/** Of the home: the session's own folder. */
export const sessionFolder = '.writ-session';

/** To its end, or to `timeoutMs`. Throws where it cannot be started. */
export async function runScripted({
  adapter,
  program,
  path,
  script,
  hook,
  around,
  context,
  patienceS = hookPatienceS,
  isBare,
  spoken,
  timeoutMs,
  over,
}: ScriptedRun): Promise<RanScripted> {
  const { canary } = adapter;
  if (canary === null) throw new Error(`${adapter.title} cannot be started on a scripted model`);
  await using model = await startModelServer({ script });
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'writ-adapter-')));
  const remove = (): void => rmSync(root, { recursive: true, force: true, maxRetries: 5 });
  try {
    const [home, cwd, cache] = [join(root, 'home'), join(root, 'work'), join(root, 'cache')];
    // In the home, so that a sandbox that lets it keep its state there lets it keep this, too.
    const folder = join(home, sessionFolder);
    for (const one of [cwd, cache, folder]) mkdirSync(one, { recursive: true });
    makeHome(home, adapter.keeps);
    const prepared = givenBy('canary.prepare', canary.prepare({ modelUrl: model.url, home, cwd }));
    for (const file of prepared.files) write(home, file);
    const own = {
      ...environment(home, path),
      ...prepared.env,
      [hook.urlVariable]: hook.url,
      [hook.tokenVariable]: hook.token,
    };
    const argv = spoken?.args ?? prepared.args;
    const isHooked = spoken?.isHooked ?? true;
    const started = isHooked
      ? givenBy(
          'start',
          await adapter.start({
            ...{ hook, folder, program, home, cwd, cache, env: own, contained: false, context: context ?? null },
            patienceS,
            argv: spoken === undefined ? prepared.args : [],
          }),
        )
      : notStarted;
    if (started.kind === 'unusable') throw new Error(started.problem);
    for (const file of started.files) write(folder, file);
    const place = { home, cwd, folder, program };
    const hookArgs = isBare === true ? [] : started.args;
    const words = [...(around?.(place) ?? []), program, ...(spoken === undefined ? hookArgs : []), ...argv];
    const talk = spoken && ((child: ChildIo) => spoken.talk(child, { ...place, hookArgs }));
    const env = isBare === true ? own : { ...own, ...started.env };
    const ran = await toEnd(words, { cwd, env, timeoutMs, over }, talk);
    return {
      cwd,
      home,
      turnsAt: model.requests.flatMap(({ played, at }) => (played === 'side' ? [] : [at])),
      offered: [...new Set(model.requests.flatMap(({ tools }) => tools))],
      asked: JSON.stringify(model.requests.map(({ body }) => body)),
      ...ran,
      [Symbol.dispose]: remove,
    };
  } catch (error) {
    remove();
    throw error;
  }
}

/** Nothing is told to a program whose harness is not asked by hooks. */
const notStarted: Started = { kind: 'ready', files: [], args: [], env: {}, writesFolder: false };

/** Nothing of the person's but what programs need to start at all. */
function environment(home: string, path: string): Record<string, string> {
  return {
    PATH: [dirname(process.execPath), path].join(delimiter),
    HOME: home,
    LANG: 'C.UTF-8',
    XDG_CONFIG_HOME: join(home, '.config'),
    XDG_DATA_HOME: join(home, '.local', 'share'),
    XDG_STATE_HOME: join(home, '.local', 'state'),
    XDG_CACHE_HOME: join(home, '.cache'),
  };
}

function write(folder: string, file: SessionFile): void {
  const path = join(folder, file.path);
  mkdirSync(dirname(path), { recursive: true });
  if ('text' in file) writeFileSync(path, file.text, { mode: 0o600 });
  else symlinkSync(file.linkTo, path);
}

type ChildIo = Parameters<Spoken['talk']>[0];

async function toEnd(
  [file = '', ...args]: readonly string[],
  {
    cwd,
    env,
    timeoutMs,
    over,
  }: { readonly cwd: string; readonly env: NodeJS.ProcessEnv } & Pick<ScriptedRun, 'timeoutMs'> & {
      readonly over: Promise<unknown> | undefined;
    },
  talk?: (child: ChildIo) => Promise<void>,
): Promise<{ readonly isLate: boolean; readonly output: string }> {
  const how = { cwd, env, detached: true } as const;
  const child =
    talk === undefined
      ? spawn(file, args, { ...how, stdio: ['ignore', 'pipe', 'pipe'] })
      : spawn(file, args, { ...how, stdio: ['pipe', 'pipe', 'pipe'] });
  child.stdin?.on('error', () => undefined); // it ended: that is what is looked at
  const end = (): void => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    } catch {
      // it ended meanwhile
    }
  };
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    end();
  }, timeoutMs);
  void over?.then(end, end);
  try {
    const closed = new Promise<void>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', () => resolve());
    });
    const io = child.stdin === null ? undefined : { stdin: child.stdin, stdout: child.stdout };
    const talked = io && talk?.(io).finally(end);
    // What is spoken is whoever's who speaks; what it says beside stands on its standard error.
    const said = talk === undefined ? text(child.stdout) : '';
    const [out, err] = await Promise.all([said, text(child.stderr), closed, talked]);
    return { isLate, output: `${out}\n${err}`.trim() };
  } finally {
    clearTimeout(timer);
    // Whatever it left behind.
    end();
  }
}
