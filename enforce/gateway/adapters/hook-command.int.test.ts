/** The command by which a hook reaches Writ, run by a real shell against what an endpoint may say: a call goes on after `{}` alone. */

import { spawn } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { codexAdapter } from './codex.ts';
import { geminiAdapter } from './gemini.ts';
import { hookCommand } from './hook-command.ts';

const names = { urlVariable: 'WRIT_HOOK_URL', tokenVariable: 'WRIT_HOOK_TOKEN' };

/** Its exit code and what it printed, where the endpoint answers so. */
async function answered(answer: string, status = 200): Promise<{ code: number | null; out: string }> {
  await using stack = new AsyncDisposableStack();
  const server = createServer((request, response) => {
    request.resume();
    response.writeHead(status).end(answer);
  });
  stack.defer(() => void server.close());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo; // it listens on TCP
  const env = { PATH: '/usr/bin:/bin', WRIT_HOOK_URL: `http://127.0.0.1:${String(port)}/`, WRIT_HOOK_TOKEN: 't' };
  const child = spawn('/bin/sh', ['-c', hookCommand(names, true)], { env, stdio: ['pipe', 'pipe', 'ignore'] });
  child.stdin.end('{}');
  const closed = new Promise<number | null>((resolve) => child.once('close', resolve));
  return { out: await text(child.stdout), code: await closed };
}

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
