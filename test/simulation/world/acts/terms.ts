/** What mandates of the simulation are about, and how that is written for control. */

import type { Entry } from '../model.ts';

export const contained = { files: 'worktree', network: 'none', credentials: 'none' } as const;
export const files = 'workspace://p/src';
export const subjects = ['weather', 'risk'];
const branch = 'git://p/refs/heads/w';

export const whole: readonly Entry[] = [
  { prefix: branch, actions: ['git.push'] },
  { prefix: files, actions: ['file.read', 'file.write'] },
  ...['agent', 'work', 'check'].map((program) => ({ prefix: `shell://p/${program}`, actions: ['shell.run'] })),
];

/** Less of the same: branches below one name, and perhaps nothing else. */
export const less = (b: number, c: number): readonly Entry[] => [
  { prefix: `${branch}/${b < 0.5 ? 'a' : 'b'}`, actions: ['git.push'] },
  ...(c < 0.7 ? whole.slice(1) : []),
];

/** More than anything here was approved for. */
export const wider: readonly Entry[] = [...whole, { prefix: 'git://p/refs/heads/main', actions: ['git.push'] }];

export const branchAt = (b: number): string => `${branch}/${b < 0.45 ? 'a' : b < 0.9 ? 'b' : 'c'}/x`;

export const onWire = (entries: readonly Entry[]) =>
  entries.map(({ prefix, actions }) => ({
    type: 'mission_resource_access' as const,
    resource: prefix,
    resource_match: 'prefix' as const,
    actions: [...actions],
  }));

export const iso = (at: number): string => new Date(Math.floor(at)).toISOString();

/** Nobody can say whether it was done. */
export const isUnknown = ({ code, status }: { readonly code: string; readonly status: number }): boolean =>
  code === 'control_unreachable' || status >= 500;

export function remove<T>(list: T[], one: T): void {
  const at = list.indexOf(one);
  if (at >= 0) list.splice(at, 1);
}
