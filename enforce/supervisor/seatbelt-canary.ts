/**
 * What a sandbox of macOS is tried with: a program in it that makes each attempt, what has to work and what must not, in a place made for it with a door and a gate to come to, and others that it
 * must not come to. Every attempt is made and judged by whether it worked; that a rule is in the profile shows nothing here.
 */

import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import type { Server } from 'node:net';
import { createServer } from 'node:net';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';

export type Attempt = {
  readonly what: string;
  readonly mayBe: boolean;
  /** JavaScript that throws, or rejects, where it does not work. `at` is the place. */
  readonly by: string;
};

/** What there is to try it on. */
export type CanaryPlace = {
  readonly root: string;
  readonly work: string;
  readonly beside: string;
  readonly state: string;
  /** The person's, as it is, and one made for this. */
  readonly home: string;
  readonly madeHome: string;
  /** To come to; `socket` and `port` are others. */
  readonly door: string;
  readonly gate: number;
  readonly socket: string;
  readonly port: number;
  /** A process outside. */
  readonly pid: number;
};

/** The sandbox to try, or why it cannot be made. */
export type MadeAround =
  | {
      readonly ok: true;
      readonly argv: readonly string[];
      readonly env: Readonly<Record<string, string>>;
      readonly end: () => void;
    }
  | { readonly ok: false; readonly why: string };

/** Says each attempt that worked, by its number. */
const programOf = (attempts: readonly Attempt[]): string => `
const [fs, os, cp, net] = ["fs", "os", "child_process", "net"].map((name) => process.getBuiltinModule(name));
const at = JSON.parse(process.argv[1]);
const reach = (to) => new Promise((done, no) => net.connect(to).once("error", no).once("connect", function () { this.destroy(); done(); }));
const worked = [];
const attempt = async (number, act) => { try { await act(); worked.push(number); } catch {} };
${attempts.map(({ by }, index) => `await attempt(${String(index)}, async () => { ${by} });`).join('\n')}
process.stdout.write(JSON.stringify(worked));
`;

/** Which of them did not go as they have to; nothing where all did. */
export async function tryAll(
  attempts: readonly Attempt[],
  make: (place: CanaryPlace) => MadeAround,
): Promise<readonly string[]> {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'writ-try-')));
  const servers: Server[] = [];
  try {
    const files = {
      ...{ root, work: join(root, 'work'), beside: join(root, 'beside'), state: join(root, 'state') },
      ...{ home: realpathSync(homedir()), madeHome: join(root, 'home'), pid: process.pid },
      ...{ door: join(root, 'd'), socket: join(root, 's') },
    };
    for (const path of ['work/.claude', 'beside', 'state/control', 'home/.claude', 'home/.ssh'])
      mkdirSync(join(root, path), { recursive: true });
    for (const path of ['work/.claude/settings.json', 'beside/file', 'state/control/secret', 'output'])
      writeFileSync(join(root, path), '');
    for (const path of ['home/.claude/settings.json', 'home/.ssh/id']) writeFileSync(join(root, path), '');
    const listen = async (to: { path: string } | { port: number; host: string }): Promise<number> => {
      const server = createServer((socket) => socket.destroy());
      servers.push(server);
      await new Promise<void>((resolve, reject) => server.once('error', reject).listen(to, resolve));
      const address = server.address();
      return address !== null && typeof address === 'object' ? address.port : 0;
    };
    await listen({ path: files.door });
    await listen({ path: files.socket });
    const [gate, port] = [await listen({ port: 0, host: '127.0.0.1' }), await listen({ port: 0, host: '127.0.0.1' })];
    const place = { ...files, gate, port };
    const around = make(place);
    if (!around.ok) return [around.why];
    try {
      return await failedIn(around, place, attempts);
    } finally {
      around.end();
    }
  } finally {
    for (const server of servers) server.close();
    rmSync(root, { recursive: true, force: true });
  }
}

function failedIn(
  { argv, env }: Extract<MadeAround, { ok: true }>,
  place: CanaryPlace,
  attempts: readonly Attempt[],
): Promise<readonly string[]> {
  const [file = '', ...before] = argv;
  const inside = [process.execPath, '--input-type=module', '-e', programOf(attempts), JSON.stringify(place)];
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
