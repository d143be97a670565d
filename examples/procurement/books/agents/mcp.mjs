/** The least of an MCP client: one request after another over the standard input and output of `writ mcp connect`. */

import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/** Connects to a server; `call` resolves with the text of a tool's answer and whether it is an error. */
export async function connect(server) {
  const child = spawn('writ', ['mcp', 'connect', server], { stdio: ['pipe', 'pipe', 'inherit'] });
  const waiting = new Map();
  let next = 0;
  createInterface({ input: child.stdout }).on('line', (line) => {
    const message = JSON.parse(line);
    waiting.get(message.id)?.(message);
  });
  const send = (message) => child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
  const ask = (method, params) =>
    new Promise((resolve, reject) => {
      const id = (next += 1);
      waiting.set(id, ({ result, error }) => (error ? reject(new Error(error.message)) : resolve(result)));
      child.once('exit', () => reject(new Error('the server is gone')));
      send({ id, method, params });
    });
  await ask('initialize', {
    protocolVersion: '2025-11-25',
    capabilities: {},
    clientInfo: { name: 'books', version: '1.0.0' },
  });
  send({ method: 'notifications/initialized' });
  return {
    async call(name, args) {
      const { content, isError = false } = await ask('tools/call', { name, arguments: args });
      return { isError, text: content.map(({ text }) => text).join('\n') };
    },
    close: () => child.stdin.end(),
  };
}
