import { describe, expect, it } from 'vitest';
import {
  checkSuiteOf,
  protectionRule,
  pullRequestOf,
  pushOf,
  rulesetOf,
  webhook,
} from '../../testing/github-messages.ts';
import { notFrozen } from '../../testing/scenario.ts';
import { codeOf, got, person, testControl } from '../../testing/test-control.ts';

async function github(subjects: readonly string[] = ['branch:', 'ci:', 'pr:', 'head:', 'repository:'], names = {}) {
  const kit = await testControl();
  const settings = { kind: 'github', names } as const;
  const { credential } = got(await kit.control.addSource({ id: 'gh', subjects, settings }, { by: person }));
  const secret = credential ?? '';
  return {
    kit,
    secret,
    hear: (event: string, payload: object) => kit.control.hearGithub('gh', webhook(secret, event, payload)),
    said: async (event: string, payload: object) =>
      got(await kit.control.hearGithub('gh', webhook(secret, event, payload))),
    value: (subject: string) => kit.control.state.subjects.get(subject)?.reading.value,
    [Symbol.asyncDispose]: () => kit[Symbol.asyncDispose](),
  };
}

const at = (time: string) => ({ updated_at: `2029-12-01T${time}Z` });
const locked = { lock_branch_enforcement_level: 'everyone' };

describe('a webhook of GitHub', () => {
  it('freezes the branch a protection rule locks, and every mandate that depends on it', async () => {
    await using gh = await github(['branch:'], { 'acme/app': 'p' });
    const m0 = await gh.kit.approved({ conditions: [notFrozen({ subject: 'branch:p/release/2.4' })] });
    const { operation } = await gh.kit.begun(m0);
    expect(await gh.said('branch_protection_rule', protectionRule('created', at('10:00:00')))).toMatchObject({
      subjects: [],
    });
    expect(await gh.said('branch_protection_rule', protectionRule('edited', { ...at('10:01:00'), ...locked }))).toEqual(
      {
        outcome: 'applied',
        note: '',
        subjects: ['branch:p/release/2.4'],
      },
    );
    expect(gh.kit.control.answering(m0)?.mandate.state).toMatchObject({
      name: 'suspended',
      cause: { reading: 'frozen' },
    });
    expect(gh.kit.control.state.operations.get(operation.begun.id)?.state).toMatchObject({
      interrupt: { how: 'interrupt' },
    });
    await gh.said('branch_protection_rule', protectionRule('deleted', { ...at('10:01:00'), ...locked }));
    expect(gh.value('branch:p/release/2.4')).toBe('open');
    expect(gh.kit.control.answering(m0)?.mandate.state.name).toBe('suspended');
  });

  it('a branch is open only when no rule and no ruleset locks it any more', async () => {
    await using gh = await github();
    const branch = 'branch:acme/app/release/2.4';
    await gh.kit.approved({
      conditions: [notFrozen({ subject: branch }), notFrozen({ id: '2', subject: `${branch}/x` })],
    });
    await gh.said('repository_ruleset', rulesetOf('created', at('10:00:00')));
    // The pattern reaches the branch somebody depends on, and not the one a segment deeper.
    expect([gh.value(branch), gh.value(`${branch}/x`)]).toEqual(['frozen', undefined]);
    await gh.said('branch_protection_rule', protectionRule('created', { ...at('10:01:00'), ...locked }));
    await gh.said('repository_ruleset', rulesetOf('edited', { ...at('10:02:00'), enforcement: 'disabled' }));
    expect(gh.value(branch)).toBe('frozen');
    await gh.said('branch_protection_rule', protectionRule('edited', at('10:03:00')));
    expect(gh.value(branch)).toBe('open');
    for (const more of [
      { rules: [{ type: 'deletion' }] },
      { conditions: { ref_name: { include: ['~ALL'], exclude: ['refs/heads/release/2.4'] } } },
      { target: 'tag' },
    ])
      await gh.said('repository_ruleset', rulesetOf('edited', { ...at('10:04:00'), ...more }));
    expect(gh.value(branch)).toBe('open');
    await gh.said(
      'repository_ruleset',
      rulesetOf('edited', { ...at('10:05:00'), conditions: { ref_name: { include: ['~ALL'], exclude: [] } } }),
    );
    expect(gh.value(branch)).toBe('frozen');
    await gh.said(
      'repository_ruleset',
      rulesetOf('edited', {
        ...at('10:06:00'),
        conditions: { ref_name: { include: ['~DEFAULT_BRANCH'], exclude: [] } },
      }),
    );
    expect([gh.value(branch), gh.value('branch:acme/app/main')]).toEqual(['open', 'frozen']);
    await gh.said('repository_ruleset', rulesetOf('deleted', at('10:06:00')));
    expect(gh.value('branch:acme/app/main')).toBe('open');
  });

  it('a rule that comes late changes nothing, also after a restart', async () => {
    await using gh = await github();
    await gh.said('branch_protection_rule', protectionRule('edited', { ...at('10:02:00'), ...locked }));
    await gh.kit.restart();
    const late = await gh.said('branch_protection_rule', protectionRule('edited', at('10:01:00')));
    expect(late).toMatchObject({ outcome: 'unused', note: 'it is older than what is known' });
    expect(gh.value('branch:acme/app/release/2.4')).toBe('frozen');
  });

  it('a branch’s checks succeed when those of every app have, on its latest head', async () => {
    await using gh = await github();
    const suite = async (action: string, more: object) => {
      await gh.said('check_suite', checkSuiteOf(action, more));
      return gh.value('ci:acme/app/main');
    };
    const other = { app: { id: 7 } };
    expect(await suite('requested', at('10:00:00'))).toBe('pending');
    expect(await suite('requested', { ...at('10:00:00'), ...other })).toBe('pending');
    expect(await suite('completed', at('10:01:00'))).toBe('pending');
    expect(await suite('completed', { ...at('10:02:00'), ...other, conclusion: 'cancelled' })).toBe('failure');
    expect(await suite('completed', { ...at('10:03:00'), ...other, conclusion: 'skipped' })).toBe('success');
    expect(await suite('completed', { ...at('10:02:30'), ...other, conclusion: 'failure' })).toBe('success');
    const next = { head_sha: 'bbb', created_at: '2029-12-01T11:00:00Z', updated_at: '2029-12-01T11:00:00Z' };
    expect(await suite('requested', next)).toBe('pending');
    // The head before is not what a branch stands for any more.
    expect(await suite('completed', { ...at('11:05:00'), ...other, conclusion: 'success' })).toBe('pending');
    expect(await suite('completed', { ...next, ...at('11:06:00'), conclusion: 'failure' })).toBe('failure');
  });

  it('tells of pull requests, heads and archives, each in GitHub’s own order', async () => {
    await using gh = await github();
    await gh.said('pull_request', pullRequestOf('opened', at('10:00:00')));
    expect(gh.value('pr:acme/app/2')).toBe('open');
    await gh.said('pull_request', pullRequestOf('closed', { ...at('10:02:00'), merged: true }));
    await gh.said('pull_request', pullRequestOf('reopened', at('10:01:00')));
    expect(gh.value('pr:acme/app/2')).toBe('merged');
    const second = Date.UTC(2029, 11, 1, 10) / 1_000;
    await gh.said('push', pushOf({ after: 'a1' }, second));
    await gh.said('push', pushOf({ after: 'a2' }, second));
    expect(gh.value('head:acme/app/main')).toBe('a2');
    await gh.said('push', pushOf({ after: 'a0' }, second - 1));
    expect(gh.value('head:acme/app/main')).toBe('a2');
    await gh.said('push', pushOf({ after: '0'.repeat(40), deleted: true }, second + 1));
    expect(gh.value('head:acme/app/main')).toBe('deleted');
    expect(await gh.said('push', pushOf({ ref: 'refs/tags/v1' }, second + 2))).toMatchObject({ outcome: 'unused' });
    const { repository } = pushOf();
    await gh.said('repository', { action: 'archived', repository });
    expect(gh.value('repository:acme/app')).toBe('archived');
    const order = (await gh.kit.types()).filter((type) => type === 'signal.ignored');
    expect(order).toHaveLength(2);
  });

  it('takes what nobody depends on, and writes down that it was of no use', async () => {
    await using gh = await github();
    const star = { action: 'created', repository: pushOf().repository };
    expect(await gh.said('star', star)).toMatchObject({ outcome: 'unused', note: 'no subject depends on this event' });
    expect(await gh.said('pull_request', pullRequestOf('labeled'))).toMatchObject({ outcome: 'unused' });
    expect(await gh.said('ping', { zen: 'Design for failure.', hook_id: 1 })).toMatchObject({ outcome: 'unused' });
    expect(await gh.said('push', { repository: { full_name: 'acme/app' } })).toMatchObject({
      note: 'it does not say what it should',
    });
    expect(await gh.said('push', { __proto__: null, constructor: { name: 'x' } })).toMatchObject({ outcome: 'unused' });
    expect((await gh.kit.types()).filter((type) => type === 'delivery.received')).toHaveLength(5);
    expect((await gh.kit.types()).filter((type) => type.startsWith('signal.'))).toEqual([]);
    expect(gh.kit.control.state.deliveries.get('gh')?.last).toMatchObject({ kind: 'push', outcome: 'unused' });
  });

  it('says nothing about what it may not speak for, and records that', async () => {
    await using gh = await github(['ci:acme/app']);
    const heard = await gh.said('pull_request', pullRequestOf('opened'));
    expect(heard).toMatchObject({ outcome: 'unused', note: '`pr:acme/app/2` is not for it to report', subjects: [] });
    expect(gh.value('pr:acme/app/2')).toBeUndefined();
  });
});

describe('attack: a message that is not GitHub’s, or not new', () => {
  it('is refused for its signature before it is read, and the same where there is no such source', async () => {
    await using gh = await github();
    const good = webhook(gh.secret, 'pull_request', pullRequestOf('opened'));
    const flipped = good.signature?.replace(/.$/, (last) => (last === '0' ? '1' : '0'));
    const forged = [
      { ...good, signature: undefined },
      { ...good, signature: '' },
      { ...good, signature: 'sha256=' },
      { ...good, signature: flipped },
      { ...good, signature: good.signature?.replace('sha256', 'sha1') },
      { ...good, signature: good.signature?.toUpperCase() },
      { ...good, body: `${good.body} ` },
      { ...good, body: '' },
      webhook('', 'pull_request', pullRequestOf('opened')),
      webhook('there is no such source', 'pull_request', pullRequestOf('opened')),
    ];
    for (const message of forged) expect(codeOf(await gh.kit.control.hearGithub('gh', message))).toBe('not_authentic');
    for (const source of ['none', '', '../gh', 'constructor', '__proto__'])
      for (const message of [good, ...forged])
        expect(codeOf(await gh.kit.control.hearGithub(source, message))).toBe('not_authentic');
    got(await gh.kit.control.addSource({ id: 'ci', subjects: ['pr:'], settings: { kind: 'api' } }, { by: person }));
    expect(codeOf(await gh.kit.control.hearGithub('ci', good))).toBe('not_authentic');
    expect(gh.value('pr:acme/app/2')).toBeUndefined();
    // Recorded, and not as often as a stranger likes.
    expect((await gh.kit.types()).filter((type) => type === 'attempt.refused')).toHaveLength(2);
    got(await gh.kit.control.hearGithub('gh', good));
    got(await gh.kit.control.removeSource('gh', { by: person }));
    expect(codeOf(await gh.hear('pull_request', pullRequestOf('closed', at('11:00:00'))))).toBe('not_authentic');
  });

  it('is taken once: by its number, by its bytes under another number, at once, and after a restart', async () => {
    await using gh = await github();
    const message = webhook(gh.secret, 'branch_protection_rule', protectionRule('created', locked));
    const other = webhook(gh.secret, 'pull_request', pullRequestOf('opened'));
    const deliver = (one: typeof message) => gh.kit.control.hearGithub('gh', one);
    const outcomes = await Promise.all([deliver(message), deliver(message)]);
    const [result] = outcomes.map(got);
    expect(result).toMatchObject({ outcome: 'applied', subjects: [expect.any(String)] });
    expect(outcomes.map(got)).toEqual([result, result]);
    const bytes = webhook(gh.secret, 'branch_protection_rule', protectionRule('deleted', locked));
    const renumbered = await Promise.all(['x', 'y'].map((delivery) => deliver({ ...bytes, delivery })));
    expect(renumbered.map(codeOf)).toEqual(['not refused', 'not refused']);
    const happened = async () => (await gh.kit.types()).filter((type) => /^(?:delivery|signal|mandate)\./.test(type));
    const once = await happened();
    expect(got(await deliver({ ...message, delivery: 'another' }))).toEqual(result);
    expect(codeOf(await deliver({ ...other, delivery: message.delivery }))).toBe('already_delivered');
    await gh.kit.restart();
    for (const one of [message, { ...message, delivery: 'a-third' }]) expect(got(await deliver(one))).toEqual(result);
    expect(codeOf(await deliver({ ...other, delivery: message.delivery }))).toBe('already_delivered');
    expect(await happened()).toEqual(once);
    // A source of the same name that was added anew does not forget.
    got(await gh.kit.control.removeSource('gh', { by: person }));
    expect(gh.kit.control.state.deliveries.get('gh')?.seen.size).toBe(4);
  });

  it('is refused where two readers could take it differently, or its headers name no delivery', async () => {
    await using gh = await github();
    const twice = webhook(gh.secret, 'pull_request', {}, { body: '{"action":"opened","action":"closed"}' });
    expect(codeOf(await gh.kit.control.hearGithub('gh', twice))).toBe('malformed_request');
    for (const more of [{ delivery: 'x\ny' }, { delivery: undefined }, { event: '../x' }, { event: undefined }])
      expect(codeOf(await gh.kit.control.hearGithub('gh', webhook(gh.secret, 'ping', {}, more)))).toBe(
        'malformed_request',
      );
  });
});
