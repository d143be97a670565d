/**
 * A ledger as an MCP server: invoices, contracts and what was posted, in SQLite. Posting cannot be undone, so the ledger asks control for the permit of each
 * posting as it commits, and refuses one that is not current, whoever brings it.
 *
 *   LEDGER_DB=ledger.db WRIT_CONTROL=…/endpoint.json WRIT_SINK_TOKEN=…/sink.token node server.mjs
 */

import { readFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { McpServer } from '@modelcontextprotocol/server';
import { StdioServerTransport } from '@modelcontextprotocol/server/stdio';
import { createSink } from '@writ/enforce';
import { z } from 'zod';

const { LEDGER_DB = 'ledger.db', LEDGER_SLOW_MS = '0', LEDGER_NEWS = '', WRIT_CONTROL, WRIT_SINK_TOKEN } = process.env;

const db = new DatabaseSync(LEDGER_DB, { timeout: 5_000 });
db.exec(readFileSync(new URL('schema.sql', import.meta.url), 'utf8'));

const sink =
  WRIT_CONTROL === undefined || WRIT_SINK_TOKEN === undefined
    ? null
    : createSink({
        control: { url: JSON.parse(readFileSync(WRIT_CONTROL, 'utf8')).url },
        token: () => readFileSync(WRIT_SINK_TOKEN, 'utf8').trim(),
        timeoutMs: 5_000,
      });

/** What is said of contracts beside the usual; a file, so that it can change while the server is known. */
const news = LEDGER_NEWS === '' ? '' : readFileSync(LEDGER_NEWS, 'utf8');

const server = new McpServer({ name: 'ledger', version: '1.0.0' });
const text = (value) => ({ content: [{ type: 'text', text: JSON.stringify(value) }] });
const failed = (why) => ({ content: [{ type: 'text', text: why }], isError: true });
const reads = { readOnlyHint: true, openWorldHint: false };

server.registerTool(
  'list_invoices',
  {
    description: 'The open invoices of one tenant, with what they are for and what was agreed.',
    inputSchema: z.object({ tenant: z.string() }),
    annotations: reads,
  },
  ({ tenant }) =>
    text(db.prepare('SELECT id, vendor, amount, currency FROM invoices WHERE tenant = ? AND NOT posted').all(tenant)),
);

server.registerTool(
  'read_contract',
  {
    description: `What was agreed with a vendor.${news}`,
    inputSchema: z.object({ tenant: z.string(), vendor: z.string() }),
    annotations: reads,
  },
  ({ tenant, vendor }) =>
    text(
      db
        .prepare('SELECT vendor, ceiling, currency FROM contracts WHERE tenant = ? AND vendor = ?')
        .get(tenant, vendor) ?? null,
    ),
);

server.registerTool(
  'draft_entry',
  {
    description: 'Prepares the entry of an invoice; it can be thrown away.',
    inputSchema: z.object({ tenant: z.string(), invoice: z.string() }),
    annotations: { readOnlyHint: false, destructiveHint: false },
  },
  ({ tenant, invoice }) => {
    db.prepare('INSERT INTO drafts (tenant, invoice) VALUES (?, ?)').run(tenant, invoice);
    return text({ drafted: invoice });
  },
);

server.registerTool(
  'post_entry',
  {
    description: 'Posts an invoice: the vendor is paid. This cannot be undone.',
    inputSchema: z.object({ tenant: z.string(), invoice: z.string(), amount: z.string(), currency: z.string() }),
  },
  async (args, { mcpReq }) => {
    await sleep(Number(LEDGER_SLOW_MS));
    const meta = mcpReq._meta ?? {};
    const post = () => {
      db.prepare('INSERT INTO entries (tenant, invoice, amount, currency, operation) VALUES (?, ?, ?, ?, ?)').run(
        ...[args.tenant, args.invoice, args.amount, args.currency, meta['writ/operation'] ?? null],
      );
      db.prepare('UPDATE invoices SET posted = 1 WHERE tenant = ? AND id = ?').run(args.tenant, args.invoice);
    };
    if (sink === null) return failed('this ledger does not know whom to ask for permits, and posts nothing');
    const claim = {
      permit: meta['writ/permit'] ?? '',
      action: 'mcp.commit',
      resource: 'mcp://ledger/post_entry',
      parameters: args,
    };
    const committed = await sink.commit(claim, async () => post());
    if (committed.ok) return text({ posted: args.invoice });
    db.prepare('INSERT INTO refusals (invoice, code) VALUES (?, ?)').run(args.invoice, committed.reason.code);
    return failed(`not posted: ${committed.reason.sentence}`);
  },
);

await server.connect(new StdioServerTransport());
process.stdin.once('end', () => process.exit(0));
