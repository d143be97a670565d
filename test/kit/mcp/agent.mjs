/**
 * An agent that speaks MCP as any does: the official client, over `writ mcp connect`. It makes the calls of a file one after another and says what came back, a
 * line of JSON each. `tools` lists them.
 *
 *   node agent.mjs STEPS.json [SERVER]
 */

import { readFileSync } from 'node:fs';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';

const [steps, server = 'ledger'] = process.argv.slice(2);
const client = new Client({ name: 'agent', version: '1.0.0' });
await client.connect(
  new StdioClientTransport({ command: 'writ', args: ['mcp', 'connect', server], env: process.env, stderr: 'inherit' }),
);
for (const { tool, args = {} } of JSON.parse(readFileSync(steps, 'utf8'))) {
  const said =
    tool === 'tools'
      ? (await client.listTools()).tools.map(({ name }) => name).join(',')
      : (
          await client
            .callTool({ name: tool, arguments: args })
            .catch((error) => ({ content: [{ text: error.message }] }))
        ).content
          .map(({ text }) => text)
          .join('\n');
  process.stdout.write(`${JSON.stringify({ tool, said })}\n`);
}
await client.close();
