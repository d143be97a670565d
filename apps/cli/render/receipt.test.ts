import { expect, it } from 'vitest';
import type { ReceiptWire } from '../connect/wire.ts';
import { plain, receipt } from './example-wire.ts';
import { receiptEnd, renderReceipt } from './receipt.ts';

const line = (changes: Partial<ReceiptWire['lines'][number]>): ReceiptWire['lines'][number] => ({
  id: 'l1',
  kind: 'session',
  subject: 's1',
  point: 'p1',
  outcome: 'stopped',
  attested_by: 'os',
  residual_until: null,
  at: '2026-03-01T12:00:00.300Z',
  note: '',
  ...changes,
});
const closed = { closed_at: '2026-03-01T12:00:00.400Z' };

it('says of each line what became of it, who attests it, and how long it took', () => {
  const [, first] = renderReceipt(receipt({ ...closed, lines: [line({})] }), plain);
  expect(first).toMatch(/✓ session +s1 +stopped +the operating system attests, after 300 ms/);
});

it('claims that everything is accounted for only when it is', () => {
  expect(receiptEnd(receipt({ ...closed, lines: [line({})] }), plain)).toContain('every line is accounted for');
  expect(
    receiptEnd(
      receipt({ ...closed, lines: [line({}), line({ id: 'l2', outcome: 'unknown', attested_by: null })] }),
      plain,
    ),
  ).toMatch(/^\? closed .*1 line cannot be vouched for$/);
  expect(
    receiptEnd(receipt({ ...closed, lines: [line({ residual_until: '2026-03-01T12:01:00.000Z' })] }), plain),
  ).toContain('cannot be vouched for');
});

it('says that it is open while it is', () => {
  expect(receiptEnd(receipt({ lines: [line({ outcome: 'pending', attested_by: null, at: null })] }), plain)).toBe(
    '? open: 1 line not heard from yet, deadline in 2 s',
  );
});

it('says when there was nothing to stop', () => {
  expect(receiptEnd(receipt(closed), plain)).toBe('✓ closed after 400 ms; nothing was running under it');
});
