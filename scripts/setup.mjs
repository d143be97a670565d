/**
 * Makes this checkout ready to run, once: says what the machine lacks, installs what package-lock.json names, finds a Node that runs
 * TypeScript. The second time it only compares a stamp. It runs on any Node from 20.19 and imports no package; it installs nothing
 * outside node_modules and runs no install script but that of the `node` package, where no other Node can be had.
 */
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));
const modules = join(root, 'node_modules');
const stampFile = join(modules, '.writ-setup.json');
/** One line with the path of the Node to use; `./writ` reads it without starting a process. */
const nodePathFile = join(modules, '.writ-node-path');
/** Where `writ` keeps what Node compiled of its files, once this folder is there: a command starts twice as fast. */
const compiled = join(modules, '.cache', 'writ');
const windows = process.platform === 'win32';

const quietly = ['--loglevel=error', '--no-audit', '--no-fund'];

/** What starts Writ's setup, and what runs Writ. */
const oldest = [20, 19];
const needed = [24, 12];
const atLeast = (version, [major, minor]) => {
  const [a, b] = version.replace(/^v/, '').split('.').map(Number);
  return a > major || (a === major && b >= minor);
};

/** A thing the machine lacks, in one sentence with its way out. */
export class SetupProblem extends Error {}

/**
 * Makes the checkout ready and answers with the path of a Node of at least 24.12.
 * @returns {Promise<{node: string}>}
 * @throws {SetupProblem} when the machine lacks something; the message says what to do
 */
export async function ensureReady() {
  const lock = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');
  const wanted = { lock, platform: `${process.platform}-${process.arch}` };
  const stamp = readStamp();
  if (stamp && stamp.lock === wanted.lock && stamp.platform === wanted.platform) {
    const node = atLeast(process.version, needed) ? process.execPath : stamp.node;
    if (existsSync(node)) {
      if (node !== stamp.node) writeStamp({ ...wanted, node });
      return { node };
    }
  }
  checkMachine();
  if (!stamp || stamp.lock !== wanted.lock || stamp.platform !== wanted.platform) {
    rmSync(stampFile, { force: true });
    if (stamp && stamp.platform !== wanted.platform) rmSync(modules, { recursive: true, force: true });
    // Not `npm ci`: it refuses the whole lockfile when a registry lacks an optional package of some other platform.
    await step('installing what package-lock.json names', 'npm', ['install', '--no-save', '--include=dev', ...quietly]);
  }
  const node = await findNode();
  writeStamp({ ...wanted, node });
  return { node };
}

function readStamp() {
  try {
    return JSON.parse(readFileSync(stampFile, 'utf8'));
  } catch {
    return undefined; // No stamp, or half of one: set up again.
  }
}

function writeStamp(stamp) {
  mkdirSync(compiled, { recursive: true });
  writeFileSync(nodePathFile, `${stamp.node}\n`);
  writeFileSync(stampFile, `${JSON.stringify(stamp)}\n`);
}

function checkMachine() {
  if (!atLeast(process.version, oldest)) {
    throw new SetupProblem(
      `this is Node \`${process.version}\`, and setup needs 20.19 or newer; install a current one from https://nodejs.org and run the command again`,
    );
  }
  if (versionOf('npm') === undefined) {
    throw new SetupProblem(
      '`npm` was not found; it comes with Node from https://nodejs.org (on Debian and Ubuntu: `apt install npm`), then run the command again',
    );
  }
  if (versionOf('git') === undefined) {
    throw new SetupProblem(
      '`git` was not found, and Writ works in Git worktrees; install it (`apt install git`, `brew install git`, https://git-scm.com) and run the command again',
    );
  }
}

/** What `command --version` prints, or undefined when it cannot be run. */
function versionOf(command) {
  const ran = spawnSync(command, ['--version'], { encoding: 'utf8', shell: windows && command === 'npm' });
  return ran.status === 0 ? ran.stdout.trim() : undefined;
}

async function findNode() {
  if (atLeast(process.version, needed)) return process.execPath;
  const bundled = join(modules, `node-${process.platform}-${process.arch}`, 'bin', 'node');
  if (runs(bundled)) return bundled;
  const prefix = join(modules, '.writ-node');
  const fetched = join(prefix, 'node_modules', 'node', 'bin', windows ? 'node.exe' : 'node');
  if (!runs(fetched)) {
    const title = 'fetching Node 24 (this machine has an older one)';
    await step(title, 'npm', [
      'install',
      ...quietly,
      '--prefix',
      prefix,
      '--ignore-scripts=false',
      '--no-save',
      'node@24',
    ]);
  }
  if (runs(fetched)) return fetched;
  throw new SetupProblem(
    `no Node 24 could be had for \`${process.platform}-${process.arch}\` from the npm registry; install Node 24.12 or newer from https://nodejs.org, put it first in PATH, and run the command again`,
  );
}

function runs(node) {
  if (!existsSync(node)) return false;
  const version = versionOf(node);
  return version !== undefined && atLeast(version, needed);
}

/** Runs one long step, showing that it is alive and for how long; its own output only when it fails. */
async function step(title, command, args) {
  const started = Date.now();
  const elapsed = () => `${((Date.now() - started) / 1000).toFixed(0)} s`;
  const live = process.stderr.isTTY;
  process.stderr.write(live ? `writ: ${title} …` : `writ: ${title} …\n`);
  const ticker = setInterval(
    () => process.stderr.write(live ? `\r\x1b[Kwrit: ${title} … ${elapsed()}` : `writ: still ${title}, ${elapsed()}\n`),
    live ? 1000 : 15_000,
  );
  const { code, output } = await run(command, args);
  clearInterval(ticker);
  process.stderr.write(
    `${live ? '\r\x1b[K' : ''}writ: ${title}: ${code === 0 ? 'done' : 'failed'} after ${elapsed()}\n`,
  );
  if (code === 0) return;
  process.stderr.write(`${output.trim()}\n`);
  throw new SetupProblem(
    `\`${command} ${args[0]}\` failed, for the reason above; check the network and the npm registry (\`npm ping\`), then run the command again`,
  );
}

function run(command, args) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'], shell: windows });
    let output = '';
    child.stdout.on('data', (chunk) => (output += chunk));
    child.stderr.on('data', (chunk) => (output += chunk));
    child.on('error', (error) => resolve({ code: 127, output: error.message }));
    child.on('close', (code) => resolve({ code: code ?? 1, output }));
  });
}

/** Runs `main`, turning a problem of the machine into its sentence and exit code 1. */
export async function orExplain(main) {
  try {
    process.exitCode = await main();
  } catch (error) {
    if (!(error instanceof SetupProblem)) throw error;
    process.stderr.write(`writ: ${error.message}\n`);
    process.exitCode = 1;
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  await orExplain(async () => {
    const { node } = await ensureReady();
    process.stderr.write(`writ: ready, with ${node}\n`);
    return 0;
  });
}
