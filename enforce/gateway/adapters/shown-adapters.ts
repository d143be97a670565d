/**
 * What the canary showed of each harness on this machine, kept beside the launcher's own state: which version, when, how strongly. Written by `writ doctor`, and by
 * `writ adapter test` of an adapter of the person's own; read for the scope statement, and for the first lines of a session.
 *
 * INVARIANT: a version that is not the one the canary ran with is *unproven*, whatever an older one showed.
 */

import { readFileSync, realpathSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { changeFile } from '../../own-file.ts';

/** `ctimeMs` beside `mtimeMs`: packages of npm bear one date, whatever their version. Absent from what was kept before it was looked at. */
const program = z.object({ path: z.string(), size: z.number(), mtimeMs: z.number(), ctimeMs: z.number().optional() });

const shown = z.object({
  version: z.string(),
  /** By which it is seen that another took its place, without starting it. */
  program,
  /** The digest of an adapter of the person's own, kept under its folder; those that come with Writ have none. */
  adapter: z.string().optional(),
  /** ISO 8601. */
  at: z.string(),
  strength: z.enum(['unproven', 'guard', 'contain']),
  /** What did not hold. */
  failed: z.array(z.string()),
});
const file = z.record(z.string(), shown);

export type ShownAdapter = z.infer<typeof shown>;

const pathOf = (stateDir: string): string => join(stateDir, 'launcher', 'harnesses.json');

/** A program as it is on disk now. Throws where it is not there. */
export function programAt(path: string): ShownAdapter['program'] {
  const real = realpathSync(path);
  const { size, mtimeMs, ctimeMs } = statSync(real);
  return { path: real, size, mtimeMs, ctimeMs };
}

/** By the name of the harness, or the folder of an adapter. Empty where none was tried, or the file is not as it was written. One that is another program by now showed nothing. */
export function shownAdapters(stateDir: string): Readonly<Record<string, ShownAdapter>> {
  const kept = read(stateDir);
  return Object.fromEntries(
    Object.entries(kept).map(([name, one]) => [
      name,
      isStill(one.program) ? one : { ...one, strength: 'unproven', failed: ['it is another program since'] },
    ]),
  );
}

function read(stateDir: string): z.infer<typeof file> {
  try {
    return file.parse(JSON.parse(readFileSync(pathOf(stateDir), 'utf8')));
  } catch {
    return {}; // nothing was shown
  }
}

/** Whether `one` was seen of the program at `path`, as it is on disk now: without starting it. */
export function wasSeenOf(one: ShownAdapter, path: string): boolean {
  return realpathSync(path) === one.program.path && isStill(one.program);
}

function isStill(kept: ShownAdapter['program']): boolean {
  try {
    return JSON.stringify(programAt(kept.path)) === JSON.stringify(kept);
  } catch {
    return false; // it is gone
  }
}

/** Whether the program at `path` was shown with this very adapter: its content, where it is of the person's own. */
export function wasShown(
  stateDir: string,
  of: { readonly name: string; readonly digest?: string },
  path: string,
): boolean {
  const one = shownAdapters(stateDir)[of.name];
  return one !== undefined && one.strength !== 'unproven' && one.adapter === of.digest && wasSeenOf(one, path);
}

/** Keeps what one harness showed. */
export function keepShown(stateDir: string, name: string, one: ShownAdapter): void {
  changeFile(pathOf(stateDir), () => JSON.stringify({ ...read(stateDir), [name]: one }));
}
