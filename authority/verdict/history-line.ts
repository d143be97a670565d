/**
 * A history rule as a person writes it: `git.commit before git.push`, with behind commas what else it takes (`on the same resource`, `with the same tree`, `no file.write since`,
 * `within 2h`); or `first git.push asks`, with `by site` where one yes covers a whole host. Actions are joined by `or`.
 *
 * What has been read is written back by `renderHistory`, for an approver; this refuses what is not such a sentence, and rules that could never be met.
 */

import type { HistoryRule } from '../mandate/mandate.ts';
import { whyMalformedHistory } from './history.ts';

export type HistoryLine =
  { readonly ok: true; readonly rule: HistoryRule } | { readonly ok: false; readonly message: string };

type Before = Extract<HistoryRule, { readonly kind: 'before' }>;

const units: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const actionsIn = (text: string): readonly string[] => text.split(/\s+or\s+/);

/** What can stand behind a comma of a `before`, and what it says. */
const clauses: readonly (readonly [RegExp, (said: string, unit: string) => Partial<Before>])[] = [
  [/^on the same resource$/, () => ({ sameTarget: true })],
  [/^with the same ([\w.-]+)$/, (sameParameter) => ({ sameParameter })],
  [/^no (.+) since$/, (actions) => ({ staleAfter: actionsIn(actions) })],
  [/^within (\d{1,5})\s*([smhd])$/, (count, unit) => ({ maxAgeMs: Number(count) * (units[unit] ?? NaN) })],
];

/** Reads one rule; `id` becomes its id. */
export function parseHistoryLine(text: string, id: string): HistoryLine {
  const [head = '', ...rest] = text.split(',').map((part) => part.trim());
  const rule = firstUse(head, rest, id) ?? before(head, rest, id);
  const why = rule === undefined ? undefined : whyMalformedHistory([rule]);
  if (rule !== undefined && why === undefined) return { ok: true, rule };
  const because = why === undefined ? '' : `: ${why}`;
  return {
    ok: false,
    message: `\`${text}\` says of nothing what comes before it${because}; write \`git.commit before git.push, no file.write since\` or \`first git.push asks\``,
  };
}

function firstUse(head: string, rest: readonly string[], id: string): HistoryRule | undefined {
  const actions = /^first (.+) asks$/.exec(head)?.[1];
  if (actions === undefined || rest.some((clause) => clause !== 'by site')) return undefined;
  return { id, kind: 'first_use', actions: actionsIn(actions), target: rest.length > 0 ? 'site' : 'resource' };
}

function before(head: string, rest: readonly string[], id: string): HistoryRule | undefined {
  const [, first, then] = /^(.+) before (.+)$/.exec(head) ?? [];
  if (first === undefined || then === undefined) return undefined;
  let rule: Before = {
    ...{ id, kind: 'before', first: actionsIn(first), then: actionsIn(then), staleAfter: [] },
    ...{ sameTarget: false, sameParameter: null, maxAgeMs: null },
  };
  for (const clause of rest) {
    const [said] = clauses.flatMap(([pattern, says]) => {
      const match = pattern.exec(clause);
      return match === null ? [] : [says(match[1] ?? '', match[2] ?? '')];
    });
    if (said === undefined) return undefined;
    rule = { ...rule, ...said };
  }
  return rule;
}
