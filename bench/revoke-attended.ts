/**
 * From the call that revokes a mandate until the last thing that a command of Claude Code did, as the file shows that it writes into: Claude Code behind an editor (`writ acp`), its own hooks besides; beside the harness's own
 * cancellation (`session/cancel`) of the same command with nothing of Writ around it.
 *
 * The programs are those of the agents suite (test/agents), installed by the first run.
 *
 * Run: npm run bench -- revoke-attended
 */
import { spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startModelServer } from '@writ/enforce';
import type { Editor } from '../test/kit/acp/editor.ts';
import { choose, openEditor } from '../test/kit/acp/editor.ts';
import { inMs, interleaved, row } from './support/measure.ts';
import { openRepositoryWorld } from './support/repository-world.ts';

const bin = join(import.meta.dirname, '../test/agents/node_modules/.bin');
const main = join(import.meta.dirname, '../apps/cli/writ.js');
const install = join(import.meta.dirname, '../scripts/install-apart.mjs');
if (spawnSync(process.execPath, [install, 'test/agents'], { stdio: 'inherit' }).status !== 0)
  throw new Error('the programs of test/agents could not be installed');

/** Writes every few milliseconds. */
const beat = (file: string): string => `while :; do echo x >> ${file}; sleep 0.002; done`;
/** Where nothing was written for so long, nothing will be. */
const quietMs = 400;

await using house = await openRepositoryWorld();
const { world, cwd, must } = house;
await must(['init', '--preset', 'worktree', '--yes']);

const writtenAt = (file: string): number => (existsSync(file) ? statSync(file).mtimeMs : 0);

type Opened = { readonly editor: Editor; readonly session: unknown };
/** Milliseconds from what ends it until the last that was written. `ready`: what has to be known before, and gives what ends it: one call, here as there. */
async function ended(
  round: string,
  argv: readonly string[],
  ready: (opened: Opened) => Promise<() => Promise<unknown>>,
): Promise<number> {
  await using model = await startModelServer({
    script: {
      turns: [{ tools: [{ name: 'Bash', input: { command: beat(round), description: 'work' } }] }, { say: 'Done.' }],
    },
  });
  await must(['network', 'allow', new URL(model.url).host]);
  await using editor = openEditor({
    argv,
    cwd,
    env: {
      ...{ ANTHROPIC_BASE_URL: model.url, ANTHROPIC_API_KEY: 'sk-local', IS_SANDBOX: '1' },
      ...{ CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1', DISABLE_AUTOUPDATER: '1' },
      ...world.env,
      PATH: `${dirname(process.execPath)}:${bin}:${world.env['PATH'] ?? ''}`,
    },
    answer: choose('allow_once'),
  });
  const clientInfo = { name: 'bench', version: '0' };
  await editor.ask('initialize', { protocolVersion: 1, clientCapabilities: {}, clientInfo });
  const { result } = await editor.ask('session/new', { cwd, mcpServers: [] });
  const { sessionId: session } = result as { readonly sessionId?: unknown }; // of the protocol
  void editor.ask('session/prompt', { sessionId: session, prompt: [{ type: 'text', text: 'work' }] });
  const file = join(cwd, round);
  for (const limit = Date.now() + 60_000; !existsSync(file) || statSync(file).size < 40; await sleep(5))
    if (Date.now() > limit) throw new Error(`nothing was written: ${editor.stderr()}`);
  const end = await ready({ editor, session });
  const began = Date.now();
  await end();
  while (Date.now() - Math.max(began, writtenAt(file)) < quietMs) await sleep(20);
  return Math.max(0, writtenAt(file) - began);
}

/** The one mandate in force, to be revoked as anybody who may see it does. */
async function toRevoke(): Promise<() => Promise<unknown>> {
  const { items } = (await world.api<{ items: { id: string; state: string }[] }>('control', 'GET', '/v1/mandates'))
    .body;
  const [active, ...more] = items.filter(({ state }) => state === 'active');
  if (active === undefined || more.length > 0) throw new Error('there is not one mandate in force');
  return () => world.api('control', 'POST', `/v1/mandates/${active.id}/revoke`, { reason: 'bench' });
}

let round = 0;
const agent = join(bin, 'claude-agent-acp');
const figures = await interleaved({
  bare: () =>
    ended(`bare-${String((round += 1))}`, [agent], ({ editor, session }) =>
      Promise.resolve(async () => {
        editor.notify('session/cancel', { sessionId: session });
        await sleep(0);
      }),
    ),
  ours: () => ended(`ours-${String((round += 1))}`, [process.execPath, main, 'acp', '--', agent], toRevoke),
});
row({
  what: 'revoke until the last effect of a command of Claude Code, over ACP',
  beside: "the harness's own cancellation",
  ratio: figures.ours / figures.bare,
  bar: { atMost: 1 },
  ours: inMs(figures.ours),
  theirs: inMs(figures.bare),
});
