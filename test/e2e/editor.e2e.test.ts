/**
 * `writ acp` between a small editor and a small agent, with the real binary and planes: what the agent asks is answered by its mandate, what it may not do has no effect, a cancelled turn leaves
 * nothing running, and a conversation is not gone on with once its mandate was ended. Judged by what is on disk, never by what anybody says.
 */

import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Answer, Editor, EditorOptions, Wire } from '../kit/acp/editor.ts';
import { choose, openEditor } from '../kit/acp/editor.ts';
import { stop } from './support/mission.ts';
import type { World } from './support/world.ts';
import { createWorld, stays, until } from './support/world.ts';

const main = join(import.meta.dirname, '../../apps/cli/writ.js');
const agent = join(import.meta.dirname, '../kit/acp/agent.mjs');

let world: World;
let repository: string;
let heard: string;
function repositoryIn(folder: string): string {
  mkdirSync(folder);
  execFileSync('git', ['init', '-q', '-b', 'main', folder]);
  const who = ['-c', 'user.name=t', '-c', 'user.email=t@example.invalid'];
  execFileSync('git', [...who, 'commit', '-q', '--allow-empty', '-m', 'start'], { cwd: folder });
  return folder;
}
beforeAll(async () => {
  world = await createWorld();
  repository = repositoryIn(join(world.place, 'app'));
  heard = join(repository, 'heard.jsonl');
  expect((await world.writ(['init', '--preset', 'worktree', '--yes'], { cwd: repository })).code).toBe(0);
});
afterAll(() => world[Symbol.asyncDispose]());

const inEditor = (
  answer: EditorOptions['answer'],
  env: Record<string, string> = {},
  args: readonly string[] = [],
  cwd = repository,
): Editor =>
  openEditor({
    argv: [process.execPath, main, 'acp', ...args, '--', process.execPath, agent],
    cwd,
    env: { ...world.env, ACP_HEARD: heard, ...env },
    answer,
  });
const hello = {
  protocolVersion: 1,
  clientCapabilities: { fs: { readTextFile: true, writeTextFile: true }, terminal: true },
};
const resultOf = ({ result, error }: Answer): Wire => {
  if (result === undefined) throw new Error(JSON.stringify(error));
  return result as Wire; // an object, by the protocol
};
async function conversation(editor: Editor, mcpServers: readonly Wire[] = []): Promise<string> {
  resultOf(await editor.ask('initialize', hello));
  return String(
    resultOf(await editor.ask('session/new', { cwd: repository, mcpServers, _meta: { loose: true } }))['sessionId'],
  );
}
const say = (editor: Editor, sessionId: string, steps: readonly Wire[]): Promise<Answer> =>
  editor.ask('session/prompt', { sessionId, prompt: [{ type: 'text', text: JSON.stringify(steps) }] });
const run = (command: string) => ({ ask: { kind: 'execute', rawInput: { command } }, do: command });
const at = (file: string): string => join(repository, file);
const size = (file: string): number => (existsSync(at(file)) ? statSync(at(file)).size : 0);
const heardBy = (method: string): readonly Wire[] =>
  readFileSync(heard, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as { method?: string; params: Wire })
    .filter((message) => message.method === method)
    .map(({ params }) => params);
const beat = (file: string): string => `while :; do echo x >> ${file}; sleep 0.05; done`;

test('an editor alone says nothing of what may be done: nothing starts before a person has', async () => {
  const strange = repositoryIn(join(world.place, 'strange'));
  await using editor = inEditor(choose('allow_once'), {}, [], strange);
  expect(await editor.ended).toBe(3);
  expect(editor.stderr()).toContain('writ acp -- AGENT');
  await using wanting = inEditor(choose('allow_once'), {}, ['--preset', 'pr']);
  expect(await wanting.ended).toBe(2);
  expect(existsSync(heard)).toBe(false);
});

test('what was approved is done without a question, what was not has no effect, and no answer outlives its call', async () => {
  await using editor = inEditor(choose('allow_once'));
  const id = await conversation(editor, [{ name: 'evil', command: 'sh', args: ['-c', 'touch mcp'], env: [] }]);
  const answer = await say(editor, id, [
    run('echo yes > made.txt'),
    run('git push origin main; echo no > pushed.txt'),
    {
      ask: { kind: 'edit', rawInput: {}, locations: [{ path: at('.git/hooks/pre-commit') }] },
      do: 'echo no > edited.txt',
    },
    { ask: { kind: 'mischief', rawInput: {} }, do: 'echo no > mischief.txt' },
    { ...run('echo no > always.txt'), options: [{ optionId: 'a', name: 'Always', kind: 'allow_always' }] },
    { client: 'fs/write_text_file', params: { path: at('by-editor.txt'), content: 'no' } },
    { client: 'terminal/create', params: { command: 'touch', args: [at('by-terminal.txt')] } },
    { client: '_editor/run', params: { command: 'touch x' } },
  ]);
  expect(resultOf(answer)['stopReason'], editor.stderr()).toBe('end_turn');
  expect(readFileSync(at('made.txt'), 'utf8')).toBe('yes\n');
  for (const file of ['pushed.txt', 'edited.txt', 'mischief.txt', 'always.txt', 'by-editor.txt', 'by-terminal.txt'])
    expect(existsSync(at(file)), file).toBe(false);
  // Nothing of it came to the editor: what is covered needs no question, and its hands are not lent to a sandbox.
  expect(editor.asked).toEqual([]);
  const [given] = heardBy('session/new');
  // By which it reads what is known, and nothing an editor or a person has to name.
  const own = expect.objectContaining({ name: 'writ', args: ['mcp', 'connect', 'writ'] }) as unknown;
  expect(given).toEqual({ cwd: repository, mcpServers: [own] });
  expect(heardBy('initialize').at(-1)?.['clientCapabilities']).toEqual({
    fs: { readTextFile: false, writeTextFile: false },
    terminal: false,
  });
  // What would act, and is not known, does not reach the agent.
  expect((await editor.ask('providers/set', { id: 'x' })).error?.code).toBe(-32_601);
  expect((await editor.ask('session/load', { sessionId: id, cwd: '/', mcpServers: [] })).error?.message).toContain(
    'writ acp',
  );
  expect(heardBy('providers/set')).toEqual([]);
});

test('what waits for a person is asked in the editor, with the words of the approval; their yes is for that, and their no is one', async () => {
  const wanted = (url: string, file: string) => ({
    ask: { kind: 'fetch', title: 'fetch', rawInput: { url } },
    do: `echo yes > ${file}`,
  });
  await using editor = inEditor(({ method, params }) => {
    const asked = JSON.stringify(params);
    const kind = asked.includes('evil.example.org') ? 'reject_once' : 'allow_once';
    return choose(asked.includes('kept.example.org') ? 'allow_always' : kind)({ method, params });
  });
  const id = await conversation(editor);
  resultOf(
    await say(editor, id, [
      wanted('https://docs.example.org/a', 'fetched.txt'),
      wanted('https://docs.example.org/b', 'fetched-again.txt'),
      wanted('https://evil.example.org/a', 'refused.txt'),
      wanted('https://kept.example.org/a', 'kept.txt'),
    ]),
  );
  expect(existsSync(at('fetched.txt')), editor.stderr()).toBe(true);
  expect(existsSync(at('refused.txt'))).toBe(false);
  expect(existsSync(at('kept.txt'))).toBe(true);
  // For once comes first, and what lasts is Writ's own: it is listed, and of the others nothing is.
  const kinds = editor.asked.map(({ params }) => (params['options'] as { kind: string }[]).map(({ kind }) => kind));
  expect(new Set(kinds.map(([first]) => first))).toEqual(new Set(['allow_once']));
  const { stdout } = await world.writ(['remembered', 'list', '--json'], { cwd: repository });
  expect(stdout).toContain('https://kept.example.org');
  expect(stdout).not.toContain('https://docs.example.org');
  // What is new is said first, and all of it is there.
  const { toolCall } = editor.asked[0]?.params as { toolCall: { title: string; content: unknown } };
  expect(toolCall.title).toContain('https://docs.example.org');
  expect(JSON.stringify(toolCall.content)).toContain('exact terms');
});

test('A12: a cancelled turn is over when it says so: what it left behind is ended, and so is an agent that does not listen', async () => {
  await using editor = inEditor(choose('allow_once'));
  const id = await conversation(editor);
  const turn = say(editor, id, [{ start: beat('left') }, { hang: true }]);
  await until('it works', () => size('left') > 4);
  editor.notify('session/cancel', { sessionId: id });
  expect(resultOf(await turn)['stopReason']).toBe('cancelled');
  await stays('what it left behind', 400, () => size('left'));
  // The same agent goes on with the next turn.
  resultOf(await say(editor, id, [run('echo again > again.txt')]));
  expect(existsSync(at('again.txt'))).toBe(true);
  const deaf = say(editor, id, [{ start: beat('deaf') }, { hang: true, deaf: true }]);
  await until('it works', () => size('deaf') > 4);
  editor.notify('session/cancel', { sessionId: id });
  expect(resultOf(await deaf)['stopReason']).toBe('cancelled');
  await stays('what it left behind', 400, () => size('deaf'));
  await editor.ended;
});

test('a revocation in the middle of a turn cancels it and ends the processes, and the conversation is not gone on with', async () => {
  await using editor = inEditor(choose('allow_once'));
  const id = await conversation(editor);
  const turn = say(editor, id, [{ start: beat('revoked') }, { hang: true }]);
  await until('it works', () => size('revoked') > 4);
  const { items } = (await world.api<{ items: { id: string; state: string }[] }>('runtime', 'GET', '/v1/sessions'))
    .body;
  const session = items.find(({ state }) => state !== 'closed')?.id ?? '';
  await stop(world, ['stop', session]);
  expect(resultOf(await turn)['stopReason']).toBe('cancelled');
  expect(await editor.ended).toBe(3);
  await stays('what it left behind', 400, () => size('revoked'));

  await using again = inEditor(choose('allow_once'));
  resultOf(await again.ask('initialize', hello));
  const before = heardBy('session/load').length;
  for (const method of ['session/load', 'session/resume', 'session/fork'])
    expect(
      (await again.ask(method, { sessionId: id, cwd: repository, mcpServers: [] })).error?.message,
      method,
    ).toContain('revoked');
  expect(heardBy('session/load')).toHaveLength(before);
  // An editor's restart says nothing; a person at a terminal does, afterwards.
  expect((await world.writ(['init', '--preset', 'worktree', '--yes'], { cwd: repository })).code).toBe(0);
  resultOf(await again.ask('session/load', { sessionId: id, cwd: repository, mcpServers: [] }));
  const fresh = String(resultOf(await again.ask('session/new', { cwd: repository, mcpServers: [] }))['sessionId']);
  resultOf(await say(again, fresh, [run('echo new > fresh.txt')]));
  expect(existsSync(at('fresh.txt'))).toBe(true);
});

test('a mode that does not ask is not offered, not entered, and left; what was done unasked beyond the mandate holds the session', async () => {
  const modes = {
    currentModeId: 'yolo',
    availableModes: [
      { id: 'yolo', name: 'All' },
      { id: 'default', name: 'Ask' },
    ],
  };
  await using editor = inEditor(choose('allow_once'), { ACP_MODES: JSON.stringify(modes) });
  resultOf(await editor.ask('initialize', hello));
  const opened = resultOf(await editor.ask('session/new', { cwd: repository, mcpServers: [] }));
  expect(opened['modes']).toEqual({ currentModeId: 'default', availableModes: [{ id: 'default', name: 'Ask' }] });
  expect(heardBy('session/set_mode').at(-1)).toMatchObject({ modeId: 'default' });
  const id = String(opened['sessionId']);
  expect((await editor.ask('session/set_mode', { sessionId: id, modeId: 'yolo' })).error?.message).toContain('asks');
  const before = heardBy('session/set_mode').length;
  resultOf(await say(editor, id, [{ mode: 'yolo' }, { do: 'echo fine > unasked.txt', told: 'execute' }]));
  await until('it is brought back', () => heardBy('session/set_mode').length > before);
  resultOf(await say(editor, id, [run('echo fine > asked.txt')]));
  expect(existsSync(at('asked.txt'))).toBe(true);
  void say(editor, id, [{ do: 'git push origin main', told: 'execute' }, { start: beat('held') }, { hang: true }]);
  await until('it stands still', () => editor.stderr().includes('writ: frozen'));
  await stays('what stands still', 400, () => size('held'));
});
