/**
 * A very small agent of the Agent Client Protocol, version 1, that does what its prompt says: JSON, a list of steps. It has no model, asks only where a step says so, and obeys the answer.
 *
 * `{"ask": {…tool call}, "options": […], "do": "shell"}`  asks, and does it where the answer is a yes
 * `{"do": "shell", "told": "execute"}`                    does it without asking; tells of it where `told` says as what
 * `{"start": "shell"}`                                    leaves it behind, in a session of its own
 * `{"client": "fs/write_text_file", "params": {…}}`       asks the editor to do it; the answer is told as a message
 * `{"mode": "yolo"}`                                      goes into another mode by itself
 * `{"hang": true}`                                        never ends its turn; `"deaf": true` also not when it is cancelled
 *
 * What it hears is in the file that ACP_HEARD names.
 */
import { execFile, spawn } from 'node:child_process';
import { appendFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

const heardIn = process.env.ACP_HEARD ?? '/dev/null';
const modes = process.env.ACP_MODES === undefined ? undefined : JSON.parse(process.env.ACP_MODES);
const usual = [
  { optionId: 'for-ever', name: 'Always', kind: 'allow_always' },
  { optionId: 'this-time', name: 'Yes', kind: 'allow_once' },
  { optionId: 'not-this', name: 'No', kind: 'reject_once' },
];

const waiting = new Map();
const turns = new Map();
let next = 0;

const send = (message) => process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
const ask = (method, params) =>
  new Promise((resolve) => {
    const id = ++next;
    waiting.set(id, resolve);
    send({ id, method, params });
  });
const update = (sessionId, one) => send({ method: 'session/update', params: { sessionId, update: one } });
const say = (sessionId, text) =>
  update(sessionId, { sessionUpdate: 'agent_message_chunk', content: { type: 'text', text } });
const shell = (line, cwd) =>
  new Promise((resolve) => execFile('sh', ['-c', line], { cwd }, (error) => resolve(!error)));

async function step(one, { sessionId, cwd, turn }) {
  const toolCallId = `call-${++next}`;
  if (one.ask !== undefined) {
    const toolCall = { toolCallId, title: 'a call', status: 'pending', ...one.ask };
    update(sessionId, { sessionUpdate: 'tool_call', ...toolCall });
    const options = one.options ?? usual;
    const { result } = await ask('session/request_permission', { sessionId, toolCall, options });
    const chosen = options.find(({ optionId }) => optionId === result?.outcome?.optionId);
    say(sessionId, `answered: ${chosen?.kind ?? result?.outcome?.outcome}`);
    const isYes = chosen?.kind?.startsWith('allow') === true;
    const isDone = isYes && one.do !== undefined && (await shell(one.do, cwd));
    update(sessionId, { sessionUpdate: 'tool_call_update', toolCallId, status: isDone ? 'completed' : 'failed' });
  } else if (one.start !== undefined) {
    spawn('setsid', ['sh', '-c', one.start], { cwd, stdio: 'ignore' }).unref();
  } else if (one.client !== undefined) {
    const reply = await ask(one.client, { sessionId, ...one.params });
    say(sessionId, `client: ${JSON.stringify(reply.error ?? reply.result)}`);
  } else if (one.mode !== undefined) {
    update(sessionId, { sessionUpdate: 'current_mode_update', currentModeId: one.mode });
  } else if (one.hang === true) {
    turn.deaf = one.deaf === true;
    await new Promise((resolve) => (turn.wake = resolve));
  } else if (one.do !== undefined) {
    await shell(one.do, cwd);
    if (one.told !== undefined)
      update(sessionId, {
        sessionUpdate: 'tool_call',
        ...{ toolCallId, title: one.do, kind: one.told, status: 'completed', rawInput: { command: one.do } },
      });
  }
}

const sessions = new Map();
const opened = (sessionId, cwd) => {
  sessions.set(sessionId, cwd);
  return { sessionId, ...(modes === undefined ? {} : { modes }) };
};

async function prompt({ sessionId, prompt: [{ text }] }) {
  const turn = { isCancelled: false, deaf: false, wake: () => undefined };
  turns.set(sessionId, turn);
  for (const one of JSON.parse(text)) {
    if (turn.isCancelled) break;
    await step(one, { sessionId, cwd: sessions.get(sessionId), turn });
  }
  return { stopReason: turn.isCancelled ? 'cancelled' : 'end_turn' };
}

const methods = {
  initialize: () => ({ protocolVersion: 1, agentCapabilities: { loadSession: true } }),
  'session/new': ({ cwd }) => opened(`conversation-${++next}`, cwd),
  'session/load': ({ sessionId, cwd }) => opened(sessionId, cwd),
  'session/resume': ({ sessionId, cwd }) => opened(sessionId, cwd),
  'session/fork': ({ cwd }) => opened(`conversation-${++next}`, cwd),
  'session/set_mode': ({ sessionId, modeId }) => {
    say(sessionId, `mode: ${modeId}`);
    return {};
  },
  'session/prompt': prompt,
};

createInterface({ input: process.stdin }).on('line', async (line) => {
  const message = JSON.parse(line);
  appendFileSync(heardIn, `${line}\n`);
  if (message.method === undefined) return waiting.get(message.id)?.(message);
  if (message.method === 'session/cancel') {
    const turn = turns.get(message.params.sessionId);
    if (turn === undefined || turn.deaf) return;
    turn.isCancelled = true;
    turn.wake();
  }
  if (message.id === undefined) return;
  const method = methods[message.method];
  if (method === undefined)
    return send({ id: message.id, error: { code: -32601, message: `no method ${message.method}` } });
  send({ id: message.id, result: await method(message.params) });
});
