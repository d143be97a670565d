/**
 * `writ acp` with the real agents of the Agent Client Protocol, between a small editor and a scripted model: allowed calls run without a question, others have no effect, a cancelled turn and a stop leave
 * nothing running. Effects are judged, never what anybody says.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { startModelServer } from '@writ/enforce';
import type { ModelServer, Script } from '@writ/enforce';
import type { World } from '../e2e/support/world.ts';
import { createWorld, stays, until } from '../e2e/support/world.ts';
import type { Answer, Editor, Wire } from '../kit/acp/editor.ts';
import { choose, openEditor } from '../kit/acp/editor.ts';
import { claudeEnvironment } from './claude.ts';
import { opencodeEnvironment } from './opencode.ts';
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

test(
  'Claude Code: a cancelled turn leaves nothing running and the next goes on; a stop ends it, and the conversation',
  limit,
  async () => {
    await using world = await createWorld();
    await using model = await startModelServer({
      script: calls(
        bash(`setsid sh -c '${beat('left')}' & ${beat('beat')}`),
        bash('echo next > next.txt'),
        bash(beat('last')),
      ),
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

    const next = say(editor, opened);
    await until('the next turn works', () => size(at('last')) > 4, 60_000);
    expect(existsSync(at('next.txt'))).toBe(true);
    expect((await world.writ(['stop', '--all', '--reason', 'enough'])).code).toBe(0);
    expect(resultOf(await next, editor)['stopReason']).toBe('cancelled');
    await editor.ended;
    await stays('what was stopped', 500, () => size(at('last')));

    await using again = claude(world, repository, model);
    resultOf(await again.ask('initialize', hello), again);
    const asked = model.requests.length;
    const load = { sessionId: opened['sessionId'], cwd: repository, mcpServers: [] };
    expect((await again.ask('session/load', load)).error?.message).toContain('revoked');
    expect(model.requests).toHaveLength(asked);
  },
);

test('Claude Code: a sub-agent works under a child mandate, and no further than what started it', limit, async () => {
  await using world = await createWorld();
  const task = 'CHILD-7: make the files';
  const input = { description: 'help', prompt: task, subagent_type: 'general-purpose', run_in_background: false };
  await using model = await startModelServer({
    script: {
      turns: [{ tools: [{ name: 'Agent', input }] }, { say: 'All done.' }],
      conversations: [
        {
          marker: 'CHILD-7',
          turns: [
            { tools: [bash('echo child > by-child.txt')] },
            { tools: [bash('git push origin main; echo no > pushed.txt')] },
            { tools: [{ name: 'Agent', input: { ...input, prompt: 'GRANDCHILD: work' } }] },
            { say: 'Child done.' },
          ],
        },
        { marker: 'GRANDCHILD', turns: [{ tools: [bash('echo no > by-grandchild.txt')] }, { say: 'Done.' }] },
      ],
    },
  });
  const repository = await prepared(world, model);
  await using editor = claude(world, repository, model);
  const opened = await begun(editor, repository);
  resultOf(await say(editor, opened), editor);
  expect(existsSync(join(repository, 'by-child.txt')), editor.stderr()).toBe(true);
  for (const file of ['pushed.txt', 'by-grandchild.txt']) expect(existsSync(join(repository, file)), file).toBe(false);
  type Mandate = { readonly parent: string | null; readonly actor: string };
  const { items } = (await world.api<{ items: Mandate[] }>('control', 'GET', '/v1/mandates')).body;
  expect(items.filter(({ parent }) => parent !== null).map(({ actor }) => actor)).toEqual(['general-purpose']);
});

test(
  'opencode: asked by its plugin whatever its mode is, covered calls run and others have no effect',
  limit,
  async () => {
    await using world = await createWorld();
    const outside = join(world.place, 'outside.txt');
    const shell = (command: string): Tool => ({ name: 'bash', input: { command, description: 'work' } });
    await using model = await startModelServer({
      script: calls(
        shell('echo hello > made.txt'),
        { name: 'write', input: { filePath: outside, content: 'no' } },
        shell('git push origin main; echo no > pushed.txt'),
      ),
    });
    const repository = await prepared(world, model);
    await using editor = openEditor({
      argv: [process.execPath, main, 'acp', '--reach', model.url, '--', programPath('opencode'), 'acp'],
      cwd: repository,
      env: { ...opencodeEnvironment(world.env['HOME'] ?? '', model.url), ...world.env },
      answer: choose('allow_once'),
    });
    const opened = await begun(editor, repository);
    resultOf(await say(editor, opened), editor);
    expect(readFileSync(join(repository, 'made.txt'), 'utf8')).toBe('hello\n');
    expect(existsSync(outside)).toBe(false);
    expect(existsSync(join(repository, 'pushed.txt'))).toBe(false);
  },
);

test(
  'Gemini CLI: what it asks is held by the protocol alone, and a stop in the middle of a call ends it',
  limit,
  async () => {
    await using world = await createWorld();
    const shell = (command: string): Tool => ({ name: 'run_shell_command', input: { command } });
    await using model = await startModelServer({
      script: calls(
        shell('echo hello > made.txt'),
        shell('git push origin main; echo no > pushed.txt'),
        shell('echo again > again.txt'),
        shell(beat('beat')),
      ),
    });
    const repository = await prepared(world, model);
    const at = (file: string): string => join(repository, file);
    const settings = join(world.env['HOME'] ?? '', '.gemini', 'settings.json');
    mkdirSync(dirname(settings), { recursive: true });
    writeFileSync(settings, JSON.stringify({ security: { auth: { selectedType: 'gemini-api-key' } } }));
    const agent = [programPath('gemini'), '--acp', '-m', 'gemini-2.5-flash'];
    await using editor = openEditor({
      argv: [process.execPath, main, 'acp', '--reach', model.url, '--', ...agent],
      cwd: repository,
      env: {
        ...{ GEMINI_API_KEY: 'sk-local', GOOGLE_GEMINI_BASE_URL: model.url },
        ...{ GEMINI_CLI_TRUST_WORKSPACE: 'true', GEMINI_CLI_NO_RELAUNCH: 'true' },
        ...world.env,
      },
      answer: choose('allow_once'),
    });
    const opened = await begun(editor, repository);
    const turn = say(editor, opened);
    await until('it works', () => size(at('beat')) > 4, 90_000);
    expect(readFileSync(at('made.txt'), 'utf8'), editor.stderr()).toBe('hello\n');
    expect(readFileSync(at('again.txt'), 'utf8')).toBe('again\n');
    expect(existsSync(at('pushed.txt'))).toBe(false);
    expect((await world.writ(['stop', '--all', '--reason', 'enough'])).code).toBe(0);
    expect(resultOf(await turn, editor)['stopReason']).toBe('cancelled');
    await editor.ended;
    await stays('what was stopped', 500, () => size(at('beat')));
  },
);
