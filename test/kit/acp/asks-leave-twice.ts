/** An ACP agent, as the text of its program, that asks leave for the same thing twice: a second start does what was not done yet. */

import { createRequire } from 'node:module';

/** Asks leave for two calls, one after the other; `ran` is what was allowed, `told` any other answer. */
export const asksLeaveTwice = `
import { agent, methods, ndJsonStream } from ${JSON.stringify(createRequire(import.meta.url).resolve('@agentclientprotocol/sdk'))};
import { Readable, Writable } from 'node:stream';
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
const options = ['allow_always', 'allow_once', 'reject_once'].map((kind) => ({ optionId: 'o-' + kind, kind, name: kind }));
const ran = () => (existsSync('ran') ? readFileSync('ran', 'utf8') : '');
agent({ name: 'test' })
  .onRequest(methods.agent.initialize, () => ({ protocolVersion: 1, agentCapabilities: {} }))
  .onRequest(methods.agent.session.new, () => ({ sessionId: 's' }))
  .onRequest(methods.agent.session.prompt, async ({ client }) => {
    for (const toolCallId of ['c1', 'c2'].filter((id) => !ran().includes(id))) {
      const toolCall = { toolCallId, kind: 'execute', title: 'npm test', rawInput: { command: 'npm test' } };
      const { outcome } = await client.request(methods.client.session.requestPermission, { sessionId: 's', toolCall, options });
      if (outcome.optionId !== 'o-allow_once') appendFileSync('told', toolCallId + ' ' + (outcome.optionId ?? outcome.outcome) + '\\n');
      if (outcome.outcome === 'cancelled') return { stopReason: 'cancelled' };
      if (outcome.optionId !== 'o-allow_once') continue;
      appendFileSync('ran', toolCallId + '\\n');
      await client.notify(methods.client.session.update, { sessionId: 's', update: { sessionUpdate: 'tool_call_update', toolCallId, status: 'completed' } });
    }
    return { stopReason: 'end_turn' };
  })
  .onNotification(methods.agent.session.cancel, () => {})
  .connect(ndJsonStream(Writable.toWeb(process.stdout), Readable.toWeb(process.stdin)));
`;
