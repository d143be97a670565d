/**
 * Records what the real Claude Code, Codex and opencode leave in their histories, for the tests of those who read them:
 *
 *   node test/agents/record-histories.ts FOLDER
 *
 * Each works through a script that reads, writes, pushes and starts a helper; Claude Code and Codex are then interrupted at a terminal in the
 * middle of a command, while a helper of Claude Code goes on. The folders of the run become `/home/dev` and `/home/dev/app`, texts longer than
 * 400 characters are cut, and of Claude Code's lines those that only repeat what was sent to the model are left out. Nothing else is changed.
 */
import { execFileSync } from 'node:child_process';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as wait } from 'node:timers/promises';

import { startModelServer, type ModelServer } from '@writ/enforce';
import type { ScriptedCall, Script } from '@writ/enforce';
import { openTerminal, type Terminal } from '../kit/terminal/terminal.ts';
import { claudeEnvironment, runClaude } from './claude.ts';
import { opencodeEnvironment } from './opencode.ts';
import { freshEnvironment, programPath, runProgram } from './program.ts';
import { workplace, type Workplace } from './workplace.ts';

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error('record where? name a folder');

const mostText = 400;
const left = new Set(['attachment', 'api-request', 'api-request-blob', 'api-request-shape', 'prompt_snapshot']);
const standsStill = `python3 -c "import time; time.sleep(15)"; echo late > late.txt`;

await record(
  'claude',
  async (place) => {
    const bash = (command: string): ScriptedCall => ({ name: 'Bash', input: { command, description: 'work' } });
    await using model = await startModelServer({
      script: {
        marker: 'do the work',
        turns: [
          {
            say: 'I look.',
            tools: [bash('ls -la'), { name: 'Read', input: { file_path: join(place.cwd, 'none.txt') } }],
            usage: { input: 1000, output: 50, cacheRead: 200 },
          },
          {
            tools: [{ name: 'Write', input: { file_path: join(place.cwd, 'a.ts'), content: 'export const a = 1;\n' } }],
          },
          {
            tools: [
              {
                name: 'Agent',
                input: {
                  description: 'help',
                  prompt: 'helper one: fetch it',
                  subagent_type: 'general-purpose',
                  run_in_background: false,
                },
              },
            ],
          },
          { tools: [bash('npm test && git push origin main')] },
          { say: 'Done.' },
        ],
        conversations: [
          {
            marker: 'helper one',
            turns: [{ tools: [bash('curl -sS https://example.invalid/x')] }, { say: 'fetched' }],
          },
          {
            marker: 'helper two',
            turns: [
              { tools: [bash('echo one')], delayMs: 300 },
              { tools: [bash('echo two > two.txt')], delayMs: 6_000 },
              { tools: [bash('git push origin main')], delayMs: 500 },
              { say: 'looked' },
            ],
          },
          {
            marker: 'go on',
            turns: [
              {
                tools: [
                  {
                    name: 'Agent',
                    input: {
                      description: 'help',
                      prompt: 'helper two: look around',
                      subagent_type: 'general-purpose',
                      run_in_background: true,
                    },
                  },
                  bash(standsStill),
                ],
              },
              { say: 'Never said.' },
            ],
          },
        ],
      },
    });
    await runClaude({ cwd: place.cwd, home: place.home, modelUrl: model.url, args: ['-p', 'do the work'] });
    await letIn(place);
    const args = ['--model', 'claude-sonnet-4-5', '--permission-mode', 'bypassPermissions', 'go on'];
    await using terminal = openTerminal([programPath('claude'), ...args], {
      cwd: place.cwd,
      env: claudeEnvironment(place.home, model.url),
    });
    await interrupt(terminal, model, 9_000);
  },
  ['.claude/projects'],
);

await record(
  'codex',
  async (place) => {
    const run = (cmd: string): ScriptedCall => ({ name: 'exec_command', input: { cmd } });
    await using model = await startModelServer({
      script: {
        marker: 'do the work',
        turns: [
          { say: 'I look.', tools: [run('ls -la')], usage: { input: 1000, output: 50, cacheRead: 200 } },
          {
            tools: [
              run("apply_patch <<'EOF'\n*** Begin Patch\n*** Add File: a.ts\n+export const a = 1;\n*** End Patch\nEOF"),
            ],
          },
          { tools: [{ name: 'multi_agent_v1__spawn_agent', input: { message: 'helper one: fetch it' } }] },
          { tools: [run('npm test && git push origin main')], delayMs: 1_500 },
          { say: 'Done.' },
        ],
        conversations: [
          { marker: 'helper one', turns: [{ tools: [run('curl -sS https://example.invalid/x')] }, { say: 'fetched' }] },
          { marker: 'go on', turns: [{ tools: [run(standsStill)] }, { say: 'Never said.' }] },
        ],
      } satisfies Script,
    });
    const env = await codexHome(place, model);
    const open = ['--dangerously-bypass-approvals-and-sandbox'];
    await runProgram(
      {
        program: 'codex',
        args: ['exec', '--json', '--skip-git-repo-check', ...open, 'do the work'],
        cwd: place.cwd,
        env,
      },
      AbortSignal.timeout(60_000),
    );
    await using terminal = openTerminal([programPath('codex'), ...open, 'go on'], { cwd: place.cwd, env });
    await interrupt(terminal, model, 2_500);
  },
  ['sessions'],
);

await record(
  'opencode',
  async (place) => {
    const bash = (command: string): ScriptedCall => ({ name: 'bash', input: { command, description: 'work' } });
    await using model = await startModelServer({
      script: {
        marker: 'do the work',
        turns: [
          { say: 'I look.', tools: [bash('ls -la')], usage: { input: 1000, output: 50, cacheRead: 200 } },
          {
            tools: [{ name: 'write', input: { filePath: join(place.cwd, 'a.ts'), content: 'export const a = 1;\n' } }],
          },
          {
            tools: [
              {
                name: 'task',
                input: { description: 'help', prompt: 'helper one: fetch it', subagent_type: 'general' },
              },
            ],
          },
          { tools: [bash('npm test && git push origin main')] },
          { say: 'Done.' },
        ],
        conversations: [
          {
            marker: 'helper one',
            turns: [{ tools: [bash('curl -sS https://example.invalid/x')] }, { say: 'fetched' }],
          },
          { marker: 'go on', turns: [{ tools: [bash(standsStill)] }, { say: 'Never said.' }] },
        ],
      },
    });
    const env = opencodeEnvironment(place.home, model.url);
    await runProgram(
      { program: 'opencode', args: ['run', '--format', 'json', 'do the work'], cwd: place.cwd, env },
      AbortSignal.timeout(60_000),
    );
    await using terminal = openTerminal([programPath('opencode'), '--prompt', 'go on'], { cwd: place.cwd, env });
    await interrupt(terminal, model, 3_000);
  },
  ['.local/share/opencode/opencode.db'],
);

/** Interrupts as a person does once the command of `go on` stands still, and lets what goes on go on. */
async function interrupt(terminal: Terminal, model: ModelServer, afterMs: number): Promise<void> {
  const asked = (): boolean => model.requests.some(({ lastUserText }) => lastUserText.includes('go on'));
  for (const end = Date.now() + 40_000; !asked() && Date.now() < end;) await wait(200);
  await wait(3_000);
  for (const press of ['\u001b', '\u001b']) {
    terminal.press(press);
    await wait(700);
  }
  await wait(afterMs);
  for (const press of ['\u0003', '\u0003']) {
    terminal.press(press);
    await wait(400);
  }
  terminal.close();
}

async function record(name: string, work: (place: Workplace) => Promise<void>, kept: readonly string[]): Promise<void> {
  await using place = await workplace();
  execFileSync('git', ['init', '-q', '-b', 'main', place.cwd]);
  await work(place);
  const tell = (text: string): string =>
    text
      .replaceAll(place.cwd, '/home/dev/app')
      .replaceAll(place.home, '/home/dev')
      .replaceAll(place.cwd.replaceAll(/[/.]/g, '-'), '-home-dev-app');
  for (const path of kept) {
    const from = join(place.home, path);
    const to = join(folder ?? '', name, path);
    await mkdir(join(to, '..'), { recursive: true });
    if (path.endsWith('.db')) await recordRows(from, to, tell);
    else await recordLines(from, to, tell);
  }
}

async function recordLines(from: string, to: string, tell: (text: string) => string): Promise<void> {
  for (const entry of await readdir(from, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !entry.name.endsWith('.jsonl')) continue;
    const path = join(entry.parentPath, entry.name);
    const target = join(to, tell(relative(from, path)));
    await mkdir(join(target, '..'), { recursive: true });
    const lines = (await readFile(path, 'utf8')).trim().split('\n');
    // A line of a history is an object with a type.
    const values = lines.map((line) => JSON.parse(line) as { type: string });
    const told = values.filter(({ type }) => !left.has(type)).map((value) => tell(JSON.stringify(shortened(value))));
    await writeFile(target, `${told.join('\n')}\n`);
  }
}

/** The three tables of a database that a reader looks at, as SQL. */
async function recordRows(from: string, to: string, tell: (text: string) => string): Promise<void> {
  using db = new DatabaseSync(from, { readOnly: true });
  const tables = ['session', 'message', 'part'];
  const text = tables.flatMap((table) => {
    const created = String(db.prepare('select sql from sqlite_master where name = ?').get(table)?.['sql']);
    const rows = db
      .prepare(`select * from ${table}`)
      .all()
      .map((row) => {
        const values = Object.values(row).map((value) =>
          value === null
            ? 'null'
            : typeof value === 'string'
              ? `'${shortData(value).replaceAll("'", "''")}'`
              : String(value),
        );
        return `insert into ${table} values (${values.join(', ')});`;
      });
    return [`${created.replaceAll(/,\s*CONSTRAINT[^\n]*/g, '')};`, ...rows];
  });
  await writeFile(`${to}.sql`, tell(`${text.join('\n')}\n`));
}

function shortData(value: string): string {
  if (!value.startsWith('{')) return value.slice(0, mostText);
  return JSON.stringify(shortened(JSON.parse(value)));
}

function shortened(value: unknown): unknown {
  if (typeof value === 'string') return value.length > mostText ? `${value.slice(0, mostText)}…` : value;
  if (Array.isArray(value)) return value.map(shortened);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, shortened(inner)]));
}

/** Claude Code asks nothing at its first start. */
async function letIn({ home, cwd }: Workplace): Promise<void> {
  const projects = { [cwd]: { hasTrustDialogAccepted: true, hasCompletedProjectOnboarding: true } };
  const approved = {
    customApiKeyResponses: { approved: ['sk-local'], rejected: [] },
    bypassPermissionsModeAccepted: true,
  };
  await writeFile(
    join(home, '.claude.json'),
    JSON.stringify({ hasCompletedOnboarding: true, theme: 'dark', ...approved, projects }),
  );
}

async function codexHome({ home, cwd }: Workplace, model: ModelServer): Promise<NodeJS.ProcessEnv> {
  const config = [
    'model = "gpt-5"',
    'model_provider = "stub"',
    '[model_providers.stub]',
    'name = "stub"',
    `base_url = "${model.url}/v1"`,
    'env_key = "STUB_KEY"',
    'wire_api = "responses"',
    '[analytics]',
    'enabled = false',
    '[features]',
    'plugins = false',
    `[projects.${JSON.stringify(cwd)}]`,
    'trust_level = "trusted"',
  ];
  await writeFile(join(home, 'config.toml'), config.join('\n'));
  return freshEnvironment(home, { CODEX_HOME: home, STUB_KEY: 'sk-local' });
}
