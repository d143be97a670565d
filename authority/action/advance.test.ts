// A yes in advance (design, "When a person is asked"): it answers where a person would be asked, and nowhere else.

import { describe, expect, test } from 'vitest';
import { mandate } from '../test-support/mandates.ts';
import { evaluate } from '../verdict/evaluate.ts';
import type { EvaluationInput } from '../verdict/evaluate.ts';
import { noHistory } from '../verdict/history.ts';
import type { Advance } from './advance.ts';
import { whyNotInAdvance } from './advance.ts';
import { classOf, uncontained } from './class-table.ts';

const asks = { requiresActionApproval: true };
const authority = [
  { resource: 'package://p/', resourceMatch: 'prefix', actions: ['package.*'], constraints: asks },
  { resource: 'git://p/', resourceMatch: 'prefix', actions: ['git.*'], constraints: asks },
  { resource: 'secret://p/', resourceMatch: 'prefix', actions: ['secret.read'], constraints: asks },
] as const;
const left: Advance = {
  actions: ['package.install'],
  resource: 'package://p/npm/left-pad',
  resourceMatch: 'exact',
  expiresAt: 100,
};
const all: Advance = { ...left, actions: ['git.force_push', 'secret.read', 'package.publish', 'git.push'] };

const judged = (
  action: string,
  resource: string,
  advances: readonly Advance[],
  more: Partial<EvaluationInput> = {},
) => {
  const m0 = mandate('m0', { authority });
  return evaluate({
    chain: [m0],
    mandate: m0.id,
    request: { action, resource, parameters: {} },
    actionClass: classOf(action, uncontained),
    parameterDigest: 'any',
    token: { usable: true, actor: m0.actor },
    policy: { permits: true, version: 'p' },
    signals: () => undefined,
    spend: () => ({ calls: 0, tokens: 0, moneyMicros: 0 }),
    approvals: [],
    advances,
    history: noHistory,
    now: 50,
    ...more,
  });
};
const install = ['package.install', 'package://p/npm/left-pad'] as const;

describe('a yes in advance', () => {
  test('answers for its target, whatever the parameters, until its time', () => {
    expect(judged(...install, [left])).toMatchObject({ decision: 'permit', validUntil: 100 });
    expect(judged(...install, []).decision).toBe('hold');
    expect(judged('package.install', 'package://p/npm/right-pad', [left]).decision).toBe('hold');
    expect(judged(...install, [left], { now: 100 }).decision).toBe('hold');
  });

  test('widens nothing, and is no yes under a mandate that is not in force', () => {
    const more = { ...left, actions: ['shell.run'], resource: 'shell://p/npm' };
    expect(judged('shell.run', 'shell://p/npm', [more]).decision).toBe('refuse');
    const suspended = { name: 'suspended', since: 0, cause: { kind: 'person', by: 'ann', reason: '' } } as const;
    const m0 = mandate('m0', { authority, state: suspended });
    expect(judged(...install, [left], { chain: [m0], mandate: m0.id }).decision).toBe('refuse');
  });

  test('is none for what policy asks about, and none for what is asked each time', () => {
    const asking = { permits: true, version: 'p', asks: true } as const;
    expect(judged(...install, [left], { policy: asking }).decision).toBe('hold');
    for (const [action, resource] of [
      ['git.force_push', 'git://p/refs/heads/x'],
      ['secret.read', 'secret://p/KEY'],
      ['package.publish', 'package://p/x'],
    ] as const)
      expect([action, judged(action, resource, [{ ...all, resource }]).decision]).toEqual([action, 'hold']);
    const branch = 'git://p/refs/heads/x';
    expect(judged('git.push', branch, [{ ...all, resource: branch }]).decision).toBe('permit');
  });
});

test.each([
  ['git.push', 'git://p/refs/heads/main', 'exact', 'the branch is protected'],
  ['git.push', 'git://p/refs/heads', 'prefix', 'it would cover protected branches'],
  ['git.push', 'git://p/', 'prefix', 'it would cover protected branches'],
  ['git.push', 'git://other/refs/heads/x', 'exact', 'it is of `other`, not of `p`'],
  ['git.push', 'git://p/refs/heads/feat', 'prefix', undefined],
  ['http.get', 'https://docs.example/', 'prefix', undefined],
  ['network.connect', 'https://docs.example/', 'prefix', undefined],
  ['network.connect', 'https://docs.example:8443/', 'prefix', undefined],
  ['network.connect', 'http://docs.example/', 'prefix', 'it is outside the project'],
  ...[
    '10.0.0.1',
    '127.0.0.1:8443',
    '93.184.216.34',
    '[::1]:8443',
    '[2001:4860::8]',
    'localhost',
    'intranet',
    'printer.local',
    'db.corp.internal',
    'a.home.arpa',
  ].map((host) => ['network.connect', `https://${host}/`, 'prefix', 'it is no name of the public network'] as const),
  ['http.get', 'https://192.168.1.1/', 'prefix', 'it is no name of the public network'],
  ['http.post', 'https://docs.example/', 'exact', 'an act of this class is approved by hand'],
  ['mcp.write', 'mcp://ledger/post', 'exact', 'it is outside the project'],
  ['file.write', 'workspace://machine/etc/passwd', 'exact', 'it is of `machine`, not of `p`'],
  ['secret.read', 'secret://p/KEY', 'exact', 'a secret is given by hand'],
  ['deploy.production', 'shell://p/deploy', 'exact', 'a deployment is approved each time'],
  ['git.*', 'git://p/refs/heads/x', 'exact', '`git.*` is not an action that can be approved'],
  ['package.install', 'package://p/npm/left-pad', 'exact', undefined],
] as const)('%s on %s (%s): %s', (action, resource, resourceMatch, why) => {
  expect(whyNotInAdvance(action, { resource, resourceMatch }, 'p')).toBe(why);
});
