/**
 * The canary of Seatbelt: a program in the sandbox of a run, in a place made for it, that tries what a run may do and what it may not. Every attempt is made, in each of the two ways, and judged by
 * whether it worked; that a rule is in the profile shows nothing here.
 */

import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import type { Server } from 'node:net';
import { createServer } from 'node:net';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SandboxKind } from './sandbox-kind.ts';
import { seatbeltRun } from './seatbelt-run.ts';

type Attempt = {
  readonly what: string;
  readonly mayBe: boolean;
  /** JavaScript that throws, or rejects, where it does not work. `at` is what `place` says. */
  readonly by: string;
};

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

/** Says each attempt that worked, by its number. */
const program = `
const [fs, os, cp, net] = ["fs", "os", "child_process", "net"].map((name) => process.getBuiltinModule(name));
const at = JSON.parse(process.argv[1]);
const reach = (to) => new Promise((done, no) => net.connect(to).once("error", no).once("connect", function () { this.destroy(); done(); }));
const worked = [];
const attempt = async (number, act) => { try { await act(); worked.push(number); } catch {} };
${attempts.map(({ by }, index) => `await attempt(${String(index)}, async () => { ${by} });`).join('\n')}
process.stdout.write(JSON.stringify(worked));
`;

/** What did not hold; nothing where all of it did. */
export async function trySeatbelt({ command }: Pick<SandboxKind, 'command'>): Promise<readonly string[]> {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'writ-try-')));
  const servers: Server[] = [];
  try {
    const place = {
      ...{ work: join(root, 'work'), beside: join(root, 'beside'), state: join(root, 'state') },
      ...{ home: realpathSync(homedir()), pid: process.pid },
      ...{ door: join(root, 'd'), socket: join(root, 's') },
    };
    for (const path of ['work/.claude', 'beside', 'state/control']) mkdirSync(join(root, path), { recursive: true });
    for (const path of ['work/.claude/settings.json', 'beside/file', 'state/control/secret', 'output'])
      writeFileSync(join(root, path), '');
    const listen = async (to: { path: string } | { port: number; host: string }): Promise<number> => {
      const server = createServer((socket) => socket.destroy());
      servers.push(server);
      await new Promise<void>((resolve, reject) => server.once('error', reject).listen(to, resolve));
      const address = server.address();
      return address !== null && typeof address === 'object' ? address.port : 0;
    };
    await listen({ path: place.door });
    await listen({ path: place.socket });
    const [gate, port] = [await listen({ port: 0, host: '127.0.0.1' }), await listen({ port: 0, host: '127.0.0.1' })];
    const run = seatbeltRun({
      ...{ command, cwd: place.work, writable: [place.work], hidden: [], stateDir: place.state, git: null },
      ...{ door: place.door, bin: place.work, node: process.execPath, visible: [], network: gate },
      ...{ output: join(root, 'output'), gitConfig: '' },
    });
    if (!run.ok) return [run.why];
    try {
      return await held(run, { ...place, gate, port });
    } finally {
      run.end();
    }
  } finally {
    for (const server of servers) server.close();
    rmSync(root, { recursive: true, force: true });
  }
}

type Around = { readonly argv: readonly string[]; readonly env: Readonly<Record<string, string>> };

type Place = { readonly work: string } & Readonly<Record<string, string | number>>;

function held({ argv, env }: Around, place: Place): Promise<readonly string[]> {
  const [file = '', ...before] = argv;
  const inside = [process.execPath, '--input-type=module', '-e', program, JSON.stringify(place)];
  return new Promise((resolve) => {
    const options = { cwd: place.work, env: { PATH: '/usr/bin:/bin', ...env }, timeout: 20_000 };
    execFile(file, [...before, ...inside], options, (error, stdout, stderr) => {
      const worked = error === null ? whichWorked(stdout) : null;
      if (worked === null)
        resolve([`a program in it ended with ${stderr.trim().split('\n').at(-1) || error?.message || 'nothing said'}`]);
      else
        resolve(
          attempts.flatMap(({ what, mayBe }, index) =>
            worked.has(index) === mayBe ? [] : [`${what} ${mayBe ? 'does not work' : 'works'}`],
          ),
        );
    });
  });
}

function whichWorked(said: string): ReadonlySet<unknown> | null {
  try {
    const worked: unknown = JSON.parse(said);
    return Array.isArray(worked) ? new Set<unknown>(worked) : null;
  } catch {
    return null;
  }
}
