/** An agent of a project as people accepted it: which bytes of its file, from which commit, by whom. What was not accepted is never what runs. */

import type { Stamp } from '../../log.ts';
import type { AgentFormat } from '../definition/tool-table.ts';

export type AcceptedEvent = {
  readonly type: 'agent.accepted';
  readonly data: {
    readonly project: string;
    readonly name: string;
    readonly hash: string;
    readonly format: AgentFormat;
    readonly path: string;
    readonly commit: string;
    /** The file, whole. */
    readonly source: string;
  };
};

export const acceptedTypes: Readonly<Record<AcceptedEvent['type'], true>> = { 'agent.accepted': true };

/** `at`: the version of its stream where the bytes are. */
export type Acceptance = Omit<AcceptedEvent['data'], 'source' | 'project' | 'name'> & { readonly at: number };

export type AcceptedAgent = {
  /** `PROJECT/NAME`. */
  readonly id: string;
  readonly project: string;
  readonly name: string;
  /** Newest last; an older one stays what an earlier message was pinned to. */
  readonly accepted: readonly Acceptance[];
  readonly version: number;
};

export const acceptedId = (project: string, name: string): string => `${project}/${name}`;

/** The fold of one agent's stream. */
export function evolveAccepted(
  agent: AcceptedAgent | undefined,
  event: AcceptedEvent,
  { version }: Stamp,
): AcceptedAgent {
  const { project, name, hash, format, path, commit } = event.data;
  const accepted = [...(agent?.accepted ?? []), { hash, format, path, commit, at: version }];
  return { id: acceptedId(project, name), project, name, accepted, version };
}
