/**
 * A person's yes in advance: to a target, until a time, for what an agent may ask later. It answers where a person would be asked, and widens nothing: what a
 * mandate does not cover stays refused, and a mandate that is not in force permits nothing by it.
 *
 * It refuses whatever is asked each time, secrets, protected branches, and everything outside the repository but reading from a host of the public network, or connecting to one.
 */

import { isActionLiteral } from '../set/action.ts';
import { compileReach, normaliseResource, reachesUri } from '../resource/uri.ts';
import type { ResourceReach } from '../resource/uri.ts';
import { isPublicName } from '../resource/public-name.ts';
import { whyEachTime } from './asking.ts';
import { isHighClass } from './action-class.ts';
import { classOf, uncontained } from './class-table.ts';

export type Advance = ResourceReach & {
  readonly actions: readonly string[];
  /** Exclusive, in epoch milliseconds. */
  readonly expiresAt: number;
};

/** Whether it is a yes to `action` on `uri`, which is in normal form, now and here. */
export function answersInAdvance(
  { actions, resource, resourceMatch, expiresAt }: Advance,
  asked: { readonly action: string; readonly uri: string },
  now: number,
): boolean {
  if (!(now < expiresAt) || !actions.includes(asked.action)) return false;
  const compiled = compileReach({ resource, resourceMatch });
  return compiled.ok && reachesUri(compiled.reach, asked.uri);
}

const protectedBranch = /^refs\/heads\/(?:main|master|trunk|develop|production|release)(?:\/|$)/i;
/** What an act could reach at most where everything around it is closed: the class no sandbox lowers. */
const sealed = { ...uncontained, files: 'worktree', network: 'none', credentials: 'none' } as const;

/** Why nobody says yes to it beforehand, in `project`; undefined where somebody may. Lowercase, no full stop. */
export function whyNotInAdvance(
  action: string,
  { resource, resourceMatch }: ResourceReach,
  project: string,
): string | undefined {
  if (!isActionLiteral(action)) return `\`${action}\` is not an action that can be approved`;
  const each = whyEachTime(action);
  if (each !== undefined) return each;
  if (isHighClass(classOf(action, sealed))) return 'an act of this class is approved by hand';
  const normal = normaliseResource(resource);
  if (!normal.ok) return `\`${resource}\` is not a resource that can be approved`;
  const [, scheme = '', owner = '', path = ''] = /^([a-z]+):\/\/([^/]*)\/(.*)$/.exec(normal.uri) ?? [];
  if (scheme === 'secret') return 'a secret is given by hand';
  if (scheme === 'https' && (action === 'http.get' || action === 'network.connect'))
    return isPublicName(owner.replace(/:\d+$/, '')) ? undefined : 'it is no name of the public network';
  if (scheme === 'https' || scheme === 'http' || scheme === 'mcp') return 'it is outside the project';
  if (owner !== project && scheme !== 'agent') return `it is of \`${owner}\`, not of \`${project}\``;
  if (scheme !== 'git') return undefined;
  if (protectedBranch.test(path)) return 'the branch is protected';
  if (path.startsWith('refs/tags')) return 'a tag is approved by hand';
  const isAllBranches = resourceMatch === 'prefix' && /^(?:refs(?:\/heads)?)?\/?$/.test(path);
  return isAllBranches ? 'it would cover protected branches' : undefined;
}

/** What else a yes to an action is a yes to: an encrypted connection brings what is fetched over it, because nobody sees that. */
export const broughtBy = (action: string): readonly string[] =>
  action === 'network.connect' ? ['http.get', action] : [action];

/** What a yes to `action` on `resource` covers where it stands for the same again: of a fetch or a connection its whole site, else exactly that. */
export function targetOf(action: string, resource: string): ResourceReach {
  const ofSite = action === 'http.get' || action === 'network.connect';
  const [site] = ofSite ? (/^https?:\/\/[^/?]+/.exec(resource) ?? []) : [];
  return site === undefined ? { resource, resourceMatch: 'exact' } : { resource: `${site}/`, resourceMatch: 'prefix' };
}
