/**
 * The least that answers the same question over HTTP: `node:http`, the same decision by the same evaluator, no schema, no look at who calls.
 * With a file as argument it also writes each question with its decision into SQLite, in a transaction of its own that is synced, before it answers. A process; it tells its parent its URL.
 */
import { createServer } from 'node:http';
import { DatabaseSync } from 'node:sqlite';
import { evaluate, noHistory } from '@writ/authority';
import type { Mandate } from '@writ/authority';

const file = process.argv[2];
const insert = file === undefined ? undefined : prepare(file);

function prepare(path: string) {
  const database = new DatabaseSync(path);
  database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
    CREATE TABLE verdicts (question TEXT NOT NULL, verdict TEXT NOT NULL) STRICT`);
  return database.prepare('INSERT INTO verdicts (question, verdict) VALUES (?, ?)');
}

const mandate: Mandate = {
  id: 'm-1',
  project: 'bench',
  purpose: 'measure',
  parent: null,
  depth: 0,
  authority: [
    { resource: 'git://bench/refs/heads/writ', resourceMatch: 'prefix', actions: ['git.push'], constraints: {} },
  ],
  overlays: [],
  conditions: [],
  history: [],
  budgets: [],
  delegation: { maxDepth: 0, maxChildren: 0, actors: 'any' },
  actor: 'builder',
  steerers: [],
  approvers: [],
  actorKey: null,
  stopProfile: { deadlineMs: 2_000 },
  expiresAt: Date.now() + 3_600_000,
  approvedAt: Date.now(),
  state: { name: 'active', since: Date.now() },
  version: 2,
  epoch: 1,
};

function decide(text: string): string {
  // The measurement's own load, and nobody else's.
  const { action, resource } = JSON.parse(text) as { readonly action: string; readonly resource: string };
  const verdict = evaluate({
    chain: [mandate],
    mandate: mandate.id,
    request: { action, resource, parameters: {} },
    actionClass: 'external_commitment',
    parameterDigest: '',
    token: { usable: true, actor: 'builder' },
    policy: { permits: true, version: 'p' },
    signals: () => undefined,
    spend: () => ({ calls: 0, tokens: 0, moneyMicros: 0 }),
    approvals: [],
    history: noHistory,
    now: Date.now(),
  });
  if (verdict.decision !== 'permit') throw new Error(verdict.reason.code);
  return JSON.stringify(verdict);
}

const server = createServer((request, response) => {
  const parts: Buffer[] = [];
  request.on('data', (part: Buffer) => parts.push(part));
  request.on('end', () => {
    const question = Buffer.concat(parts).toString();
    const text = decide(question);
    insert?.run(question, text);
    // Its length is told, which is cheaper than chunks.
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) };
    response.writeHead(200, headers).end(text);
  });
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  process.send?.(`http://127.0.0.1:${String(typeof address === 'object' ? address?.port : '')}`);
});
process.once('disconnect', () => {
  process.exit();
});
