import { describe, expect, it } from 'vitest';
import { mandate, plain } from './example-wire.ts';
import { conditionSentence, renderApprovalText, renderMandate, renderMandateTree } from './mandate.ts';
import { safeLines } from './safe-text.ts';

describe('renderMandateTree', () => {
  it('draws children under their parents, whatever the order they come in', () => {
    const lines = renderMandateTree(
      [
        mandate({ id: 'm0.2', parent: 'm0', state: 'cascaded' }),
        mandate({ id: 'm0.1.1', parent: 'm0.1' }),
        mandate({ id: 'm0.1', parent: 'm0' }),
        mandate({ id: 'm0', state: 'revoked' }),
      ],
      plain,
    );
    expect(lines.map((line) => line.trim().split(/\s{2,}/)[0])).toEqual([
      '✗ m0',
      '├─ ✗ m0.2',
      '└─ ● m0.1',
      '└─ ● m0.1.1',
    ]);
    expect(lines[1]).toContain('ended from above');
  });

  it('shows one whose parent is not there as a root', () => {
    expect(renderMandateTree([mandate({ id: 'm9.1', parent: 'm9' })], plain)[0]).toMatch(/^ {2}● m9\.1/);
  });
});

describe('renderMandate', () => {
  it('says who approved it, and the state never by a mark alone', () => {
    const text = renderMandate(mandate({ state: 'suspended', legal_actions: ['reinstate', 'revoke'] }), plain).join(
      '\n',
    );
    expect(text).toMatch(/‖ Passkey login +suspended/);
    expect(text).toContain('by owner just now, with the owner’s token (text abcdefghij)');
    expect(text).toContain('writ mandate reinstate|revoke m0');
  });

  it('says that an unattended approval was one', () => {
    const { approval } = mandate();
    expect(renderMandate(mandate({ approval: { ...approval!, how: 'unattended' } }), plain).join('\n')).toContain(
      'unattended, with --yes',
    );
  });
});

it('puts a condition in a sentence', () => {
  const condition = {
    id: 'c',
    subject: 'branch:x',
    test: 'not_equals',
    value: 'frozen',
    on_failure: 'suspend',
    returns: 'by_reinstatement',
    hold_ms: 0,
    max_age_ms: null,
    when_unreported: 'holds',
  } as const;
  expect(conditionSentence(condition)).toBe(
    'branch:x is not frozen; otherwise everything is held until a person reinstates it',
  );
});

it('frames every line of what is approved, so that none can pass for ours', () => {
  const lines = renderApprovalText(safeLines(`purpose: x\n${'word '.repeat(60)}\n\u001b[2Jend`), plain);
  expect(lines.every((line) => line.startsWith('│'))).toBe(true);
  expect(lines.join('')).toContain('␛[2Jend');
});
