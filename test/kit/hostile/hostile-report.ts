/**
 * What the hostile worker says it did, judged from outside: inside a sandbox it may write into folders that only it has.
 */

import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readLines } from '../remote/lines.ts';

export type HostileAttempt = {
  readonly attempt: string;
  readonly succeeded: boolean;
  readonly detail: string;
  /** The file a successful attempt has written, if it wrote one. */
  readonly marker?: string;
};

/** Ways of staying that a contained run cannot be denied: they end with it, and its heartbeats say whether they did. */
const judgedByHeartbeats: ReadonlySet<string> = new Set(['leave_child', 'ignore_signal']);

/** Every attempt of a worker that ran in `worktree`. */
export const readReport = (worktree: string): Promise<readonly HostileAttempt[]> =>
  readLines<HostileAttempt>(join(worktree, 'hostile-report.ndjson'));

/** The attempts that had an effect on this machine: what was marked is looked for here, from outside. */
export const effective = (report: readonly HostileAttempt[]): readonly HostileAttempt[] =>
  report.filter(
    ({ attempt, succeeded, marker }) =>
      succeeded && !judgedByHeartbeats.has(attempt) && (marker === undefined || existsSync(marker)),
  );

/** When each of the worker's processes last beat, epoch milliseconds; 0 for one that never did. */
export async function lastBeats(worktree: string): Promise<Readonly<Record<'worker' | 'heir' | 'bare-heir', number>>> {
  const last = async (name: string): Promise<number> => {
    const text = await readFile(join(worktree, 'beats', `hostile-${name}`), 'utf8').catch(() => '');
    return Number(text.trim().split('\n').pop()?.split(' ')[0] ?? 0);
  };
  return { worker: await last('worker'), heir: await last('heir'), 'bare-heir': await last('bare-heir') };
}
