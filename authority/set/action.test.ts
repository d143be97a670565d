import { describe, expect, test } from 'vitest';
import { actionWithin, isAction, isActionLiteral, isInFamily, namesAction } from './action.ts';

describe('actions and families', () => {
  test.each([
    ['invoices.read', 'invoices.read', true],
    ['invoices.read', 'invoices.*', true],
    ['invoices.q3.export', 'invoices.*', true],
    ['invoices.q3.*', 'invoices.*', true],
    ['invoices.*', 'invoices.*', true],
    ['invoices', 'invoices.*', false],
    ['invoices.', 'invoices.*', false],
    ['invoicesx.read', 'invoices.*', false],
    ['invoices.*', 'invoices.read', false],
    ['invoices.*', 'invoices.q3.*', false],
    ['Invoices.read', 'invoices.*', false],
    ['anything', '*', false],
    ['*', '*', false],
    ['.*', '.*', false],
    ['invoices.read write', 'invoices.*', false],
    ['invoices.re\u200bad', 'invoices.*', false],
    ['toString', '__proto__.*', false],
  ])('%s within %s: %s', (inner, outer, within) => {
    expect(actionWithin(inner, outer)).toBe(within);
  });
});

describe('a name', () => {
  test.each<[unknown, isAction: boolean, isLiteral: boolean]>([
    ['git.push', true, true],
    ['urn:a-b_c.D9', true, true],
    ['git.*', true, false],
    ['*', false, false],
    ['.*', false, false],
    ['git.*.push', false, false],
    ['git.push ', false, false],
    [' git.push', false, false],
    ['!git.push', false, false],
    ['git/push', false, false],
    ['', false, false],
    [['git.push'], false, false],
    [undefined, false, false],
  ])('%j is an action: %s, and one alone: %s', (text, action, literal) => {
    // @ts-expect-error parsed JSON that skipped the edge
    expect([isAction(text), isActionLiteral(text)]).toEqual([action, literal]);
  });

  test.each([
    ['git.push', 'git.push', true],
    ['git.*', 'git.push', true],
    ['git.*', 'git.x.push', true],
    ['git.*', 'git', false],
    ['git.*', 'git.', false],
    ['git.*', 'gitx.push', false],
    ['git.*', 'hub.push', false],
    ['git.push', 'git.pull', false],
    ['git.push', 'git.pus.x', false],
    ['git', 'git.push', false],
    ['git.x', 'git.push', false],
  ])('%s names %s: %s', (named, action, names) => {
    expect(namesAction(named, action)).toBe(names);
    expect(actionWithin(action, named)).toBe(names);
  });

  test('extends the stem of its family', () => {
    expect(isInFamily('git.push', 'git.')).toBe(true);
    expect(isInFamily('git.', 'git.')).toBe(false);
  });
});
