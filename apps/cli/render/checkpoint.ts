/** Checkpoints and previews as a person reads them. Pure; foreign words go through `safeText`. */

import type { CheckpointWire, RewindPreviewWire } from '../connect/wire.ts';
import { section } from './block.ts';
import { safeText } from './safe-text.ts';
import type { Style } from './style.ts';
import { relative } from './when.ts';
import { table } from './width.ts';

const reasons: Record<CheckpointWire['why'], string> = {
  before_turn: 'before a turn',
  after_turn: 'after a turn',
  before_rewind: 'before going back',
  after_rewind: 'after going back',
  asked: 'asked for',
};

/** One line each. */
export function renderCheckpoints(items: readonly CheckpointWire[], session: string, style: Style): string[] {
  if (items.length === 0) return [`session ${safeText(session)} has no checkpoint yet`];
  const rows = items.map(({ checkpoint, at, why, turn, files, branch }) => [
    safeText(checkpoint),
    `${reasons[why]}${turn === null ? '' : ` ${safeText(turn)}`}`,
    files.in === 'nothing'
      ? style.tone('held', `no files: ${safeText(files.because)}`)
      : `${files.tree.slice(0, 10)}${files.in === 'shadow' ? ' (without Git)' : ''}`,
    safeText(branch ?? ''),
    style.dim(relative(at, style.now)),
  ]);
  return [
    ...table(rows),
    ...section(
      'Not in the newest',
      (items.at(-1)?.without ?? []).map((line) => `  ${safeText(line)}`),
      style,
    ),
  ];
}

const words = { write: 'write', restore: 'bring back', delete: 'delete', leave: 'leave alone' } as const;
/** What cannot be seen any more afterwards comes first. */
const order = ['delete', 'write', 'restore', 'leave'] as const;
const mostLines = 60;

/** How many of each there are. */
const counted = (lines: RewindPreviewWire['lines']): string =>
  order
    .map((kind) => [kind, lines.filter(({ does }) => does === kind).length] as const)
    .filter(([, count]) => count > 0)
    .map(([kind, count]) => `${String(count)} to ${words[kind]}`)
    .join(', ');

/** What would happen, path by path, and what stays. */
export function renderPreview({ to, lines, stays, hash }: RewindPreviewWire, style: Style): string[] {
  const title = `Back to ${safeText(to.checkpoint)}, ${reasons[to.why]}, ${relative(to.at, style.now)}`;
  const rows = lines
    .toSorted((a, b) => order.indexOf(a.does) - order.indexOf(b.does))
    .slice(0, mostLines)
    .map(({ path, does, elsewhere, why }) => [
      style.tone(does === 'delete' ? 'bad' : does === 'leave' ? 'quiet' : 'plain', words[does]),
      safeText(path),
      style.dim(safeText(why === '' ? (elsewhere ? 'changed outside its turns' : '') : why)),
    ]);
  return [
    style.bold(title),
    ...(rows.length === 0 ? ['  the files are as they were'] : table(rows).map((line) => `  ${line}`)),
    ...(lines.length > mostLines
      ? [`  … and ${String(lines.length - mostLines)} more (${counted(lines)} in all); --json shows them`]
      : []),
    ...section(
      'Stays as it is',
      stays.map((line) => `  ${safeText(line)}`),
      style,
    ),
    style.dim(`  preview ${hash}`),
  ];
}
