/**
 * What a tool call costs more under a harness's hooks than without: the real program on a scripted model, from one question to its model to the next, beside the
 * same program started bare. Its hook is answered at once; what a verdict costs is measured in `verdict` and `verdict-on-the-wire`.
 *
 * The programs are those of the agents suite (test/agents), installed by the first run, as the peers are.
 *
 * Run: npm run bench -- harness-call
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import type { HarnessAdapter } from '@writ/enforce';
import { harnessAdapters, runScripted, startHookEndpoint } from '@writ/enforce';
import { inMs, interleaved, median, row } from './support/measure.ts';

const callsPerRun = 12;
/** What a call may cost more. */
const mostMs = 20;
const bin = join(import.meta.dirname, '../test/agents/node_modules/.bin');
const path = process.env['PATH'] ?? '';

const install = join(import.meta.dirname, '../scripts/install-apart.mjs');
if (spawnSync(process.execPath, [install, 'test/agents'], { stdio: 'inherit' }).status !== 0)
  throw new Error('the programs of test/agents could not be installed');
for (const name of ['claude', 'codex', 'gemini', 'opencode'] as const) await measure(harnessAdapters[name]);

async function measure(adapter: HarnessAdapter): Promise<void> {
  const { canary, title } = adapter;
  if (canary === null) return;
  const token = 'bench';
  await using endpoint = await startHookEndpoint({
    adapter,
    token,
    inside: null,
    judge: () => Promise.resolve({ kind: 'no_objection' }),
  });
  const each: Readonly<Record<'bare' | 'ours', number[]>> = { bare: [], ours: [] };
  /** The median of what lies between two questions to the model. */
  const run = async (how: 'bare' | 'ours'): Promise<number> => {
    using ran = await runScripted({
      adapter,
      program: join(bin, adapter.program.command),
      path,
      ...(how === 'bare' ? { isBare: true } : {}),
      hook: { url: endpoint.url, urlVariable: 'WRIT_HOOK_URL', tokenVariable: 'WRIT_HOOK_TOKEN', token },
      timeoutMs: 120_000,
      script: {
        turns: [
          ...Array.from({ length: callsPerRun }, (_, call) => ({ tools: [canary.run(`true ${String(call)}`)] })),
          { say: 'That is all.' },
        ],
        fallback: { say: 'That is all.' },
      },
    });
    const between = ran.turnsAt.slice(1).map((at, index) => at - (ran.turnsAt[index] ?? at));
    if (between.length < callsPerRun) throw new Error(`${title} made ${String(between.length)} calls: ${ran.output}`);
    each[how].push(...between);
    return median(between);
  };
  const { bare, ours } = await interleaved({ bare: () => run('bare'), ours: () => run('ours') });
  const p99 = (all: readonly number[]): number =>
    all.toSorted((a, b) => a - b)[Math.floor(all.length * 0.99)] ?? Number.NaN;
  row({
    what: `a tool call of ${title} under its hooks`,
    beside: `${title} bare`,
    ratio: ours / bare,
    bar: { atMost: Math.round((1 + mostMs / bare) * 100) / 100 },
    ours: `${inMs(ours)}, p99 ${inMs(p99(each.ours))}`,
    theirs: `${inMs(bare)}, p99 ${inMs(p99(each.bare))}`,
  });
}
