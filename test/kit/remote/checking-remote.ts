/**
 * A remote that asks control for the permit of every push as it commits, with the hook of `enforce/sink`. As a process:
 *
 *   node test/kit/remote/checking-remote.ts --dir DIR --control URL|FILE --token-file FILE --project NAME
 *     [--allow-unguarded REFPREFIX] [--seed-from PATH]
 *
 * prints one line `{"url":"git://…","log":FILE,"dir":DIR}` when it listens and ends on SIGINT or SIGTERM.
 */

import { existsSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { asProcess } from './as-process.ts';
import type { Landed } from './blind-remote.ts';
import { readLines } from './lines.ts';
import { serveRepository } from './serve-repository.ts';

const gitHook = join(import.meta.dirname, '../../../enforce/sink/git-hook.ts');

/** A push reached the hook; written before control is asked. */
export type Attempt = { readonly at: string; readonly ref: string; readonly attempted: true };

/** What the hook decided about one ref. */
export type Update = {
  readonly at: string;
  readonly ref: string;
  readonly old: string;
  readonly new: string;
  /** `current`, `none`, or why it was refused. */
  readonly permit: string;
  /** Whether the whole push was. */
  readonly accepted: boolean;
  readonly operation: string | null;
  readonly mandate: string | null;
};

export type CheckingRemotePlan = {
  readonly dir: string;
  /** Control's URL, or its endpoint file. */
  readonly control: string;
  /** Holds the sink's own credential. */
  readonly tokenFile: string;
  readonly project: string;
  /** Whether a push waits at the hook, before control is asked, until it is released. */
  readonly isHeld?: boolean | undefined;
  readonly allowUnguarded?: string | undefined;
  readonly seedFrom?: string | undefined;
};

export type CheckingRemote = {
  readonly url: string;
  readonly dir: string;
  /** The bare repository. */
  readonly repository: string;
  readonly log: string;
  /** Where pushes are held: whether one has arrived. */
  isReached(): boolean;
  /** From now on nothing is held. */
  release(): void;
  attempts(): Promise<readonly Attempt[]>;
  updates(): Promise<readonly Update[]>;
  /** What really changed, by a log of its own. */
  landed(): Promise<readonly Landed[]>;
} & AsyncDisposable;

/** What Git says of the push is read before it waits: who pushes may be gone by then. */
const held = `push=$(cat); : >"$1"; while [ ! -e "$2" ]; do sleep 0.05; done; shift 2; printf '%s\\n' "$push" | "$@"`;

/** Starts one in `dir`. What `seedFrom` brings comes before the hook and is not logged. */
export async function startCheckingRemote(plan: CheckingRemotePlan): Promise<CheckingRemote> {
  const dir = resolve(plan.dir);
  const log = join(dir, 'updates.ndjson');
  const landedLog = join(dir, 'landed.ndjson');
  const asking = [
    '--control',
    plan.control,
    '--token-file',
    resolve(plan.tokenFile),
    '--project',
    plan.project,
    '--log',
    log,
  ];
  const [reached, released] = [join(dir, 'reached'), join(dir, 'released')];
  const waiting = plan.isHeld === true ? ['/bin/sh', '-c', held, 'held', reached, released] : [];
  const open = plan.allowUnguarded === undefined ? [] : ['--allow-unguarded', plan.allowUnguarded];
  const served = await serveRepository({
    dir,
    hooks: {
      'pre-receive': [...waiting, process.execPath, gitHook, ...asking, ...open],
      'post-receive': [process.execPath, join(import.meta.dirname, 'log-landed.ts'), landedLog],
    },
    config: { 'receive.advertisePushOptions': 'true' },
    seedFrom: plan.seedFrom,
  });
  const lines = (): Promise<readonly (Attempt | Update)[]> => readLines<Attempt | Update>(log);
  return {
    ...served,
    dir,
    log,
    isReached: () => existsSync(reached),
    release: () => {
      writeFileSync(released, '');
    },
    attempts: async () => (await lines()).filter((line) => 'attempted' in line),
    updates: async () => (await lines()).filter((line) => 'accepted' in line),
    landed: () => readLines<Landed>(landedLog),
  };
}

function planFrom(args: readonly string[]): CheckingRemotePlan {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({
    args: [...args],
    options: {
      dir: text,
      control: text,
      'token-file': text,
      project: text,
      'allow-unguarded': text,
      'seed-from': text,
    },
  });
  const { dir, control, 'token-file': tokenFile, project } = values;
  if (dir === undefined || control === undefined || tokenFile === undefined || project === undefined)
    throw new Error('a checking remote needs `--dir`, `--control`, `--token-file` and `--project`');
  return {
    dir,
    control,
    tokenFile,
    project,
    allowUnguarded: values['allow-unguarded'],
    seedFrom: values['seed-from'],
  };
}

if (import.meta.main) await asProcess((args) => startCheckingRemote(planFrom(args)));
