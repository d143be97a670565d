import { describe, expect, test } from 'vitest';
import { actionWithin } from './action.ts';

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
