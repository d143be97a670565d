/** What Seatbelt has to show of the sandbox around a session at a terminal: what its harness may do works there, and what it may not does not. */

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { SandboxKind, SeatbeltAttempt } from '@writ/enforce';
import { tryAll } from '@writ/enforce';
import { attendedSeatbelt } from './attended-seatbelt.ts';

const attempts: readonly SeatbeltAttempt[] = [
  { what: 'writing in its repository', mayBe: true, by: 'fs.writeFileSync(at.work + "/made", "")' },
  { what: 'writing a temporary file', mayBe: true, by: 'fs.writeFileSync(os.tmpdir() + "/made", "")' },
  { what: 'writing what the harness keeps', mayBe: true, by: 'fs.writeFileSync(at.madeHome + "/.claude/made", "")' },
  { what: 'starting a program', mayBe: true, by: 'cp.execFileSync("/bin/sh", ["-c", "exit 0"])' },
  { what: 'coming to its door', mayBe: true, by: 'await reach({ path: at.door })' },
  { what: 'coming to its gate', mayBe: true, by: 'await reach({ port: at.gate, host: "127.0.0.1" })' },
  { what: 'writing beside its repository', mayBe: false, by: 'fs.writeFileSync(at.beside + "/made", "")' },
  { what: 'reading a key of the person', mayBe: false, by: 'fs.readFileSync(at.madeHome + "/.ssh/id")' },
  { what: "reading Writ's state", mayBe: false, by: 'fs.readFileSync(at.state + "/control/secret")' },
  { what: "listing Writ's state", mayBe: false, by: 'fs.readdirSync(at.state)' },
  {
    what: 'writing what governs the harness',
    mayBe: false,
    by: 'fs.writeFileSync(at.madeHome + "/.claude/settings.json", "")',
  },
  {
    what: 'writing what governs it in its repository',
    mayBe: false,
    by: 'fs.writeFileSync(at.work + "/.claude/settings.json", "")',
  },
  {
    what: 'moving away what leads there',
    mayBe: false,
    by: 'fs.renameSync(at.work + "/.claude", at.work + "/other")',
  },
  { what: 'coming to another port', mayBe: false, by: 'await reach({ port: at.port, host: "127.0.0.1" })' },
  { what: 'coming to another socket', mayBe: false, by: 'await reach({ path: at.socket })' },
  { what: 'signalling a process outside', mayBe: false, by: 'process.kill(at.pid, 0)' },
];

/** What did not hold; nothing where all of it did. */
export const tryAttendedSeatbelt = ({ command }: Pick<SandboxKind, 'command'>): Promise<readonly string[]> =>
  tryAll(attempts, (place) => {
    const tmp = join(place.root, 'tmp');
    mkdirSync(tmp);
    const made = attendedSeatbelt({
      ...{ command, tmp, root: place.work, cwd: place.work, home: place.madeHome, stateDir: place.state },
      ...{
        harnessState: ['.claude'],
        harnessRules: ['.claude/settings.json'],
        repositoryRules: [],
        harnessFolder: null,
        readOnly: false,
      },
      ...{ programs: [process.execPath], door: place.door, bin: place.work, given: [], sockets: [] },
      ...{ network: [place.gate], listens: [], terminal: null },
    });
    return made.ok ? { ...made, env: {}, end: () => undefined } : made;
  });
