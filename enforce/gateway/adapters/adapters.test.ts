/** Every adapter of ours against its own recorded hooks: what it reads, what it asks for, and that a refusal is never read as a yes. */

import { expect, test } from 'vitest';
import { ownRules } from '../../supervisor/own-rules.ts';
import { judgedActions } from '../hooks/tool-call.ts';
import type { HarnessAdapter } from './adapter.ts';
import { harnessAdapters } from './adapters.ts';

const all: readonly HarnessAdapter[] = Object.values(harnessAdapters);
const place = { project: 'app', root: '/repo', home: '/home/dev', realPath: (path: string) => path };

test.each(all.flatMap((adapter) => adapter.samples.map((sample) => ({ adapter, sample, name: adapter.name }))))(
  '$name reads $sample.name',
  ({ adapter, sample }) => {
    const event = adapter.read(sample.body);
    expect(event?.kind).toBe(sample.is);
    if (event?.kind !== 'call') return;
    const does = event.calls
      .flatMap((one) => judgedActions(one.tool, one.input, { ...place, cwd: one.cwd ?? event.cwd }))
      .map(({ action, resource }) => ({ action, resource }));
    expect(does).toEqual(sample.does);
    expect(event.helper !== null).toBe(sample.byHelper === true);
  },
);

test.each(all)('$name: what it says of arguments is so', (adapter) => {
  for (const argv of adapter.bypasses) expect(adapter.bypass(argv, { contained: true }), argv.join(' ')).toBeDefined();
  expect(adapter.bypass(['-p', 'work'], { contained: true })).toBeUndefined();
});

test.each(all)(
  '$name: what governs it in a repository is in the table that runs of missions are held to, too',
  (adapter) => {
    const known: readonly string[] = ownRules;
    expect(adapter.keeps.repositoryRules.filter((name) => !known.includes(name))).toEqual([]);
    expect(adapter.keeps.repositoryRules).not.toEqual([]);
  },
);

test.each(all)('$name: what it cannot read is no call that asks for nothing', (adapter) => {
  for (const body of [undefined, null, 7, 'x', [], {}, { hook_event_name: adapter.asks }])
    expect(adapter.read(body) ?? { kind: 'call', calls: [] }).toMatchObject({ kind: 'call', calls: [] });
});

test.each(all.filter(({ canary }) => canary !== null))(
  '$name: the settings that govern it are there before it is, so that it cannot make them',
  ({ keeps }) => {
    expect([...keeps.seeds.map(({ path }) => path), ...keeps.made]).toContain(keeps.rules[0]);
  },
);
