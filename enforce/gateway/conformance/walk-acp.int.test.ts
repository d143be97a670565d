/** The canary of agents behind an editor, on two that are programs of a few lines: one that asks before it acts, and one that does not. The real ones are tried in test/agents. */

import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { acpAgentOf } from '../acp/acp-agent.ts';
import { harnessAdapters } from '../adapters/adapters.ts';
import { acpInfoOf, runAcpCanary } from './walk-acp.ts';

const dir = mkdtempSync(join(tmpdir(), 'writ-acp-canary-'));
afterAll(() => rmSync(dir, { recursive: true }));

/** Does in each prompt what the model's script would have it do. `asks`: leave, before. */
function agent(name: string, asks: boolean) {
  const program = join(dir, name);
  writeFileSync(
    program,
    `#!${process.execPath}
const { writeFileSync } = require('node:fs');
const send = (message) => process.stdout.write(JSON.stringify({ jsonrpc: '2.0', ...message }) + '\\n');
const files = ['allowed.txt', 'refused.txt', 'held.txt', '../home/outside.txt', 'last.txt'];
const options = ['allow_once', 'reject_once'].map((kind) => ({ optionId: kind, kind, name: kind }));
const open = new Map();
require('node:readline').createInterface({ input: process.stdin }).on('line', (line) => {
  const { id, method, params, result } = JSON.parse(line);
  if (method === 'initialize') send({ id, result: { protocolVersion: 1, agentInfo: { name: '${name}', version: '1.2.3' } } });
  if (method === 'session/new') send({ id, result: { sessionId: 's' } });
  if (method === undefined) open.get(id)?.(result.outcome.optionId === 'allow_once');
  if (method !== 'session/prompt') return;
  const file = files[/CANARY-(\\d)/.exec(params.prompt[0].text)[1]];
  const go = (isAllowed) => {
    if (isAllowed) writeFileSync(file, 'x');
    send({ id, result: { stopReason: 'end_turn' } });
  };
  if (${String(!asks)}) return go(true);
  open.set('p' + id, go);
  const toolCall = { toolCallId: file, kind: 'execute', title: file, rawInput: { command: 'echo yes > ' + file } };
  send({ id: 'p' + id, method: 'session/request_permission', params: { sessionId: 's', toolCall, options } });
});
`,
  );
  chmodSync(program, 0o755);
  const known = acpAgentOf([program]);
  return { agent: known, adapter: harnessAdapters.gemini, program, args: [], path: process.env['PATH'] ?? '' };
}

it('says who an agent is, and holds where it asks before it acts', async () => {
  const asking = agent('asks', true);
  expect(await acpInfoOf(asking)).toEqual({ name: 'asks', version: '1.2.3' });
  const { lines } = await runAcpCanary(asking);
  expect(lines.map(({ outcome }) => outcome)).toEqual(['holds', 'holds', 'holds', 'holds']);
});

it('does not hold for an agent that asks nobody', async () => {
  const { lines } = await runAcpCanary(agent('acts', false));
  expect(lines.filter(({ outcome }) => outcome === 'fails').map(({ what }) => what)).toEqual([
    'what is refused does not run, and the work goes on',
    'what waits for a person does not run',
  ]);
});
