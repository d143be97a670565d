/**
 * An MCP server over stdio that speaks 2026-07-28 and what came before, by the official library: `look` reads, `put` adds a line to a file, `wait` answers when it is told to
 * stop and notes that it was, `meta` says what came beside its arguments, `long` says too much; and a method of nobody's, `acme/echo`.
 *
 *   NOTES=notes.txt node both-revisions.mjs
 *   BEFORE=reject node both-revisions.mjs         (2026-07-28 alone)
 */

import { appendFileSync } from 'node:fs';
import { McpServer } from '@modelcontextprotocol/server';
import { serveStdio } from '@modelcontextprotocol/server/stdio';
import { z } from 'zod';

const { NOTES = 'notes.txt', BEFORE = 'serve' } = process.env;
const text = (value) => ({ content: [{ type: 'text', text: value }] });

serveStdio(
  () => {
    const server = new McpServer({ name: 'notes', version: '1.0.0' });
    server.registerTool('look', { description: 'Looks.', annotations: { readOnlyHint: true } }, () => text('nothing'));
    server.registerTool('meta', { description: 'Says.', annotations: { readOnlyHint: true } }, ({ mcpReq }) =>
      text(JSON.stringify(mcpReq._meta ?? {})),
    );
    server.registerTool('long', { description: 'Says much.', annotations: { readOnlyHint: true } }, () =>
      text('x'.repeat(1_100_000)),
    );
    const params = z.object({ say: z.string() });
    server.server.setRequestHandler('acme/echo', { params }, ({ say }) => ({ said: say }));
    const writes = { readOnlyHint: false, destructiveHint: false };
    server.registerTool(
      'put',
      { description: 'Adds a line.', inputSchema: z.object({ line: z.string() }), annotations: writes },
      ({ line }, { mcpReq }) => {
        appendFileSync(NOTES, `${line} ${mcpReq._meta?.['writ/operation'] ?? 'by nobody'}\n`);
        return text(`put ${line}`);
      },
    );
    server.registerTool(
      'wait',
      { description: 'Waits.', annotations: writes },
      ({ mcpReq }) =>
        new Promise((resolve) => {
          appendFileSync(NOTES, 'waiting\n');
          mcpReq.signal.addEventListener('abort', () => {
            appendFileSync(NOTES, 'told to stop\n');
            resolve(text('stopped'));
          });
        }),
    );
    return server;
  },
  { legacy: BEFORE },
);
process.stdin.once('end', () => process.exit(0));
