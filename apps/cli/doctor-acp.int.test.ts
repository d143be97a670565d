/** An agent behind an editor is tried once: `writ doctor` starts it again when it is another program, or when it is asked to. */

import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { ownMachine } from './testing/machine.ts';

const machine = ownMachine();
const bin = mkdtempSync(join(tmpdir(), 'writ-doctor-acp-'));
afterAll(() => rmSync(bin, { recursive: true }));

const starts = join(bin, 'starts');
/** One that says who it is and does nothing, and is found where `codex-acp` is looked for. */
function install(version: string): void {
  const program = join(bin, 'codex-acp');
  writeFileSync(
    program,
    `#!${process.execPath}
require('node:fs').appendFileSync(${JSON.stringify(starts)}, 'x');
require('node:readline').createInterface({ input: process.stdin }).on('line', (line) => {
  const { id, method } = JSON.parse(line);
  const result = method === 'initialize' ? { protocolVersion: 1, agentInfo: { name: 'codex-acp', version: '${version}' } } : { sessionId: 's', stopReason: 'end_turn' };
  process.stdout.write(JSON.stringify({ jsonrpc: '2.0', id, result }) + '\\n');
});
`,
  );
  chmodSync(program, 0o755);
}
const started = (): number => (existsSync(starts) ? readFileSync(starts, 'utf8').length : 0);
type Findings = { readonly findings: readonly { readonly what: string; readonly found: string }[] };
const PATH = [bin, '/usr/bin', '/bin'].join(delimiter);
async function seen(...args: readonly string[]) {
  const { out } = await machine.writ(['doctor', ...args, '--json'], machine.root, { PATH });
  // What the command promises.
  return (JSON.parse(out) as Findings).findings.find(({ what }) => what.includes('codex-acp'));
}

it('does not start again what it tried, unless it is another program or it is told to', async () => {
  install('1.0.0');
  const first = await seen();
  // It has no effect of its own, so that nothing was shown.
  expect(first).toMatchObject({ what: 'Codex behind an editor (codex-acp 1.0.0)' });
  expect(first?.found).toContain('unproven');
  const tried = started();
  expect(tried).toBeGreaterThan(0);
  expect(await seen()).toEqual(first);
  expect(started()).toBe(tried);
  await seen('--again');
  expect(started()).toBeGreaterThan(tried);
  const again = started();
  install('1.0.1');
  expect((await seen())?.what).toBe('Codex behind an editor (codex-acp 1.0.1)');
  expect(started()).toBeGreaterThan(again);
});
