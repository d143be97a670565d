#!/usr/bin/env node
/**
 * A very small agent: it asks a model (OpenAI Chat Completions), runs the shell commands the model calls for, and has one hook, a command that is asked before each
 * of them and told after. A hook that ends with 2 blocks; one that prints `{"block": "why"}` blocks, too; any other end lets the command run, as in most harnesses.
 *
 *   tiny-agent [--version] [--no-hooks] [--hook COMMAND] PROMPT
 */
import { spawnSync } from 'node:child_process';

const argv = process.argv.slice(2);
if (argv.includes('--version')) {
  console.log('tiny-agent 1.0.0');
  process.exit(0);
}
const at = argv.indexOf('--hook');
const hook = at < 0 || argv.includes('--no-hooks') ? null : argv[at + 1];
const prompt = argv.filter((arg, index) => !arg.startsWith('--') && index !== at + 1).join(' ') || argv.at(-1);
const session = `tiny-${process.pid}`;

/** Why it is blocked; null: it is not. */
function hooked(event, more) {
  if (hook === null) return null;
  const input = JSON.stringify({ event, session, cwd: process.cwd(), ...more });
  const { status, stdout } = spawnSync('/bin/sh', ['-c', hook], { input, encoding: 'utf8', timeout: 600_000 });
  if (status === 2) return 'a hook blocked this';
  try {
    return JSON.parse(stdout).block ?? null;
  } catch {
    return null;
  }
}

const messages = [{ role: 'user', content: prompt }];
const run = {
  type: 'function',
  function: { name: 'run', parameters: { type: 'object', properties: { command: { type: 'string' } } } },
};
const stopped = hooked('prompt', { prompt });
if (stopped !== null) console.log(stopped);
else
  for (;;) {
    const response = await fetch(`${process.env.TINY_MODEL_URL}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${process.env.TINY_MODEL_KEY}` },
      body: JSON.stringify({ model: 'tiny', messages, tools: [run] }),
    });
    const { choices } = await response.json();
    const { message } = choices[0];
    messages.push(message);
    if (!message.tool_calls?.length) {
      console.log(message.content);
      break;
    }
    for (const { id, function: called } of message.tool_calls) {
      const { command } = JSON.parse(called.arguments);
      if (called.name !== 'run') {
        messages.push({ role: 'tool', tool_call_id: id, content: `there is no tool ${called.name}` });
        continue;
      }
      const why = hooked('before', { call: id, tool: called.name, input: { command } });
      let content = why === null ? '' : `not run: ${why}`;
      if (why === null) {
        const { status, stdout, stderr } = spawnSync('/bin/sh', ['-c', command], { encoding: 'utf8' });
        content = `${stdout}${stderr}exit code ${status}`;
        hooked('after', { call: id, tool: called.name, failed: status !== 0 });
      }
      messages.push({ role: 'tool', tool_call_id: id, content });
    }
  }
hooked('over', {});
