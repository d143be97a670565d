import { describe, expect, it } from 'vitest';
import {
  approved,
  builder,
  control,
  given,
  notFrozen,
  owner,
  proposed,
  pushTo,
  recordOf,
  revoked,
  suspended,
  terms,
} from '../testing/scenario.ts';
import { legalActions, lifecycle } from '@writ/authority';
import type { MandateCommand } from './decide.ts';
import { evolve } from './evolve.ts';

const approve: MandateCommand = { type: 'approve', revision: 1, textDigest: 'text', how: 'owner_token' };
const reading = (value: string) => ({ 'branch:p/x': { value, at: 5, sequence: 1 } });

describe('approving', () => {
  it('makes the mandate active, with the evidence', () => {
    given([proposed('m0')])
      .when(approve)
      .then([
        {
          type: 'mandate.approved',
          data: { at: 10, by: 'owner', how: 'owner_token', revision: 1, textDigest: 'text', restedOn: [] },
        },
      ]);
  });
  it('is refused when the proposal is not the revision that was shown', () => {
    given([
      proposed('m0'),
      { type: 'mandate.revised', data: { at: 2, by: 'owner', terms: terms({ purpose: 'more' }) } },
    ])
      .when(approve)
      .refused('revision_changed');
  });
  it('is refused when the text is not the text that was shown', () => {
    given([proposed('m0')])
      .when(approve, { textDigest: 'another' })
      .refused('text_changed');
  });
  it('is refused to an agent, and after the proposal lapsed', () => {
    given([proposed('m0')])
      .when(approve, { by: builder })
      .refused('not_an_approver');
    given([proposed('m0')])
      .when(approve, { now: 1_000 })
      .refused('wrong_state');
  });
  it('unattended does not suffice for a high class that would not ask each time', () => {
    const unattended = { ...approve, how: 'unattended' } as const;
    const merge = (ask: boolean) => [
      ...pushTo('writ'),
      { ...pushTo('main', ['git.merge'])[0]!, constraints: ask ? { requiresActionApproval: true } : {} },
    ];
    given([proposed('m0', { authority: merge(false) })])
      .when(unattended)
      .refused('unattended_insufficient');
    given([proposed('m0', { authority: pushTo('writ', ['git.*']) })])
      .when(unattended)
      .refused('unattended_insufficient');
    given([proposed('m0', { authority: merge(true) })])
      .when(unattended)
      .then([
        {
          type: 'mandate.approved',
          data: { at: 10, by: 'owner', how: 'unattended', revision: 1, textDigest: 'text', restedOn: [] },
        },
      ]);
  });
  it('records the readings it rests on, and is refused while one fails', () => {
    const m0 = proposed('m0', { conditions: [notFrozen()] });
    given([m0])
      .when(approve, { readings: reading('frozen') })
      .refused('condition_failed');
    given([m0])
      .when(approve, { readings: reading('open') })
      .then([
        {
          type: 'mandate.approved',
          data: {
            at: 10,
            by: 'owner',
            how: 'owner_token',
            revision: 1,
            textDigest: 'text',
            restedOn: [{ subject: 'branch:p/x', value: 'open', source: 'test', sequence: 1 }],
          },
        },
      ]);
  });
});

describe('stopping', () => {
  it('a stop of something already stopped is done, with no event', () => {
    given([proposed('m0'), approved(), revoked()])
      .when({ type: 'revoke', reason: 'again' })
      .then([]);
    given([proposed('m0'), approved(), suspended()])
      .when({ type: 'suspend', cause: { kind: 'person', by: 'owner', reason: '' } })
      .then([]);
  });
  it('of a proposal is its refusal', () => {
    given([proposed('m0')])
      .when({ type: 'revoke', reason: 'no' })
      .then([{ type: 'mandate.refused', data: { at: 10, by: 'owner', reason: 'no' } }]);
  });
  it('expiry is judged before the stored state: nothing can be done after it but writing it down', () => {
    const m0 = [proposed('m0'), approved()];
    given(m0)
      .when({ type: 'narrow', authority: pushTo('writ/a'), reason: '' }, { now: 1_000 })
      .refused('wrong_state');
    given(m0)
      .when({ type: 'expire' }, { now: 1_000, by: control })
      .then([{ type: 'mandate.expired', data: { at: 1_000 } }]);
  });
});

describe('reinstating', () => {
  const held = [proposed('m0', { conditions: [notFrozen()] }), approved(), suspended()];
  it('is for a person, and not while a condition fails', () => {
    given(held).when({ type: 'reinstate', reason: '' }, { by: builder }).refused('not_an_approver');
    given(held)
      .when({ type: 'reinstate', reason: '' }, { readings: reading('frozen') })
      .refused('condition_failed');
    given(held)
      .when({ type: 'reinstate', reason: 'ok' })
      .then([{ type: 'mandate.reinstated', data: { at: 10, by: 'owner', reason: 'ok' } }]);
  });
});

describe('the lifecycle table is the only authority on legality', () => {
  const histories = {
    proposed: [proposed('m0')],
    active: [proposed('m0'), approved()],
    suspended: [proposed('m0'), approved(), suspended()],
    revoked: [proposed('m0'), approved(), revoked()],
  } as const;
  const commands: readonly MandateCommand[] = [
    { type: 'revise', terms: terms(), revision: null },
    approve,
    { type: 'refuse', reason: '' },
    { type: 'suspend', cause: { kind: 'person', by: 'owner', reason: '' } },
    { type: 'reinstate', reason: '' },
    { type: 'narrow', authority: pushTo('writ/a'), reason: '' },
    { type: 'revoke', reason: '' },
    { type: 'complete', reason: '' },
  ];
  const repeats: Partial<Record<keyof typeof histories, string>> = { suspended: 'suspend', revoked: 'revoke' };
  for (const [state, history] of Object.entries(histories) as [
    keyof typeof histories,
    (typeof histories)[keyof typeof histories],
  ][]) {
    for (const command of commands.filter(({ type }) => repeats[state] !== type)) {
      const isLegal = legalActions(state).includes(command.type);
      it(`${state}: ${command.type} is ${isLegal ? 'legal' : 'refused'}`, () => {
        const when = given(history).when(command, { by: owner });
        if (!isLegal) when.refused('wrong_state');
        else expect(() => when.refused('wrong_state')).toThrow();
      });
    }
  }
  it('and terminal is final in the fold: an event after the end is a corrupt log', () => {
    expect(lifecycle.revoked).toEqual({});
    for (const event of [approved(), suspended(), revoked()])
      expect(() => evolve(recordOf(histories.revoked), event)).toThrow(/corrupt log/);
  });
});
