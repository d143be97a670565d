/**
 * Decides what an acknowledgement and a deadline do to a receipt. Pure.
 *
 * It assumes nothing: a line nobody spoke for closes as `unconfirmed`, with the time until which an effect of it can still land, and a word
 * that comes late is added to what is there. Nobody's word takes the place of one by somebody who could see more.
 */

import type { AttestedBy, LineKind, LineOutcome, ReceiptEvent, ReceiptLine } from './events.ts';
import type { ReceiptRecord } from './receipt-record.ts';

export type Word = {
  readonly kind: LineKind;
  readonly subject: string;
  readonly outcome: Exclude<LineOutcome, 'pending' | 'unconfirmed'>;
  readonly attestedBy: Exclude<AttestedBy, 'control'>;
  readonly residualUntil: number | null;
  readonly note: string;
};

/** A point says what became of what it held. Closes the receipt when that was the last line. */
export function acknowledge(
  receipt: ReceiptRecord,
  point: string | null,
  words: readonly Word[],
  at: number,
): readonly ReceiptEvent[] {
  const lines: ReceiptLine[] = [];
  let next = receipt.lines.length + 1;
  for (const word of words) {
    const known =
      receipt.lines.find((line) => speaksOf(line, word, point)) ?? lines.find((line) => speaksOf(line, word, point));
    if (known !== undefined && (isSaid(known, word) || !maySpeakOver(word, known))) continue;
    lines.push({ ...word, id: known?.id ?? String(next++), point: known?.point ?? point, at });
  }
  const acknowledged = inParts(lines).map((part): ReceiptEvent => ({
    type: 'receipt.acknowledged',
    data: { at, lines: part },
  }));
  const saidIds = new Set(lines.map((line) => line.id));
  const isLast =
    lines.length > 0 &&
    receipt.closedAt === null &&
    receipt.lines.every((line) => line.outcome !== 'pending' || saidIds.has(line.id));
  return isLast ? [...acknowledged, { type: 'receipt.closed', data: { at } }] : acknowledged;
}

/** The end of waiting: every line still pending is unconfirmed from here on. */
export const close = (receipt: ReceiptRecord, at: number): readonly ReceiptEvent[] =>
  receipt.closedAt === null ? [{ type: 'receipt.closed', data: { at } }] : [];

/** As many lines as fit an event. */
const linesPerEvent = 200;

/** Lines in parts that fit an event each; none for no lines. */
export function inParts(lines: readonly ReceiptLine[]): readonly (readonly ReceiptLine[])[] {
  const parts: (readonly ReceiptLine[])[] = [];
  for (let from = 0; from < lines.length; from += linesPerEvent) parts.push(lines.slice(from, from + linesPerEvent));
  return parts;
}

/** Who saw how much. Control's own lines rest on its records, and no point knows better. */
const sight = { runtime: 1, os: 2, sink: 3, control: 4 } as const satisfies Record<AttestedBy, number>;

/** Whether `word` may take the place of what the line says: always where nobody spoke, otherwise from as good a sight of it. */
const maySpeakOver = ({ attestedBy }: Word, line: ReceiptLine): boolean =>
  line.attestedBy === null ||
  line.outcome === 'pending' ||
  line.outcome === 'unconfirmed' ||
  sight[attestedBy] >= sight[line.attestedBy];

const speaksOf = (line: ReceiptLine, word: Word, point: string | null): boolean =>
  line.kind === word.kind &&
  line.subject === word.subject &&
  (line.point === null || point === null || line.point === point || standsBehind(point, line));

/** An enforcer looks at the same machine as the launchers on it, and speaks of their processes where they cannot any more. */
const standsBehind = (point: string, line: ReceiptLine): boolean =>
  (line.kind === 'process_group' || line.kind === 'point') &&
  /^launcher\b/.test(line.point ?? '') &&
  /^enforcer\b/.test(point);

const isSaid = (line: ReceiptLine, word: Word): boolean =>
  line.outcome === word.outcome &&
  line.attestedBy === word.attestedBy &&
  line.residualUntil === word.residualUntil &&
  line.note === word.note;
