/**
 * A condition as a person writes it, `branch release/2.4 is not frozen` or `risk < 70`, to the condition a mandate carries. A branch nobody has
 * reported on counts as not frozen, since most branches never are; of any other subject nobody has reported on nothing is known.
 */

import type { Condition, SignalValue } from '@writ/authority';

export type ConditionResult =
  { readonly ok: true; readonly condition: Condition } | { readonly ok: false; readonly message: string };

const tests: readonly (readonly [RegExp, Condition['test']])[] = [
  [/^(?:is not|!=)\s+/, 'not_equals'],
  [/^(?:is at most|<=)\s+/, 'at_most'],
  [/^(?:is at least|>=)\s+/, 'at_least'],
  [/^(?:is below|<)\s+/, 'less_than'],
  [/^(?:is above|>)\s+/, 'greater_than'],
  [/^(?:is|==?)\s+/, 'equals'],
];

/** Reads one condition of `project`; `id` becomes the condition's. `, else revoke` at its end ends the mandate instead of suspending it. */
export function parseCondition(text: string, id: string, project: string): ConditionResult {
  const onFailure = /,?\s*else revoke$/.test(text) ? 'revoke' : 'suspend';
  const sentence = text.replace(/,?\s*else (?:revoke|suspend)$/, '').trim();
  const match = /^(branch\s+)?(\S+)\s+(.+)$/.exec(sentence);
  const [, branch, subject = '', predicate = ''] = match ?? [];
  const found = tests.find(([pattern]) => pattern.test(predicate));
  const value = found === undefined ? '' : predicate.replace(found[0], '').trim();
  if (match === null || found === undefined || value === '')
    return {
      ok: false,
      message: `\`${text}\` is no condition; write \`branch release/2.4 is not frozen\` or \`risk < 70\``,
    };
  const isOrdering = found[1] !== 'equals' && found[1] !== 'not_equals';
  if (isOrdering && typeof scalar(value) !== 'number')
    return { ok: false, message: `\`${text}\` compares with \`${value}\`, which is not a number` };
  return {
    ok: true,
    condition: {
      id,
      subject: branch === undefined ? subject : `branch:${project}/${subject}`,
      test: found[1],
      value: scalar(value),
      onFailure,
      returns: 'by_reinstatement',
      holdMs: 0,
      maxAgeMs: null,
      whenUnreported: branch === undefined ? 'unknown' : 'holds',
    },
  };
}

function scalar(text: string): SignalValue {
  if (/^-?\d+(\.\d+)?$/.test(text)) return Number(text);
  return text === 'true' ? true : text === 'false' ? false : text.replace(/^(['"`])(.*)\1$/, '$2');
}
