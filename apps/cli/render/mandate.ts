/** Mandates as a person reads them: one in full, and all of them as a tree. Pure; every foreign word goes through `safeText`. */

import { renderHistory } from '@writ/authority';
import { fromWire } from '@writ/protocol';
import type { MandateWire } from '../connect/wire.ts';
import { bullet, count, facts, section, titleLine } from './block.ts';
import { mandateLooks, markOf, wordOf } from './look.ts';
import { safeText } from './safe-text.ts';
import type { Style } from './style.ts';
import { relative } from './when.ts';
import { cut, table } from './width.ts';

export const hows: Record<string, string> = {
  owner_token: 'with the owner’s token',
  person_token: 'with a token of their own',
  unattended: 'unattended, with --yes',
  delegated: 'through its parent',
  attended_start: 'by starting it at a terminal',
};

type Condition = MandateWire['conditions'][number];

const tests: Record<Condition['test'], string> = {
  equals: 'is',
  not_equals: 'is not',
  less_than: 'is below',
  at_most: 'is at most',
  greater_than: 'is above',
  at_least: 'is at least',
  within: 'is within',
};

/** A condition in one sentence: what must hold, and what happens when it does not. */
export function conditionSentence(condition: Condition): string {
  const then = condition.on_failure === 'revoke' ? 'it is revoked' : 'everything is held';
  const back =
    condition.on_failure === 'revoke'
      ? ''
      : condition.returns === 'automatically'
        ? `, and goes on by itself when it is so again${condition.hold_ms === 0 ? '' : ` for ${String(condition.hold_ms)} ms`}`
        : ' until a person reinstates it';
  const unreported = condition.when_unreported === 'unknown' ? '; someone has to report it first' : '';
  return safeText(
    `${condition.subject} ${tests[condition.test]} ${String(condition.value)}; otherwise ${then}${back}${unreported}`,
  );
}

const ended: ReadonlySet<string> = new Set([
  'revoked',
  'expired',
  'completed',
  'superseded',
  'refused',
  'lapsed',
  'cascaded',
]);

/** Whether nothing can happen under it any more. */
export const hasEnded = (mandate: Pick<MandateWire, 'state'>): boolean => ended.has(mandate.state);

/** Until when it holds, in words; empty once it has ended. */
function until(mandate: MandateWire, style: Style): string {
  return hasEnded(mandate)
    ? ''
    : `${mandate.state === 'proposed' ? 'would expire' : 'expires'} ${relative(mandate.expires_at, style.now)}`;
}

/** Who approved it, how and when; the digest names the text that was shown. */
export function approvalSentence(mandate: MandateWire, style: Style): string {
  const { approval } = mandate;
  if (approval === null) return mandate.state === 'proposed' ? 'not yet' : 'never';
  return safeText(
    `by ${approval.by} ${relative(approval.at, style.now)}, ${hows[approval.how] ?? approval.how} (text ${approval.text_digest.slice(0, 10)})`,
  );
}

/** One mandate on one page. */
export function renderMandate(mandate: MandateWire, style: Style): string[] {
  const { delegation } = mandate;
  const title = `${markOf(style, mandateLooks, mandate.state)} ${style.bold(cut(safeText(mandate.purpose), style.columns - 30))}`;
  return [
    titleLine(title, wordOf(style, mandateLooks, mandate.state), style),
    ...facts(
      [
        ['mandate', `${safeText(mandate.id)}  version ${String(mandate.version)}`],
        ['project', safeText(mandate.project)],
        ['for', safeText(mandate.actor)],
        ['under', mandate.parent === null ? '' : safeText(mandate.parent)],
        ['approved', approvalSentence(mandate, style)],
        ['expires', hasEnded(mandate) ? '' : `${relative(mandate.expires_at, style.now)} (${mandate.expires_at})`],
        ['strength', mandate.watch ? 'it only watches: what is not covered is recorded, and stopped by nobody' : ''],
        [
          'freshness',
          mandate.freshness_ms === null ? '' : `a yes is used for at most ${String(mandate.freshness_ms)} ms`,
        ],
        ['state', mandate.state_detail === '' ? '' : safeText(mandate.state_detail)],
        ['successor', mandate.successor === null ? '' : safeText(mandate.successor)],
      ],
      style,
    ),
    ...section(
      'What it allows',
      mandate.words.flatMap((words) => bullet(safeText(words), style)),
      style,
    ),
    ...section(
      'Only while',
      mandate.conditions.flatMap((condition) => bullet(conditionSentence(condition), style)),
      style,
    ),
    ...section(
      'In this order',
      mandate.history.flatMap((rule) => bullet(safeText(renderHistory(fromWire(rule))), style)),
      style,
    ),
    ...section(
      'Narrowed since',
      mandate.overlays.flatMap((overlay) =>
        bullet(
          safeText(
            `${relative(overlay.at, style.now)} by ${overlay.by}${overlay.reason === '' ? '' : `: ${overlay.reason}`}`,
          ),
          style,
        ),
      ),
      style,
    ),
    ...section(
      'Sub-agents',
      delegation.max_depth === 0
        ? []
        : bullet(
            `may hand parts of it on to ${count(delegation.max_children, 'sub-agent')}, ${count(delegation.max_depth, 'generation')} deep`,
            style,
          ),
      style,
    ),
    ...(mandate.legal_actions.length === 0
      ? []
      : [
          '',
          style.dim(
            `writ mandate ${mandate.legal_actions.filter((action) => surfaced.has(action)).join('|')} ${safeText(mandate.id)}`,
          ),
        ]),
  ];
}

/** What a person can do with a mandate from here; the rest of the table happens by itself. */
const surfaced: ReadonlySet<string> = new Set([
  'approve',
  'refuse',
  'suspend',
  'reinstate',
  'narrow',
  'extend',
  'complete',
  'revoke',
]);

type Branch = { readonly mandate: MandateWire; readonly children: readonly Branch[] };

/** Roots with what stands under them. One whose parent is not in the list counts as a root. */
export function treeOf(mandates: readonly MandateWire[]): Branch[] {
  const ids = new Set(mandates.map(({ id }) => id));
  const under = Map.groupBy(mandates, ({ parent }) => (parent !== null && ids.has(parent) ? parent : ''));
  const branch = (mandate: MandateWire): Branch => ({ mandate, children: (under.get(mandate.id) ?? []).map(branch) });
  return (under.get('') ?? []).map(branch);
}

/** Mandates as an aligned tree. */
export function renderMandateTree(mandates: readonly MandateWire[], style: Style): string[] {
  const rows: string[][] = [];
  const visit = ({ mandate, children }: Branch, lead: string, below: string): void => {
    rows.push([
      `${style.dim(lead)}${markOf(style, mandateLooks, mandate.state)} ${safeText(mandate.id)}`,
      wordOf(style, mandateLooks, mandate.state),
      cut(safeText(mandate.purpose), 44),
      style.dim(safeText(mandate.actor)),
      style.dim(until(mandate, style)),
    ]);
    for (const [at, child] of children.entries()) {
      const last = at === children.length - 1;
      visit(
        child,
        `${below}${style.mark(last ? 'last' : 'branch')} `,
        `${below}${last ? '   ' : `${style.mark('pipe')} `}`,
      );
    }
  };
  for (const root of treeOf(mandates)) visit(root, '', '');
  return table(rows);
}

/** What an approver reads, framed, so that its beginning and end cannot be mistaken. Line breaks are kept, everything else neutralised. */
/** Of a proposed extension: what would not come along with it. */
export const renderLeftBehind = ({ leaves_behind: left }: Pick<MandateWire, 'leaves_behind'>, style: Style): string[] =>
  left.map((sentence) => `${style.tone('held', style.mark('held'))} ${safeText(sentence)}`);

export const renderApprovalText = (lines: readonly string[], style: Style): string[] => [
  style.dim(style.mark('pipe')),
  ...lines.flatMap((line) =>
    wrapKeepingIndent(line, style.columns - 3).map((part) => `${style.dim(style.mark('pipe'))}${part}`),
  ),
  style.dim(style.mark('pipe')),
];

function wrapKeepingIndent(line: string, columns: number): string[] {
  const indent = /^ */.exec(line)?.[0] ?? '';
  const out: string[] = [];
  let rest = line.slice(indent.length);
  const room = Math.max(20, columns - indent.length - 2);
  while (rest.length > room) {
    const space = rest.lastIndexOf(' ', room);
    const at = space > 0 ? space : room;
    out.push(indent + (out.length > 0 ? '  ' : '') + rest.slice(0, at));
    rest = rest.slice(at).trimStart();
  }
  return [...out, indent + (out.length > 0 ? '  ' : '') + rest];
}
