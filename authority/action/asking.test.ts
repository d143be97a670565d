// When a person is asked (design, "The one verdict"): the laws of the table, over every action, place and preset.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Containment } from './class-table.ts';
import { uncontained } from './class-table.ts';
import type { Target } from './asking.ts';
import { askingOf, askings, eachTime } from './asking.ts';

const places: readonly Containment[] = (['worktree', 'open'] as const).flatMap((files) =>
  (['none', 'gated', 'open'] as const).flatMap((network) =>
    (['none', 'open'] as const).map((credentials) => ({ files, network, credentials })),
  ),
);
const actions = [
  ...['file.read', 'file.write', 'git.commit', 'git.push', 'package.install', 'http.get', 'http.post', 'shell.run'],
  ...['git.force_push', 'git.merge', 'git.tag', 'package.publish', 'deploy.production', 'payment.send', 'mcp.commit'],
  ...['secret.read', 'mandate.administer', 'hooks.write', 'never.heard.of', 'agent.spawn', 'task.ask', 'mcp.call'],
];
const place = fc.constantFrom(...places);
const action = fc.constantFrom(...actions);
const target = fc.constantFrom<Target>('named', 'new');
const order = {
  files: ['worktree', 'open'],
  network: ['none', 'gated', 'open'],
  credentials: ['none', 'open'],
} as const;
const rank = (of: string): number => askings.findIndex((one) => one === of);

/** Whether nothing is open in `inner` that `outer` closes. */
const bounds = (inner: Containment, outer: Containment): boolean =>
  order.files.indexOf(inner.files) <= order.files.indexOf(outer.files) &&
  order.network.indexOf(inner.network) <= order.network.indexOf(outer.network) &&
  order.credentials.indexOf(inner.credentials) <= order.credentials.indexOf(outer.credentials);

test('law: whatever bounds it and whoever named it, what is on the list is asked each time', () => {
  fc.assert(
    fc.property(fc.constantFrom(...eachTime.keys()), place, target, (family, where, named) => {
      expect(askingOf(family, named, where)).toBe('each_time');
      expect(askingOf(`${family}.more`, named, where)).toBe('each_time');
    }),
  );
});

test('law: more containment never asks more, and a target that is named is never asked more about than a new one', () => {
  fc.assert(
    fc.property(action, place, place, target, (what, one, other, named) => {
      if (bounds(one, other))
        expect(rank(askingOf(what, named, one))).toBeLessThanOrEqual(rank(askingOf(what, named, other)));
      expect(rank(askingOf(what, 'named', one))).toBeLessThanOrEqual(rank(askingOf(what, 'new', one)));
    }),
    { numRuns: 2_000 },
  );
});

describe('work inside the worktree under containment', () => {
  const contained: Containment = { files: 'worktree', network: 'gated', credentials: 'none' };
  test.each(['file.read', 'file.write', 'git.commit', 'shell.run', 'package.install', 'task.note'])('%s', (what) => {
    expect(askingOf(what, 'named', contained)).toBe('covered');
  });
  test('outside, what nobody can place is asked each time', () => {
    expect(askingOf('shell.run', 'named', uncontained)).toBe('each_time');
  });
});
