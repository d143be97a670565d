/** What a run is asked to do and how it can end. A run is one process tree under one begun operation. */

import { acpAgentOf } from '@writ/enforce';
import { programResource, runParameters } from '@writ/protocol';
import type { Containment, Step } from '../control/ask.ts';
import type { Sandbox } from '../session/events.ts';
import type { Session } from '../session/session.ts';

export type RunRequest = {
  readonly session: string;
  readonly turn: string | null;
  readonly purpose: 'work' | 'evidence';
  readonly argv: readonly [string, ...string[]];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** Null keeps standard input open. */
  readonly stdin: string | null;
};

export type RunEnd =
  | { readonly ended: 'exited'; readonly exitCode: number; readonly output: string }
  | { readonly ended: 'killed'; readonly why: string; readonly output: string }
  /** The enforcer does not know it, or is gone: what became of it is not known. */
  | { readonly ended: 'lost'; readonly why: string; readonly output: string }
  /** Nothing was started. */
  | {
      readonly ended: 'refused';
      /** A person has to say yes first; `approval` is the question control put to them, null where it put none. */
      readonly hold: { readonly approval: string | null } | null;
      readonly code: string;
      readonly sentence: string;
      readonly wayOut: string | null;
    }
  | { readonly ended: 'unreachable'; readonly sentence: string };

/** The step a run takes, as control is asked about it. */
export function stepOf(session: Session, argv: readonly [string, ...string[]], cwd: string): Step {
  return {
    action: 'shell.run',
    resource: programResource(session.project, argv[0]),
    parameters: runParameters({ argv, cwd, env: environmentOf(session, argv) }),
    containment: containmentOf(session),
  };
}

/** What its environment says besides, so that the agent asks before it acts. */
export const environmentOf = ({ driver }: Pick<Session, 'driver'>, argv: readonly string[]): RunRequest['env'] =>
  driver === 'acp' ? (acpAgentOf(argv).asking ?? {}) : {};

/** What the sandbox of a session lets its processes reach. */
export const containmentOf = ({ sandbox }: Session): Containment => containmentOfSandbox(sandbox);

/** What a sandbox of this kind lets processes reach. */
export function containmentOfSandbox({ kind, network }: Pick<Sandbox, 'kind' | 'network'>): Containment {
  const sealed = kind === 'contain';
  return {
    files: sealed ? 'worktree' : 'open',
    network: sealed ? network : 'open',
    credentials: sealed ? 'none' : 'open',
  };
}
