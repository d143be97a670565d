/** The kinds of things agents do, in a person's words, in the order they are shown: what stays in the repository first, what cannot be taken back last. */

import type { Did } from './seen.ts';

export const groups = {
  reads: 'read files',
  fetches: 'fetched from the network',
  edits: 'edited and committed',
  runs: 'ran other programs',
  installs: 'installed packages',
  helpers: 'started helpers',
  notes: 'planned and took notes',
  tools: 'used other tools',
  outside: 'wrote outside the repository',
  pushes: 'pushed, opened pull requests',
  sends: 'sent data to the network',
  releases: 'forced, merged, tagged, published',
  governs: 'changed what governs an agent',
} as const;

export type Group = keyof typeof groups;

/** Every group, in order. */
export const groupNames = Object.keys(groups) as readonly Group[]; // the keys of the table above

const byAction: Readonly<Record<string, Group>> = {
  'file.read': 'reads',
  'git.fetch': 'reads',
  'http.get': 'fetches',
  'git.commit': 'edits',
  'shell.run': 'runs',
  'package.install': 'installs',
  'agent.spawn': 'helpers',
  'task.note': 'notes',
  'task.ask': 'notes',
  'git.push': 'pushes',
  'pull_request.open': 'pushes',
  'pull_request.update': 'pushes',
  'http.post': 'sends',
  'git.force_push': 'releases',
  'git.merge': 'releases',
  'git.tag': 'releases',
  'package.publish': 'releases',
  'hooks.write': 'governs',
  'secret.read': 'governs',
};

/** What kind of thing it was; what no table knows is another tool. */
export const groupOf = ({ action, outside }: Pick<Did, 'action' | 'outside'>): Group =>
  action === 'file.write' ? (outside ? 'outside' : 'edits') : (byAction[action] ?? 'tools');
