/**
 * The folder with what an adapter puts beside its program for one session, in the launcher's state. Its name says whose it is, so that what a launcher that was killed left
 * there goes with the next start.
 */

import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { isAlive, startOf } from '../place/process-identity.ts';

export type HarnessFolder = { readonly path: string } & Disposable;

const named = /^harness-(\d+)-([\w-]+)-\w{6}$/;
const own = (pid: number, started: string): string =>
  `harness-${String(pid)}-${Buffer.from(started).toString('base64url')}-`;

/** Makes one in `stateDir`, after taking away those whose launcher is gone. Disposing removes it. */
export function openHarnessFolder(stateDir: string): HarnessFolder {
  mkdirSync(stateDir, { recursive: true, mode: 0o700 });
  for (const name of readdirSync(stateDir)) {
    const [, pid, started] = named.exec(name) ?? [];
    if (pid === undefined || started === undefined) continue;
    const launcher = { pid: Number(pid), started: Buffer.from(started, 'base64url').toString() };
    if (!isAlive(launcher)) rmSync(join(stateDir, name), { recursive: true, force: true });
  }
  const path = mkdtempSync(join(stateDir, own(process.pid, startOf(process.pid) ?? '')));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}
