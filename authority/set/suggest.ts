// What to add to an authority set so that what was refused would be permitted: the least that covers it, read from verdicts that were recorded.
// It only proposes. It refuses to propose what a person has to think of alone: secrets, protected branches, publishing and the like, anything that is not of the project;
// and what no entry mends, such as an ended mandate or a bound that was not met. Each of those is told apart with the reason.

import { whyNotInAdvance } from '../action/advance.ts';
import { normaliseResource } from '../resource/uri.ts';
import type { Reason } from '../verdict/reason.ts';
import type { AuthorityEntry, AuthoritySet } from './authority-set.ts';
import { compileAuthoritySet } from './compile.ts';
import { permits } from './permits.ts';

/** Something that was asked and not permitted, and how often. */
export type Observed = {
  readonly action: string;
  readonly resource: string;
  readonly reason: Reason;
  readonly times: number;
};

export type Suggestion = {
  readonly entry: AuthorityEntry;
  /** How many of the questions it would have answered with a yes. */
  readonly times: number;
  /** The resources that were asked about, in normal form, the most often asked first. */
  readonly examples: readonly string[];
};

export type LeftAlone = {
  readonly action: string;
  readonly resource: string;
  readonly times: number;
  /** Why nothing is proposed for it, lowercase, no full stop. */
  readonly why: string;
};

export type Suggestions = { readonly suggestions: readonly Suggestion[]; readonly leftAlone: readonly LeftAlone[] };

/** From so many resources in one folder on, the folder is proposed instead of each of them. */
const folderFrom = 3;

/** The least that would have permitted what was observed under `current`, in `project`. The same input always gives the same answer. */
export function suggest(observed: readonly Observed[], current: AuthoritySet, project: string): Suggestions {
  const asked = merged(observed);
  const leftAlone = asked.flatMap((one): readonly LeftAlone[] => {
    const { action, resource, times } = one;
    const why = whyNot(one, current, project);
    return why === undefined ? [] : [{ action, resource, times, why }];
  });
  const open = asked.filter((one) => whyNot(one, current, project) === undefined);
  const suggestions = inFolders(open).toSorted(
    (a, b) => b.times - a.times || compare(a.entry.resource, b.entry.resource),
  );
  return { suggestions, leftAlone };
}

/**
 * The same question asked with the same outcome is one, asked more often.
 * INVARIANT: resources are in normal form from here on, so that no spelling such as `feat/../x` is taken for a place in another folder.
 */
function merged(observed: readonly Observed[]): readonly Observed[] {
  const byQuestion = new Map<string, Observed>();
  for (const one of observed) {
    const normal = normaliseResource(one.resource);
    const resource = normal.ok ? normal.uri : one.resource;
    const key = JSON.stringify([one.action, resource, one.reason.code]);
    const times = (byQuestion.get(key)?.times ?? 0) + one.times;
    byQuestion.set(key, { ...one, resource, times });
  }
  return [...byQuestion.values()].toSorted(
    (a, b) => b.times - a.times || compare(a.resource, b.resource) || compare(a.action, b.action),
  );
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

function whyNot({ action, resource, reason }: Observed, current: AuthoritySet, project: string): string | undefined {
  if (reason.code === 'approval_required') return 'it is approved, and asks each time';
  if (reason.code !== 'out_of_authority') return 'more authority would not have helped';
  if (!/^[a-z_]+(?:\.[a-z_]+)*$/.test(action)) return `\`${action}\` is not an action that can be approved`;
  if (reason.gap.kind !== 'resource' && reason.gap.kind !== 'action')
    return 'an entry covers it, and a bound of that entry does not; change the bound by hand';
  if (/^(?:https|mcp):/.test(resource)) return 'it is outside the project';
  const alone = whyNotInAdvance(action, { resource, resourceMatch: 'exact' }, project);
  if (alone !== undefined) return alone;
  const request = { action, resource, parameters: {} };
  return permits(current, request, 0).permitted ? 'it is permitted by now' : undefined;
}

/** One entry for each folder that was asked about in `folderFrom` places or more, and one for each resource else; actions on the same one together. */
function inFolders(asked: readonly Observed[]): readonly Suggestion[] {
  const places = new Map<string, Observed[]>();
  const folders = Map.groupBy(asked, ({ action, resource }) => JSON.stringify([action, folderOf(resource)]));
  for (const group of folders.values()) {
    const [first] = group;
    const folder = first === undefined ? undefined : folderOf(first.resource);
    const whole = folder !== undefined && new Set(group.map(({ resource }) => resource)).size >= folderFrom;
    for (const one of group) {
      const place = JSON.stringify(whole ? [folder, 'prefix'] : [one.resource, 'exact']);
      places.set(place, [...(places.get(place) ?? []), one]);
    }
  }
  return [...places].flatMap(([place, group]) => {
    // Written a few lines above.
    const [resource, resourceMatch] = JSON.parse(place) as [string, AuthorityEntry['resourceMatch']];
    const actions = [...new Set(group.map(({ action }) => action))].toSorted(compare);
    const compiled = compileAuthoritySet([{ resource, resourceMatch, actions, constraints: {} }]);
    const [entry] = compiled.ok ? compiled.set.authority : [];
    if (entry === undefined) return [];
    const times = group.reduce((sum, one) => sum + one.times, 0);
    return [{ entry, times, examples: [...new Set(group.map((one) => one.resource))] }];
  });
}

/** The folder a resource is in; undefined where that would be everything of a kind: the project's root, all branches. */
function folderOf(resource: string): string | undefined {
  const [, start = '', path = ''] = /^([a-z]+:\/\/[^/]*\/)(.*)$/.exec(resource) ?? [];
  const folder = path.slice(0, Math.max(path.lastIndexOf('/'), 0));
  const isRoot = folder === '' || folder === 'refs' || folder === 'refs/heads';
  return isRoot ? undefined : start + folder;
}
