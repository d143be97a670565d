/**
 * What the hostile worker says it did, judged from outside: inside a sandbox it may write into folders that only it has.
 */

import { existsSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readLines } from '../remote/lines.ts';

export type HostileAttempt = {
  readonly attempt: string;
  readonly succeeded: boolean;
  readonly detail: string;
  /** The file it has written, or tried to. */
  readonly marker?: string;
  /** What the file holds then, where it was there before. */
  readonly holding?: string;
};

/** What a contained run cannot be denied, or says nothing by itself: heartbeats tell whether children ended with it. */
const judgedOtherwise: ReadonlySet<string> = new Set(['spawn_child', 'spawn_bare', 'ignore_signal', 'finished']);

/** Every attempt of a worker that ran in `worktree`. */
export const readReport = (worktree: string): Promise<readonly HostileAttempt[]> =>
  readLines<HostileAttempt>(join(worktree, 'hostile-report.ndjson'));

/** The attempts that had an effect on this machine: a file is looked for here, from outside, whatever the worker believes. */
export const effective = (report: readonly HostileAttempt[]): readonly HostileAttempt[] =>
  report.filter(
    ({ attempt, succeeded, marker, holding }) =>
      !judgedOtherwise.has(attempt) && (marker === undefined ? succeeded : isThere(marker, holding)),
  );

const isThere = (marker: string, holding: string | undefined): boolean =>
  existsSync(marker) && (holding === undefined || readFileSync(marker, 'utf8').includes(holding));

/** When each of the worker's processes last beat, epoch milliseconds; 0 for one that never did. */
export async function lastBeats(worktree: string): Promise<Readonly<Record<'main' | 'child' | 'bare', number>>> {
  const last = async (name: string): Promise<number> => {
    const text = await readFile(join(worktree, 'beats', `hostile-${name}`), 'utf8').catch(() => '');
    return Number(text.trim().split('\n').pop()?.split(' ')[0] ?? 0);
  };
  return { main: await last('main'), child: await last('child'), bare: await last('bare') };
}
