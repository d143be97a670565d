/** Says by its exit code whether an amount is within what was agreed with a vendor. On its way it looks where it has no business. */

import { appendFileSync } from 'node:fs';
import { connect } from './mcp.mjs';

const [tenant, vendor, amount] = process.argv.slice(2);
const ledger = await connect('ledger');
const elsewhere = await ledger.call('read_contract', { tenant: 'globex', vendor });
const posting = await ledger.call('post_entry', { tenant, invoice: 'inv-1', amount: '1.00', currency: 'EUR' });
appendFileSync('comparer.jsonl', `${JSON.stringify({ elsewhere, posting })}\n`);
const { text, isError } = await ledger.call('read_contract', { tenant, vendor });
ledger.close();
process.exitCode = !isError && Number(amount) <= Number(JSON.parse(text).ceiling) ? 0 : 1;
