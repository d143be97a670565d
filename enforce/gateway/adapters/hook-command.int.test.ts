/** The command by which a hook reaches Writ, run by a real shell against what an endpoint may say: a call goes on after `{}` alone. */

import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { codexAdapter } from './codex.ts';
import { geminiAdapter } from './gemini.ts';
import { hookCommand, refusalsBegin } from './hook-command.ts';

const names = { urlVariable: 'WRIT_HOOK_URL', tokenVariable: 'WRIT_HOOK_TOKEN' };

type Answered = { readonly code: number | null; readonly out: string; readonly asked: readonly string[] };

/** Its exit code, what it printed, and what it asked, where the endpoint answers so. `tools`: the programs it finds. */
async function run(
  respond: (response: ServerResponse, asked: string) => void,
  { call = '{}', tools = '/usr/bin:/bin' }: { readonly call?: string; readonly tools?: string } = {},
): Promise<Answered> {
  await using stack = new AsyncDisposableStack();
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
  const env = { PATH: tools, WRIT_HOOK_URL: `http://127.0.0.1:${String(port)}/codex`, WRIT_HOOK_TOKEN: 't' };
  const child = spawn('/bin/sh', ['-c', hookCommand(names, true)], { env, stdio: ['pipe', 'pipe', 'ignore'] });
  child.stdin.on('error', () => undefined); // it may answer without reading
  child.stdin.end(call);
  const closed = new Promise<number | null>((resolve) => child.once('close', resolve));
  return { out: await text(child.stdout), code: await closed, asked };
}

/** The same for an answer in full. */
const answered = async (answer: string, status = 200): Promise<Omit<Answered, 'asked'>> => {
  const { code, out } = await run((response) => response.writeHead(status, lengthOf(answer)).end(answer));
  return { code, out };
};

const lengthOf = (answer: string): Record<string, number> => ({ 'content-length': Buffer.byteLength(answer) });

test('no objection lets the call go on, and nothing else does', async () => {
  expect(await answered('{}')).toEqual({ code: 0, out: '{}\n' });
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
  ['a yes in so many words', '{"hookSpecificOutput":{"hookEventName":"PreToolUse","permissionDecision":"allow"}}', 200],
  ['a denial within something else', '{"x":{"decision":"deny","reason":"no"}}', 200],
  ['two answers', '{}{}', 200],
  ['an error', '{}', 500],
  ['another address', '{}', 302],
])('after %s the call is blocked', async (_, answer, status) => {
  expect(await answered(answer, status)).toEqual({ code: 2, out: '' });
});

test.each([10, 65_523, 65_524, 65_525, 65_526, 1_000_000])(
  'a call of %i letters and more arrives as it is, whatever they are, and is asked once',
  async (letters) => {
    const call = JSON.stringify({ text: `${'l'.repeat(letters)}\u{1f511}\u00e4 %s \\n "'$x\`ls\`` });
    const { code, asked } = await run((response) => response.writeHead(200, lengthOf('{}')).end('{}'), { call });
    expect(code).toBe(0);
    expect(asked).toEqual([`Bearer t /codex ${call}`]);
  },
);

test.each([
  ['ends within a denial', `${refusalsBegin[0]}"permissionDecisionReason":"no"}`],
  ['ends before it said anything', ''],
])('where the answer %s, the call is blocked, and not asked again', async (_, part) => {
  const { code, out, asked } = await run((response) => {
    response.writeHead(200, { 'content-length': 100 });
    response.write(part, () => response.destroy());
  });
  expect({ code, out, asked: asked.length }).toEqual({ code: 2, out: '', asked: 1 });
});

test('without bash curl asks', async () => {
  const tools = mkdtempSync(join(tmpdir(), 'writ-hook-'));
  for (const tool of ['cat', 'curl']) symlinkSync(join('/usr/bin', tool), join(tools, tool));
  const { code, out, asked } = await run((response) => response.writeHead(200, lengthOf('{}')).end('{}'), { tools });
  rmSync(tools, { recursive: true });
  expect({ code, out, asked: asked.length }).toEqual({ code: 0, out: '{}\n', asked: 1 });
});
