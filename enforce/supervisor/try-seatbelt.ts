/** What Seatbelt has to show of the sandbox of a run: what a run may do works there, and what it may not does not. */

import { join } from 'node:path';
import type { SandboxKind } from './sandbox-kind.ts';
import type { Attempt } from './seatbelt-canary.ts';
import { tryAll } from './seatbelt-canary.ts';
import { seatbeltRun } from './seatbelt-run.ts';

const attempts: readonly Attempt[] = [
  { what: 'writing in its folder', mayBe: true, by: 'fs.writeFileSync(at.work + "/made", "")' },
  { what: 'writing a temporary file', mayBe: true, by: 'fs.writeFileSync(os.tmpdir() + "/made", "")' },
  { what: 'starting a program', mayBe: true, by: 'cp.execFileSync("/bin/sh", ["-c", "exit 0"])' },
  { what: 'coming to its door', mayBe: true, by: 'await reach({ path: at.door })' },
  { what: 'coming to its gate', mayBe: true, by: 'await reach({ port: at.gate, host: "127.0.0.1" })' },
  { what: 'writing beside its folder', mayBe: false, by: 'fs.writeFileSync(at.beside + "/made", "")' },
  { what: 'reading beside its folder', mayBe: false, by: 'fs.readFileSync(at.beside + "/file")' },
  { what: "reading Writ's state", mayBe: false, by: 'fs.readFileSync(at.state + "/control/secret")' },
  { what: "listing Writ's state", mayBe: false, by: 'fs.readdirSync(at.state)' },
  { what: "listing the person's home", mayBe: false, by: 'fs.readdirSync(at.home)' },
  {
    what: 'writing what governs it',
    mayBe: false,
    by: 'fs.writeFileSync(at.work + "/.claude/settings.json", "")',
  },
  {
    what: 'moving away what leads there',
    mayBe: false,
    by: 'fs.renameSync(at.work + "/.claude", at.work + "/other")',
  },
  {
    what: 'putting in place what will govern it, in another case',
    mayBe: false,
    by: 'fs.mkdirSync(at.work + "/new"); fs.writeFileSync(at.work + "/new/settings.json", ""); fs.renameSync(at.work + "/new", at.work + "/.GEMINI")',
  },
  { what: 'coming to another port', mayBe: false, by: 'await reach({ port: at.port, host: "127.0.0.1" })' },
  { what: 'coming to another socket', mayBe: false, by: 'await reach({ path: at.socket })' },
  { what: 'signalling a process outside', mayBe: false, by: 'process.kill(at.pid, 0)' },
];

/** What did not hold; nothing where all of it did. */
export const trySeatbelt = ({ command }: Pick<SandboxKind, 'command'>): Promise<readonly string[]> =>
  tryAll(attempts, (place) =>
    seatbeltRun({
      ...{ command, cwd: place.work, writable: [place.work], hidden: [], stateDir: place.state, git: null },
      ...{ door: place.door, bin: place.work, node: process.execPath, visible: [], network: place.gate },
      ...{ output: join(place.root, 'output'), gitConfig: '' },
    }),
  );
