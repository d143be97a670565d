/**
 * The canonical text a person reads before saying yes to one action: deterministic lines, of which the digest is the evidence.
 *
 * INVARIANT: two actions that differ in anything that counts have different texts: every parameter is shown as it is, and the last line binds all
 * of them. Foreign text stands on one line with control and direction characters made visible.
 */

import type { ActionClass, RequestParameters } from '@writ/authority';
import { broughtBy, targetOf, visible } from '@writ/authority';
import { whyNotRemembered } from '../advance/advance-text.ts';
import type { JsonValue } from '@writ/journal';

/** Raised with every change of what is written here: evidence names it beside the text it kept. */
export const actionTextVersion = 'action-text-3';

export type ActionSubject = {
  readonly id: string;
  readonly mandate: string;
  readonly project: string;
  readonly purpose: string;
  readonly askedBy: string;
  readonly action: string;
  readonly resource: string;
  readonly actionClass: ActionClass;
  readonly facts: RequestParameters;
  readonly parameters: JsonValue;
};

/** For how long a yes is good, in milliseconds, and as the text says it. */
export const approvalLifeMs = 3_600_000;
const lifeWords =
  'one operation that begins within 1 hour of the yes, and only while nothing above it is paused or changed';

/** The text. `digest` is of everything the action is. */
export function actionText(subject: ActionSubject, digest: string): string {
  const lines = [
    `one action, ${subject.id}, under mandate ${subject.mandate}, project ${visible(subject.project)}`,
    `for the purpose: ${visible(subject.purpose)}`,
    `asked by: ${visible(subject.askedBy)}`,
    `action: ${visible(subject.action)}, a ${subject.actionClass}`,
    `on: ${visible(subject.resource)}`,
    'judged by the facts:',
    ...members({ ...subject.facts }),
    'with exactly these parameters:',
    ...members(subject.parameters),
    `a yes is for: ${lifeWords}`,
    ...standsFor(subject),
    `exact action: ${digest}`,
  ];
  return `${lines.join('\n')}\n`;
}

function members(value: JsonValue): readonly string[] {
  const entries = typeof value === 'object' && value !== null ? Object.entries(value) : [];
  if (entries.length === 0) return ['- none'];
  return entries
    .filter(([, member]) => member !== undefined)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, member]) => `- ${visible(name)}: ${visible(JSON.stringify(member))}`);
}

/** What a yes stands for that is remembered, where it can be. */
function standsFor(subject: ActionSubject): readonly string[] {
  const { action, resource, project } = subject;
  if (whyNotRemembered(subject, project) !== undefined) return [];
  const { resource: target, resourceMatch } = targetOf(action, resource);
  const what = `${broughtBy(action).map(visible).join(' or ')} on ${visible(target)}${resourceMatch === 'prefix' ? ' and everything under it' : ''}`;
  return [
    `remembered, it is for: ${what}, in any session of ${visible(project)}, for 30 days or until it is withdrawn`,
  ];
}
