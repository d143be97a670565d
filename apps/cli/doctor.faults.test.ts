/** An installation is looked at from outside: each thing that is broken is named with the way to mend it, and the way out works. */

import { chmodSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ownMachine, until } from './testing/machine.ts';

const machine = ownMachine();
const { writ, json } = machine;

type Findings = {
  readonly ok: boolean;
  readonly findings: readonly { what: string; state: string; found: string; way_out: string | null }[];
};

const broken = async (): Promise<readonly string[]> =>
  (await json<Findings>(['doctor'], 1)).findings
    .filter(({ state }) => state === 'broken')
    .map(({ what, way_out }) => `${what} → ${way_out ?? ''}`);

it(
  'says what is wrong with an installation and how to mend it, and changes nothing',
  { timeout: 120_000 },
  async () => {
    // Before anything: nothing is wrong, and nothing was made.
    expect(await json<Findings>(['doctor'])).toMatchObject({ ok: true });
    await writ(['up']);
    const ready = (found: Findings): number =>
      found.findings.filter((one) => one.found === 'answers, and is ready').length;
    await until('all three are ready', async () => ready(await json<Findings>(['doctor'])) === 3);
    const whole = await json<Findings>(['doctor']);
    expect(
      whole.findings
        .filter(({ state }) => state !== 'good')
        .map(({ what }) => what)
        .filter((what) => what !== 'sandbox'),
    ).toEqual([]);
    expect(whole.findings.map(({ what }) => what)).toEqual(
      expect.arrayContaining([
        'state',
        'disk',
        'journal of control',
        'journal of runtime',
        'supervisor',
        'control',
        'enforcer',
        'runtime',
        'sandbox',
      ]),
    );

    const control = machine.pidOf('control');
    process.kill(control, 'SIGSTOP');
    expect(await broken()).toEqual([
      expect.stringMatching(/^control → read .*control\.log; `writ down` and `writ up`/),
    ]);
    process.kill(control, 'SIGCONT');
    await until('control answers', async () => (await writ(['doctor'])).code === 0);

    const key = join(machine.home, 'control', 'evidence.key');
    chmodSync(key, 0o644);
    expect(await broken()).toEqual([expect.stringMatching(/^evidence key of control → chmod 600/)]);
    chmodSync(key, 0o600);
    await writ(['down']);

    const journal = join(machine.home, 'control', 'control.db');
    const bytes = readFileSync(journal);
    truncateSync(journal, 100);
    writeFileSync(join(machine.home, 'store.json'), JSON.stringify({ store: 'embedded' }));
    expect(await broken()).toEqual([expect.stringMatching(/^journal of control → `writ store restore`/)]);
    writeFileSync(journal, bytes);
    expect((await writ(['doctor'])).code).toBe(0);
  },
);
