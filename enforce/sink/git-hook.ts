/**
 * A Git `pre-receive` hook that makes a repository a fenced sink: a ref changes only with a permit that is current as the push commits.
 *
 *   git-hook.ts --control URL|FILE --token-file FILE --project NAME --log FILE [--sink NAME] [--slow MS] [--allow-unguarded REFPREFIX]
 *
 * `--control` is control's URL, or a file with `{"url":…}` that is read at each push. Every update leaves two lines of JSON in the log: one
 * before control is asked and one with the outcome. With `--sink`, the name a person gave this remote, a permit for another is refused. `--slow` waits between the two. It refuses whatever it cannot read, ask or log.
 */

import { execFile } from 'node:child_process';
import { appendFileSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { RefVerdict } from './judge-push.ts';
import { judgePush } from './judge-push.ts';
import type { RefUpdate } from './ref-update.ts';
import { parseUpdates, permitsOf } from './ref-update.ts';
import { createSink } from './sink.ts';

const timeoutMs = 5_000;
const maxInputBytes = 1024 * 1024;

type Settings = {
  readonly controlUrl: string;
  readonly token: string;
  readonly project: string;
  readonly sink: string | null;
  readonly log: string;
  readonly slowMs: number;
  readonly unguarded: string | null;
};

/** Throws one sentence when the hook was installed wrongly. */
function settingsFrom(args: readonly string[]): Settings {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({
    args: [...args],
    options: {
      control: text,
      'token-file': text,
      project: text,
      sink: text,
      log: text,
      slow: text,
      'allow-unguarded': text,
    },
  });
  const { control, 'token-file': tokenFile, project, log } = values;
  if (control === undefined || tokenFile === undefined || project === undefined || log === undefined)
    throw new Error('the hook needs `--control`, `--token-file`, `--project` and `--log`');
  const slowMs = Number(values.slow ?? 0);
  if (!Number.isInteger(slowMs) || slowMs < 0)
    throw new Error(`\`${values.slow ?? ''}\` is not a number of milliseconds`);
  const token = readOwn(tokenFile, 'its credential').trim();
  return {
    controlUrl: urlIn(control),
    token,
    project,
    sink: values.sink ?? null,
    log,
    slowMs,
    unguarded: values['allow-unguarded'] ?? null,
  };
}

function urlIn(control: string): string {
  if (/^https?:/.test(control)) return control;
  const endpoint: unknown = JSON.parse(readOwn(control, 'where control listens'));
  if (typeof endpoint === 'object' && endpoint !== null && 'url' in endpoint && typeof endpoint.url === 'string')
    return endpoint.url;
  throw new Error('the hook does not find where control listens');
}

/** The pusher reads what is thrown, and has no business with the hook's own files. */
function readOwn(path: string, what: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    throw new Error(`the hook cannot read ${what}`);
  }
}

async function readInput(): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  // Standard input yields Buffers while no encoding is set.
  for await (const chunk of process.stdin as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxInputBytes) throw new Error('the push updates too many refs at once');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Git answers from the quarantined objects too: the environment it gave the hook says where they are. Anything unclear is no. */
const isFastForward = ({ old, new: next }: RefUpdate): Promise<boolean> =>
  new Promise((resolve) => {
    execFile('git', ['merge-base', '--is-ancestor', old, next], (error) => resolve(error === null));
  });

function record(log: string, line: Readonly<Record<string, unknown>>): void {
  appendFileSync(log, `${JSON.stringify({ at: new Date().toISOString(), ...line })}\n`, { mode: 0o600 });
}

function tell({ update, permitted, sentence, mandate }: RefVerdict): string {
  if (!permitted) return `writ: ${update.ref} refused: ${sentence}\n`;
  return mandate === null ? '' : `writ: ${update.ref} permitted under mandate ${mandate}\n`;
}

/** Whether the push may go on. Throws when it cannot even be judged. */
async function judge(settings: Settings): Promise<boolean> {
  const updates = parseUpdates(await readInput());
  if (updates === null) throw new Error('what Git says about the push cannot be read');
  for (const { ref } of updates) record(settings.log, { ref, attempted: true });
  await sleep(settings.slowMs);

  const { controlUrl, token, project, sink: name, unguarded } = settings;
  using sink = createSink({ control: { url: controlUrl }, token, timeoutMs });
  const verdicts = await judgePush(
    { updates, permits: permitsOf(process.env), project, sink: name, unguarded, isFastForward },
    sink,
  );
  const accepted = verdicts.every(({ permitted }) => permitted);
  for (const { update, permit, operation, mandate } of verdicts)
    record(settings.log, { ...update, permit, accepted, operation, mandate });
  process.stderr.write(verdicts.map(tell).join(''));
  return accepted;
}

try {
  process.exitCode = (await judge(settingsFrom(process.argv.slice(2)))) ? 0 : 1;
} catch (error) {
  process.stderr.write(`writ: refused: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
