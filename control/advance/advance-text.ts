/**
 * The canonical text of a yes in advance: deterministic lines, of which the digest is the evidence. Pure.
 *
 * INVARIANT: what differs in anything that counts has a different text.
 */

import type { ActionClass } from '@writ/authority';
import { mayStand, targetOf, visible, whyNotInAdvance } from '@writ/authority';
import type { GivenAdvance } from './events.ts';

/** Raised with every change of what is written here. */
export const advanceTextVersion = 'advance-text-1';

/** For how long an answer is remembered, in milliseconds. */
export const rememberedMs = 30 * 24 * 3_600_000;

type Line = Pick<GivenAdvance, 'actions' | 'resource' | 'resourceMatch' | 'uses'>;

/** What it covers, in one line. */
export function advanceWords({ actions, resource, resourceMatch, uses }: Line): string {
  const what = actions.map((action) => `\`${visible(action)}\``).join(' or ');
  const where = `\`${visible(resource)}\`${resourceMatch === 'prefix' ? ' and everything under it' : ''}`;
  return `${what} on ${where}${uses === null ? '' : uses === 1 ? ', once' : `, ${String(uses)} times`}`;
}

/** The text somebody says yes to before anybody asks. It names no id: what is said yes to is the same whoever sends it. */
export function advanceText(project: string, lines: readonly Line[], expiresAt: number): string {
  return [
    `a yes in advance, in project ${visible(project)}`,
    ...lines.map((one) => `- ${advanceWords(one)}`),
    `until: ${new Date(expiresAt).toISOString()}`,
    'it answers where an agent would ask you, widens nothing, and ends when you withdraw it',
    '',
  ].join('\n');
}

/** Why an answer to it cannot be remembered; undefined where it can. */
export const whyNotRemembered = (
  {
    action,
    resource,
    actionClass,
  }: { readonly action: string; readonly resource: string; readonly actionClass: ActionClass },
  project: string,
): string | undefined =>
  mayStand(action, actionClass)
    ? whyNotInAdvance(action, targetOf(action, resource), project)
    : 'it is asked each time, and only this very action is approved';
