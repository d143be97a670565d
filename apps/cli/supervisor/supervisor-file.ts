/**
 * `supervisor.json`: who supervises, and which processes are the planes. Written whole by rename, so that a reader never sees half of it.
 */

import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import type { PlaneName } from '../place/home.ts';
import { planeNames } from '../place/home.ts';
import type { ProcessIdentity } from '../place/process-identity.ts';

export type Restart = 'always' | 'never';

export type SupervisedPlane = ProcessIdentity & { readonly restarts: number };

export type SupervisorFile = ProcessIdentity & {
  readonly restart: Restart;
  /** When it came up, ISO 8601. */
  readonly since: string;
  /** It was told to end and is ending its planes: nothing new starts under it. */
  readonly ending: boolean;
  /** The latest process of each plane; one that died stays until its successor runs. */
  readonly planes: { readonly [name in PlaneName]?: SupervisedPlane };
};

const isIdentity = (value: unknown): value is ProcessIdentity =>
  typeof value === 'object' &&
  value !== null &&
  'pid' in value &&
  typeof value.pid === 'number' &&
  'started' in value &&
  typeof value.started === 'string';

/** What the file says; null when there is none or it is not ours. */
export function readSupervisorFile(path: string): SupervisorFile | null {
  let parsed: unknown;
  try {
    parsed = JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return null; // absent or unreadable: nobody supervises
  }
  if (!isIdentity(parsed) || !('planes' in parsed) || typeof parsed.planes !== 'object' || parsed.planes === null)
    return null;
  const planes = Object.fromEntries(
    planeNames.flatMap((name) => {
      // The names come from our own list; the value is judged next.
      const plane = (parsed.planes as Record<string, unknown>)[name];
      const restarts =
        isIdentity(plane) && 'restarts' in plane && typeof plane.restarts === 'number' ? plane.restarts : 0;
      return isIdentity(plane) ? [[name, { pid: plane.pid, started: plane.started, restarts }]] : [];
    }),
  );
  return {
    pid: parsed.pid,
    started: parsed.started,
    restart: 'restart' in parsed && parsed.restart === 'never' ? 'never' : 'always',
    ending: 'ending' in parsed && parsed.ending === true,
    since: 'since' in parsed && typeof parsed.since === 'string' ? parsed.since : '',
    planes,
  };
}

/** Replaces the file. */
export function writeSupervisorFile(path: string, content: SupervisorFile): void {
  const draft = `${path}.${String(process.pid)}`;
  writeFileSync(draft, `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600 });
  renameSync(draft, path);
}

/** Removes the file of `whose`; that of a successor stays. Harmless when it is gone. */
export function removeSupervisorFile(path: string, whose: ProcessIdentity): void {
  const now = readSupervisorFile(path);
  if (now?.pid === whose.pid && now.started === whose.started) rmSync(path, { force: true });
}
