/** A policy in words: the canonical text an admin reads and adopts, deterministic lines, of which the digest is the evidence. Pure. */

import type { ActionClass } from '@writ/authority';
import { actionClasses, visible } from '@writ/authority';
import type { ClassRule, PolicyRules } from './policy.ts';

/** Raised with every change of what is written here. */
export const policyTextVersion = 'policy-text-2';

/** The text of `rules`, which would be `version`, in the place of `before`. */
export function policyText(rules: PolicyRules, version: string, before: string): string {
  const lines = [
    `policy ${version}, in the place of ${before}`,
    'beyond what mandates and the table of classes say:',
    ...bullets(ruleWords(rules)),
    'never, for any agent, whatever a mandate says:',
    ...bullets([
      ...Object.entries(rules.refusedToAgents)
        .toSorted(byName)
        .map(([action, why]) => `\`${visible(action)}\`: ${visible(why)}`),
      'what is built in: govern mandates, write what watches it',
    ]),
  ];
  return `${lines.join('\n')}\n`;
}

/** Each rule as one sentence, class by class. */
export const ruleWords = ({ classes }: PolicyRules): readonly string[] =>
  Object.keys(actionClasses).flatMap((name) => {
    // The keys of the table are the classes.
    const actionClass = name as ActionClass;
    const rule = classes[actionClass];
    return rule === undefined ? [] : classWords(rule).map((words) => `${actionClass}: ${words}`);
  });

/** What one rule says. */
export function classWords({ approvedByAnother, stepUp, askEachTime, maxYesMs }: ClassRule): readonly string[] {
  return [
    ...(askEachTime === true ? ['a person is asked each time'] : []),
    ...(approvedByAnother === true ? ['whoever asked for it does not approve it'] : []),
    ...(stepUp === true ? ['whoever approves it signs with a key of their own'] : []),
    ...(maxYesMs === undefined ? [] : [`one yes counts at most ${String(maxYesMs)} ms`]),
  ];
}

const byName = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number => (a < b ? -1 : 1);

const bullets = (items: readonly string[]): readonly string[] =>
  (items.length === 0 ? ['nothing'] : items).map((item) => `- ${item}`);
