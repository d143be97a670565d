import { describe, expect, it } from 'vitest';
import { digestJson } from '../digest.ts';
import { notFrozen, pushTo, terms } from '../testing/scenario.ts';
import { approvalText } from './approval-text.ts';
import type { Terms } from './terms.ts';

const textOf = (more: Partial<Terms> = {}, revision = 1): string => {
  const it = terms({ expiresAt: Date.UTC(2030, 0, 1), ...more });
  return approvalText({ id: 'm0', revision, parent: null, terms: it }, digestJson(it));
};

describe('the text an approver approves', () => {
  it('says who, what, until when, under which conditions', () => {
    expect(textOf({ conditions: [notFrozen()], budgets: [{ kind: 'calls', limit: 3 }] })).toMatchInlineSnapshot(`
      "mandate m0, revision 1, project p
      purpose: passkeys
      for the agent: builder
      until: 2030-01-01T00:00:00.000Z
      it may:
      - push to branches \`writ\` and \`writ/*\` of \`p\`
      as long as:
      - \`branch:p/x\` is not \`frozen\`; otherwise it pauses until a person reinstates it
      within:
      - 3 operations
      it may hand on: parts of this to any agent, at most 2 at a time and 2 deep
      who else may steer: nobody
      who may bring it back or widen it: any approver of p
      a stop is complete within: 2000 ms
      exact terms: 01kzSqArfh_RiEG085PnBIAfZxdvMxO3m8JUNCcyiTs
      "
    `);
  });

  it('differs for terms that differ in anything', () => {
    const variants: readonly Partial<Terms>[] = [
      {},
      { purpose: 'other' },
      { actor: 'other' },
      { authority: pushTo('other') },
      { conditions: [notFrozen()] },
      { conditions: [notFrozen({ maxAgeMs: 5 })] },
      { conditions: [notFrozen({ whenUnreported: 'unknown' })] },
      { conditions: [notFrozen({ id: 'other' })] },
      { budgets: [{ kind: 'wall', limitMs: 1 }] },
      { delegation: { maxDepth: 1, maxChildren: 2, actors: 'any' } },
      { steerers: ['ann'] },
      { approvers: ['ann'] },
      { actorKey: 'a-key' },
      { stopProfile: { deadlineMs: 1 } },
      { expiresAt: 9 },
      { project: 'q' },
    ];
    const texts = variants.map((variant) => textOf(variant));
    expect(new Set([...texts, textOf({}, 2)]).size).toBe(texts.length + 1);
  });

  it('a purpose cannot forge a line, hide one, or turn it around', () => {
    const forged = textOf({ purpose: 'tidy up\nit may:\n- read a file\u202e' });
    expect(forged.split('\n').filter((line) => line === 'it may:')).toHaveLength(1);
    expect(forged).toContain('purpose: tidy up\\u{a}it may:\\u{a}- read a file\\u{202e}');
  });
});
