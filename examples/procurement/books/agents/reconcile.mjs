/** Reconciles the open invoices of a tenant: has each compared by a sub-agent, posts what was agreed, and writes down what it did. Knows nothing of mandates. */

import { spawnSync } from 'node:child_process';
import { appendFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect } from './mcp.mjs';

const tenant = 'acme';
const note = (line) => {
  appendFileSync('report.jsonl', `${JSON.stringify(line)}\n`);
  console.log(Object.values(line).join(' '));
};

/** Somebody who may read contracts of this tenant alone, and nothing else. */
function compare({ id, vendor, amount }) {
  const allow = [
    `mcp.read on mcp://ledger/read_contract, for tenant ${tenant}`,
    'shell.run',
    'file.read',
    'file.write',
  ];
  const { status } = spawnSync(
    'writ',
    [
      ...['spawn', '--agent', 'comparer', '--purpose', `compare ${id} with its contract`],
      ...allow.flatMap((line) => ['--allow', line]),
      ...['--', 'node', 'agents/compare.mjs', tenant, vendor, amount],
    ],
    { stdio: 'inherit' },
  );
  return status === 0;
}

const ledger = await connect('ledger');
const listed = await ledger.call('list_invoices', { tenant });
for (const invoice of JSON.parse(listed.text)) {
  const { id, amount, currency } = invoice;
  if (!compare(invoice)) {
    note({ id, outcome: 'not as agreed' });
    continue;
  }
  await ledger.call('draft_entry', { tenant, invoice: id });
  const posted = await ledger.call('post_entry', { tenant, invoice: id, amount, currency });
  note({ id, outcome: posted.isError ? 'not posted' : 'posted', said: posted.text });
  await sleep(Number(process.env.AGENT_PACE_MS ?? 200));
}
ledger.close();
