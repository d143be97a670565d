/** What an attended session says of itself at its start and its end. Pure. */

import type { SandboxKind } from '@writ/enforce/attended';
import { hang } from '../render/width.ts';
import type { Judged } from './judge-deps.ts';
import type { NetworkKind } from './plan-network.ts';

/** By what the program asks before it acts; null: it asks nobody. */
export type AsksBy = 'hooks' | 'editor' | 'hooks and editor' | null;

type Strength = {
  readonly sandbox: SandboxKind | null;
  readonly asksBy: AsksBy;
  readonly watches: boolean;
  readonly network: NetworkKind;
};

const withWords = {
  hooks: 'with its hooks',
  editor: 'with what it asks its editor',
  'hooks and editor': 'with its hooks and what it asks its editor',
} as const;
const guardWords = {
  hooks: 'its own hooks; a flag can bypass them',
  editor: 'what it asks its editor; it need not ask',
  'hooks and editor': 'its own hooks, and what it asks its editor; a flag can bypass them',
} as const;

const networkWords: Readonly<Record<NetworkKind, string>> = {
  gated: 'its network leads through the gate',
  open: 'its network is open',
  none: 'it has no network',
};

/** How much of what was approved is held against a program that does not ask. */
export const strengthOf = ({ sandbox, asksBy, watches, network }: Strength): string =>
  watches
    ? `watch (nothing is held back: ${asksBy === null ? '' : 'what would be refused is recorded, and '}a stop ends its processes)`
    : sandbox !== null
      ? `contain (sandbox)${asksBy === null ? '' : ` ${withWords[asksBy]}`}; ${networkWords[network]}`
      : asksBy !== null
        ? `guard (${guardWords[asksBy]})`
        : 'watch (no sandbox, no hooks: nothing is held back, a stop ends its processes)';

/** The lines at the start, for a terminal of so many columns. */
export const greeting = (start: {
  readonly title: string;
  readonly preset: string;
  readonly mandate: string;
  readonly session: string;
  readonly strength: string;
  /** What has to come before what, in words. */
  readonly order: readonly string[];
  /** The command that shows whether this very program is held, where none did on this machine; null: one did, or it is no harness. */
  readonly tryWith: string | null;
  readonly columns: number;
}): readonly string[] => [
  ...hang('writ  ', `${start.title}, preset \`${start.preset}\`, mandate ${start.mandate}`, start.columns),
  ...[
    `holds by: ${start.strength}`,
    ...(start.tryWith === null
      ? []
      : [`unproven: \`${start.tryWith}\` tries this version with a call that has to be refused`]),
    ...start.order,
    `from another terminal: writ pause ${start.session} · writ stop ${start.session} · writ scope`,
  ].flatMap((line) => hang('      ', line, start.columns)),
  '',
];

/** The last lines, each a word and what there is to say of it; `because`: why it was ended, which nobody may have read on the program's own screen. */
export const lastLines = (lines: readonly string[], because: string | null, columns: number): readonly string[] =>
  [...(because === null ? [] : [`ended:   ${because}`]), ...lines].flatMap((line) => {
    const [head = ''] = /^\w+: +/.exec(line) ?? [];
    return hang(`writ  ${head}`, line.slice(head.length), columns);
  });

/** What was refused, for the last lines. */
export const refusedLine = (refused: readonly Judged[]): string =>
  refused.length === 0
    ? 'nothing'
    : `${String(refused.length)}, the last: ${refused.at(-1)?.tool ?? ''} (${refused.at(-1)?.sentence ?? ''})`;

/** What would have been refused under a preset that does not only watch. */
export const watchedLine = (would: readonly Judged[]): string =>
  would.length === 0
    ? 'nothing would have been refused'
    : `${String(would.length)} would have been refused or asked, such as ${would.at(-1)?.action ?? ''} on ${would.at(-1)?.resource ?? ''}`;

/** What a program that was killed may have left switched on: the second screen, mouse reports, bracketed paste, a hidden cursor, colours. */
export const screenReset =
  '\u001b[?47l\u001b[?1000l\u001b[?1002l\u001b[?1003l\u001b[?1004l\u001b[?1006l\u001b[?2004l\u001b[?25h\u001b[0m';
