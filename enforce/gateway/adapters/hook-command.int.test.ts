/**
 * The command by which a hook reaches Writ, against what an endpoint may say: a call goes on after `{}` alone. Run by a real shell, and by a Node that asks in the process of whoever would start
 * one, as in Gemini CLI.
 */

import { spawn, spawnSync } from 'node:child_process';
import { mkdtempDisposableSync, symlinkSync, writeFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect, test } from 'vitest';
import { codexAdapter } from './codex.ts';
import { inItsOwnProcess } from './gemini-hooks.ts';
import { geminiAdapter } from './gemini.ts';
import { hookCommand, refusalsBegin } from './hook-command.ts';

const names = { urlVariable: 'WRIT_HOOK_URL', tokenVariable: 'WRIT_HOOK_TOKEN' };

/** What starts a hook: the program with its arguments, and what Node is told before. */
type Starts = { readonly argv: readonly string[]; readonly env?: Readonly<Record<string, string>> };

/** As Gemini CLI starts its hooks. */
const starter = `const child = require('node:child_process').spawn('bash', ['-c', process.argv[1]], { stdio: ['pipe', 'pipe', 'pipe'] });
process.stdin.pipe(child.stdin);
child.stdout.pipe(process.stdout);
child.on('close', (code) => (process.exitCode = code));`;

const ways = {
  'a shell': () => ({ argv: ['/bin/sh', '-c'] }),
  'its own process': (folder: string) => {
    const place = { hook: { ...names, url: '' }, folder, patienceS: 60, env: {} };
    const { files, nodeOptions } = inItsOwnProcess(place);
    for (const file of files) if ('text' in file) writeFileSync(join(folder, file.path), file.text);
    // Without a shell to be found.
    return { argv: [process.execPath, '-e', starter], env: { NODE_OPTIONS: nodeOptions, PATH: folder } };
  },
} as const satisfies Readonly<Record<string, (folder: string) => Starts>>;
type Way = keyof typeof ways;

type Answered = { readonly code: number | null; readonly out: string; readonly asked: readonly string[] };

type Run = { readonly way?: Way; readonly call?: string; readonly tools?: string; readonly waits?: boolean };

/** Its exit code, what it printed, and what it asked, where the endpoint answers so. `tools`: the programs it finds. */
async function run(
  respond: (response: ServerResponse, asked: string) => void,
  { way = 'a shell', call = '{}', tools = '/usr/bin:/bin', waits = true }: Run = {},
): Promise<Answered> {
  await using stack = new AsyncDisposableStack();
  const { path: folder } = stack.use(mkdtempDisposableSync(join(tmpdir(), 'writ "hook" ')));
  const asked: string[] = [];
  const server = createServer((request, response) => {
    text(request).then(
      (body) => {
        asked.push(`${request.headers.authorization ?? ''} ${request.url ?? ''} ${body}`);
        respond(response, body);
      },
      () => response.destroy(), // who asks went away
    );
  });
  stack.defer(() => void server.close());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo; // it listens on TCP
  const { argv, env }: Starts = ways[way](folder);
  const [file, ...args] = [...argv, hookCommand(names, waits)];
  const own = { PATH: tools, WRIT_HOOK_URL: `http://127.0.0.1:${String(port)}/codex`, WRIT_HOOK_TOKEN: 't' };
  const child = spawn(file, args, { env: { ...own, ...env }, stdio: ['pipe', 'pipe', 'ignore'] });
  child.stdin.on('error', () => undefined); // it may answer without reading
  child.stdin.end(call);
  const closed = new Promise<number | null>((resolve) => child.once('close', resolve));
  return { out: await text(child.stdout), code: await closed, asked };
}

const lengthOf = (answer: string): Record<string, number> => ({ 'content-length': Buffer.byteLength(answer) });

// The names are those of the table.
describe.each(Object.keys(ways) as Way[])('by %s', (way) => {
  /** An answer in full. */
  const answered = async (answer: string, status = 200, waits = true): Promise<Omit<Answered, 'asked'>> => {
    const respond = (response: ServerResponse) => response.writeHead(status, lengthOf(answer)).end(answer);
    const { code, out } = await run(respond, { way, waits });
    return { code, out: out.trim() };
  };

  test('no objection lets the call go on, and nothing else does', async () => {
    expect(await answered('{}')).toEqual({ code: 0, out: '{}' });
    const refuse = { kind: 'refuse', why: 'it is `no` \'"$x' } as const;
    const refusals = [
      codexAdapter.reply('PreToolUse', { ...refuse, tell: 'look' }),
      codexAdapter.reply('UserPromptSubmit', refuse),
      geminiAdapter.reply('BeforeTool', { ...refuse, tell: 'look' }),
      geminiAdapter.reply('BeforeAgent', refuse),
    ].map((one) => JSON.stringify(one));
    for (const refusal of refusals) expect(await answered(refusal), refusal).toEqual({ code: 0, out: refusal });
  });

  test.each([
    ['nothing', '', 200],
    ['garbage', '<<no>>', 200],
    ['an object nobody knows', '{"ok":true}', 200],
    ['another version', '{"verdict":"refuse"}', 200],
    [
      'a yes in so many words',
      '{"hookSpecificOutput":{"hookEventName":"PreToolUse","permissionDecision":"allow"}}',
      200,
    ],
    ['a denial within something else', '{"x":{"decision":"deny","reason":"no"}}', 200],
    ['two answers', '{}{}', 200],
    ['an error', '{}', 500],
    ['another address', '{}', 302],
  ])('after %s the call is blocked, and what nothing waits for is not', async (_, answer, status) => {
    expect(await answered(answer, status)).toEqual({ code: 2, out: '' });
    expect(await answered(answer, status, false)).toMatchObject({ code: 0 });
  });

  test.each([10, 65_523, 65_524, 65_525, 65_526, 1_000_000])(
    'a call of %i letters and more arrives as it is, whatever they are, and is asked once',
    async (letters) => {
      const call = JSON.stringify({ text: `${'l'.repeat(letters)}\u{1f511}\u00e4 %s \\n "'$x\`ls\`` });
      const yes = (response: ServerResponse) => response.writeHead(200, lengthOf('{}')).end('{}');
      const { code, asked } = await run(yes, { way, call });
      expect(code).toBe(0);
      expect(asked).toEqual([`Bearer t /codex ${call}`]);
    },
  );

  test.each([
    ['ends within a denial', `${refusalsBegin[0]}"permissionDecisionReason":"no"}`],
    ['ends before it said anything', ''],
  ])('where the answer %s, the call is blocked, and not asked again', async (_, part) => {
    const respond = (response: ServerResponse): void => {
      response.writeHead(200, { 'content-length': 100 });
      response.write(part, () => response.destroy());
    };
    const { code, out, asked } = await run(respond, { way });
    expect({ code, out, asked: asked.length }).toEqual({ code: 2, out: '', asked: 1 });
  });
});

test('without bash curl asks', async () => {
  using tools = mkdtempDisposableSync(join(tmpdir(), 'writ-hook-'));
  for (const tool of ['cat', 'curl']) symlinkSync(join('/usr/bin', tool), join(tools.path, tool));
  const yes = (response: ServerResponse) => response.writeHead(200, lengthOf('{}')).end('{}');
  const { code, out, asked } = await run(yes, { tools: tools.path });
  expect({ code, out, asked: asked.length }).toEqual({ code: 0, out: '{}\n', asked: 1 });
});

test('a shell that the environment has end at the first failure blocks, too, where nobody answers', () => {
  // A port nobody listens on.
  const env = { SHELLOPTS: 'errexit:nounset', WRIT_HOOK_URL: 'http://127.0.0.1:9/codex', WRIT_HOOK_TOKEN: 't' };
  const { status } = spawnSync('bash', ['-c', hookCommand(names, true)], {
    env: { ...env, PATH: '/usr/bin:/bin' },
    input: '{}',
  });
  expect(status).toBe(2);
});
