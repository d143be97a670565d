/**
 * A scripted agent: the part of this example that would be a model elsewhere. It does what an agent does, at an agent's pace: writes
 * files in its worktree, runs the tests, asks a person, starts a sub-agent, pushes. It knows nothing of mandates; it just works.
 *
 *   node agents/agent.mjs TASK      TASK is a folder of agents/work, `publish`, `soak` or `soaker`
 */
import { spawnSync } from 'node:child_process';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const task = process.argv[2];
const here = import.meta.dirname;
const tests = 'test/*.test.js';
const pace = Number(process.env.AGENT_PACE_MS ?? 350);
const say = (text) => console.log(text);

const files = (folder) =>
  readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    return statSync(path).isDirectory() ? files(path) : [path];
  });

async function write(work) {
  for (const source of files(work)) {
    const target = relative(work, source);
    mkdirSync(dirname(target) || '.', { recursive: true });
    const lines = readFileSync(source, 'utf8').split('\n');
    const chunk = Math.ceil(lines.length / 4);
    rmSync(target, { force: true });
    for (let at = 0; at < lines.length; at += chunk) {
      const part = lines.slice(at, at + chunk).join('\n');
      appendFileSync(target, at + chunk < lines.length ? `${part}\n` : part);
      await sleep(pace);
    }
    say(`wrote ${target}`);
  }
}

function run(program, args, options = {}) {
  say(`$ ${[program, ...args].join(' ')}`);
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8', ...options });
  process.stdout.write(stdout ?? '');
  process.stderr.write(stderr ?? '');
  return { status, stdout: stdout ?? '' };
}

function askAboutFallback() {
  const { status, stdout } = run('writ', [
    'ask',
    'What should a person without a passkey get?',
    '--option',
    'password=the password form, as today',
    '--option',
    'refuse=a refusal: passkeys only',
    '--recommend',
    'password',
    '--json',
  ]);
  const answer = status === 0 ? JSON.parse(stdout).answer : null;
  const fallback = answer === 'refuse' ? 'refuse' : 'password';
  writeFileSync(
    'src/site.js',
    `/** Decided by a person when passkeys were built. */\nexport const fallback = '${fallback}';\n`,
  );
  say(`decided: ${fallback}`);
}

/** Starts a sub-agent and, when it does not come back with success, tries again: the loop that wakes up at night. */
async function withSubAgent(name, purpose) {
  for (let attempt = 1; ; attempt += 1) {
    const allow = ['--allow', 'file.read', '--allow', 'file.write', '--allow', 'shell.run'];
    const program = ['node', 'agents/agent.mjs', name];
    const { status } = run('writ', ['spawn', '--agent', name, '--purpose', purpose, ...allow, '--', ...program]);
    if (status === 0) return;
    say(`${name} did not finish (attempt ${attempt}); trying again`);
    await sleep(Math.min(500 * 2 ** attempt, 5_000));
  }
}

/** Runs the tests again and again: what nobody watches at night. */
async function soak() {
  for (let round = 1; round <= 12; round += 1) {
    if (run('node', ['--test', '--test-reporter=dot', tests]).status !== 0) process.exit(1);
    say(`round ${round} passed`);
    await sleep(pace * 4);
  }
  process.exit(0);
}

const work = join(here, 'work', task);
if (existsSync(work)) await write(work);
if (task === 'challenge') askAboutFallback();
if (task === 'verify') await withSubAgent('tester', 'test the assertion check');
if (task === 'soak') await withSubAgent('soaker', 'run the tests over and over');
if (task === 'soaker') await soak();
if (task === 'publish') process.exit(run('git', ['push', 'origin', 'HEAD:refs/heads/feat/passkey']).status ?? 1);
process.exit(run('node', ['--test', tests]).status ?? 1);
