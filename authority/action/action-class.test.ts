/** The two tables of the design (mandate, "The one verdict"): what each class of action asks for, and which class an action is in. */
import { describe, expect, test } from 'vitest';
import type { ActionClass } from './action-class.ts';
import { actionClasses, isHighClass, widerClass } from './action-class.ts';
import type { Containment } from './class-table.ts';
import { classOf, classTableVersion, uncontained } from './class-table.ts';

/** Narrowest first. */
const classes: readonly ActionClass[] = [
  'non_consequential',
  'consequential_read',
  'workspace_write',
  'consequential_write',
  'irreversible_action',
  'external_commitment',
  'privileged_administration',
];

describe('what a class asks for', () => {
  test.each([
    ['non_consequential', 'no freshness', 'continue_in_slice', 'batched', 'continue', 'end', false, 300],
    ['consequential_read', '5000 ms', 'stop_at_bound', 'batched', 'drain', 'interrupt', false, 60],
    ['workspace_write', '5000 ms', 'stop_at_bound', 'per_turn', 'freeze', 'freeze_then_kill', false, 60],
    ['consequential_write', 'fresh', 'refuse', 'before_reply', 'interrupt', 'interrupt', false, 30],
    ['irreversible_action', 'fresh, one use', 'refuse', 'before_reply', 'interrupt', 'interrupt', true, 15],
    ['external_commitment', 'fresh, one use', 'refuse', 'before_reply', 'interrupt', 'interrupt', true, 15],
    ['privileged_administration', 'fresh, one use', 'refuse', 'before_reply', 'interrupt', 'interrupt', true, 15],
  ] as const)('%s', (name, freshness, unreachable, recording, onSuspend, onEnd, review, leaseSeconds) => {
    const rule = actionClasses[name];
    const of = rule.freshness;
    const said =
      of.kind === 'none'
        ? 'no freshness'
        : of.kind === 'cached'
          ? `${String(of.maxAgeMs)} ms`
          : of.singleUsePermit
            ? 'fresh, one use'
            : 'fresh';
    expect(said).toBe(freshness);
    expect(rule).toMatchObject({
      whenControlIsUnreachable: unreachable,
      recording,
      onSuspend,
      onEnd,
      reviewAfterInterrupt: review,
      leaseMs: leaseSeconds * 1_000,
    });
    // Whatever it is, a stop is over in two seconds.
    expect(rule.stopDeadlineMs).toBe(2_000);
  });

  test('the table has the classes there are, and the high ones are those a review follows', () => {
    expect(Object.keys(actionClasses)).toEqual(classes);
    expect(classes.filter(isHighClass)).toEqual(classes.slice(4));
  });

  test('of two classes the wider one counts, whichever comes first', () => {
    for (const [i, a] of classes.entries())
      for (const [j, b] of classes.entries()) expect(widerClass(a, b)).toBe(i >= j ? a : b);
  });
});

describe('which class an action is in', () => {
  const sealed: Containment = { files: 'worktree', network: 'none', credentials: 'none' };

  test.each<[ActionClass, readonly string[]]>([
    ['non_consequential', ['task.note', 'task.ask', 'task.propose']],
    ['consequential_read', ['file.read', 'git.fetch', 'http.get', 'credential.use']],
    ['workspace_write', ['file.write', 'git.commit', 'package.install', 'agent.spawn']],
    ['consequential_write', ['git.push', 'pull_request.open', 'pull_request.update', 'network.connect', 'model.call']],
    ['irreversible_action', ['git.force_push']],
    ['external_commitment', ['git.merge', 'git.tag', 'http.post', 'package.publish']],
    ['privileged_administration', ['secret.read', 'mandate.administer', 'hooks.write']],
  ])('%s: %j', (expected, actions) => {
    // What is known does not depend on where it runs.
    for (const action of actions)
      expect([classOf(action, uncontained), classOf(action, sealed)]).toEqual([expected, expected]);
  });

  test('an action nobody knows takes the widest class its place lets it reach', () => {
    expect(classOf('shell.run', sealed)).toBe('workspace_write');
    // What leaves through a gate is judged there, by itself.
    expect(classOf('shell.run', { ...sealed, network: 'gated' })).toBe('workspace_write');
    expect(classOf('shell.run', uncontained)).toBe('external_commitment');
    expect(classOf('shell.run', { ...sealed, files: 'open' })).toBe('external_commitment');
    expect(classOf('shell.run', { ...sealed, network: 'open' })).toBe('external_commitment');
    expect(classOf('shell.run', { ...sealed, credentials: 'open' })).toBe('external_commitment');
    expect(uncontained).toEqual({ files: 'open', network: 'open', credentials: 'open' });
  });

  test('the table has a version, which every verdict records', () => {
    expect(classTableVersion).toMatch(/^classes-\d+$/);
  });
});
