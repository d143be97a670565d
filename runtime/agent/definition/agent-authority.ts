/**
 * What an agent may do that was chosen for a turn: its tools, of what the session has, and what being an agent takes. Pure.
 *
 * INVARIANT: never more than the session has. What the agent's file does not name and the turn does not need is not there.
 */

import type { AuthorityEntry, AuthoritySet } from '@writ/authority';
import { actionWithin, intersect } from '@writ/authority';
import { programResource } from '@writ/protocol';
import { parseAllow } from '../../mission/allow-line.ts';
import type { Sandbox } from '../../session/events.ts';

/** To speak with its model, with a key it never sees, and with people. */
const ofEveryAgent: readonly string[] = ['model.call', 'credential.use', 'task.ask', 'task.note'];
const ofModelHosts: readonly string[] = ['model.call', 'network.connect', 'http.get'];

export type AgentNeeds = {
  /** Actions and lines of `allow`; null: all the session has. */
  readonly asked: readonly string[] | null;
  /** What it is started as; null where nothing is started. */
  readonly program: string | null;
  readonly project: string;
};

/** The part of `set` that the agent gets. */
export function agentAuthority(set: AuthoritySet, { asked, program, project }: AgentNeeds): AuthoritySet {
  if (asked === null) return withoutDelegation(set);
  const own = program === null ? [] : [programEntry(project, program)];
  return withoutDelegation([
    ...bounded(set, asked, project),
    ...bounded(set, ofEveryAgent, project),
    ...modelHosts(set),
    ...intersect(set, own),
  ]);
}

/** The part of `set` that is about what was asked for: an action wherever the set has it, a line of `allow` within its own bounds. A line that cannot be read gives nothing. */
export function bounded(set: AuthoritySet, asked: readonly string[], project: string): AuthoritySet {
  const lines = asked.filter(isLine).map((line) => parseAllow(line, project));
  return [
    ...ofActions(
      set,
      asked.filter((one) => !isLine(one)),
    ),
    ...intersect(
      set,
      lines.flatMap((line) => (line.ok ? [line.entry] : [])),
    ),
  ];
}

export const isLine = (asked: string): boolean => /\son\s/.test(asked);

/** Handed on no further. */
export const withoutDelegation = (set: AuthoritySet): AuthoritySet => set.map(({ delegation: _, ...entry }) => entry);

const ofActions = (set: AuthoritySet, actions: readonly string[]): AuthoritySet =>
  set.flatMap((entry): readonly AuthorityEntry[] => {
    const asked = actions.filter((action) => entry.actions.some((own) => actionWithin(action, own)));
    const had = entry.actions.filter((own) => actions.some((action) => actionWithin(own, action)));
    const kept = [...new Set([...asked, ...had])];
    return kept.length === 0 ? [] : [{ ...entry, actions: kept }];
  });

/** Where a model may be called it may also be reached over an encrypted connection. */
const modelHosts = (set: AuthoritySet): AuthoritySet =>
  ofActions(
    set.filter(({ actions }) => actions.some((own) => actionWithin('model.call', own))),
    ofModelHosts,
  );

const programEntry = (project: string, program: string): AuthorityEntry => ({
  resource: programResource(project, program),
  resourceMatch: 'exact',
  actions: ['shell.run'],
  constraints: {},
});

/** The sandbox of the session, as far as the agent's authority has a use for it: who may not write finds everything read-only, who may reach nothing has no network. */
export function agentSandbox(sandbox: Sandbox, authority: AuthoritySet): Sandbox {
  const has = (...wanted: readonly string[]): boolean =>
    authority.some(({ actions }) => actions.some((own) => wanted.some((action) => actionWithin(action, own))));
  const reaches = has('model.call', 'network.connect', 'http.get', 'http.post');
  return {
    ...sandbox,
    writable: has('file.write') ? sandbox.writable : [],
    network: sandbox.network === 'gated' && !reaches ? 'none' : sandbox.network,
  };
}
