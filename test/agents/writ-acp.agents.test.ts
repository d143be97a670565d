/**
 * What is special about the real Claude Code behind `writ acp`, between a small editor and a scripted model: its modes, its file tools, and a turn that its editor cancels. What holds of every agent is in
 * `editor-acp.agents.test.ts`. Effects are judged, never what anybody says.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { startModelServer } from '@writ/enforce';
import type { ModelServer, Script } from '@writ/enforce';
import type { World } from '../e2e/support/world.ts';
import { createWorld, stays, until } from '../e2e/support/world.ts';
import type { Answer, Editor, Wire } from '../kit/acp/editor.ts';
import { choose, openEditor } from '../kit/acp/editor.ts';
import { claudeEnvironment } from './claude.ts';
import { programPath } from './program.ts';

const main = join(import.meta.dirname, '../../apps/cli/writ.js');
const limit = { timeout: 150_000 };

type Tool = { readonly name: string; readonly input: { readonly [key: string]: unknown } };
const bash = (command: string): Tool => ({ name: 'Bash', input: { command, description: 'work' } });
const calls = (...tools: readonly Tool[]): Script => ({
  turns: [...tools.map((tool) => ({ tools: [tool] })), { say: 'That is all.' }],
});

/** A repository whose person chose `worktree`, and allowed the model of their machine. */
async function prepared(world: World, model: ModelServer): Promise<string> {
  const repository = join(world.place, 'app');
  mkdirSync(repository);
  execFileSync('git', ['init', '-q', '-b', 'main', repository]);
  const who = ['-c', 'user.name=t', '-c', 'user.email=t@example.invalid'];
  execFileSync('git', [...who, 'commit', '-q', '--allow-empty', '-m', 'start'], { cwd: repository });
  expect((await world.writ(['init', '--preset', 'worktree', '--yes'], { cwd: repository })).code).toBe(0);
  expect((await world.writ(['network', 'allow', new URL(model.url).host])).code).toBe(0);
  return repository;
}

const claude = (world: World, cwd: string, model: ModelServer): Editor =>
  openEditor({
    argv: [process.execPath, main, 'acp', '--', programPath('claude-agent-acp')],
    cwd,
    env: {
      ...claudeEnvironment(world.env['HOME'] ?? '', model.url),
      ...world.env,
      PATH: `${dirname(programPath('claude'))}:${world.env['PATH'] ?? ''}`,
    },
    answer: choose('allow_once'),
  });

const hello = { protocolVersion: 1, clientCapabilities: {}, clientInfo: { name: 'small', version: '0' } };
const resultOf = ({ result, error }: Answer, editor: Editor): Wire => {
  if (result === undefined) throw new Error(`${JSON.stringify(error)}\n${editor.stderr()}`);
  return result as Wire; // an object, by the protocol
};
async function begun(editor: Editor, cwd: string): Promise<Wire> {
  resultOf(await editor.ask('initialize', hello), editor);
  return resultOf(await editor.ask('session/new', { cwd, mcpServers: [] }), editor);
}
const say = (editor: Editor, opened: Wire): Promise<Answer> =>
  editor.ask('session/prompt', { sessionId: opened['sessionId'], prompt: [{ type: 'text', text: 'work' }] });
const size = (file: string): number => (existsSync(file) ? statSync(file).size : 0);
const beat = (file: string): string => `while :; do echo x >> ${file}; sleep 0.05; done`;

test(
  'Claude Code: what is covered runs unasked, what is not has no effect, and it is in a mode that asks',
  limit,
  async () => {
    await using world = await createWorld();
    const outside = join(world.place, 'outside.txt');
    await using model = await startModelServer({
      script: calls(
        bash('echo hello > made.txt'),
        { name: 'Write', input: { file_path: outside, content: 'no' } },
        bash('git push origin main; echo no > pushed.txt'),
        bash('echo again > again.txt'),
      ),
    });
    const repository = await prepared(world, model);
    await using editor = claude(world, repository, model);
    const opened = await begun(editor, repository);
    const { modes } = opened as { modes: { currentModeId: string; availableModes: { id: string }[] } };
    expect(modes.currentModeId).toBe('default');
    expect(modes.availableModes.map(({ id }) => id)).toEqual(['default', 'plan']);
    for (const modeId of ['bypassPermissions', 'acceptEdits', 'auto'])
      expect(
        (await editor.ask('session/set_mode', { sessionId: opened['sessionId'], modeId })).error,
        modeId,
      ).toBeDefined();
    const ended = resultOf(await say(editor, opened), editor);
    expect(ended['stopReason'], editor.stderr()).toBe('end_turn');
    expect(readFileSync(join(repository, 'made.txt'), 'utf8')).toBe('hello\n');
    expect(readFileSync(join(repository, 'again.txt'), 'utf8')).toBe('again\n');
    expect(existsSync(outside)).toBe(false);
    expect(existsSync(join(repository, 'pushed.txt'))).toBe(false);
    expect(editor.asked).toEqual([]);
  },
);

test('Claude Code: a cancelled turn leaves nothing running, and the next goes on', limit, async () => {
  await using world = await createWorld();
  await using model = await startModelServer({
    script: calls(bash(`setsid sh -c '${beat('left')}' & ${beat('beat')}`), bash('echo next > next.txt')),
  });
  const repository = await prepared(world, model);
  const at = (file: string): string => join(repository, file);
  await using editor = claude(world, repository, model);
  const opened = await begun(editor, repository);
  const turn = say(editor, opened);
  await until('it works', () => size(at('beat')) > 4 && size(at('left')) > 4, 60_000);
  editor.notify('session/cancel', { sessionId: opened['sessionId'] });
  expect(resultOf(await turn, editor)['stopReason']).toBe('cancelled');
  await stays('what the turn started', 500, () => [size(at('beat')), size(at('left'))]);

  resultOf(await say(editor, opened), editor);
  expect(existsSync(at('next.txt'))).toBe(true);
});
