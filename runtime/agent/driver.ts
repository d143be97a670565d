/**
 * One interface for whoever works in a session: a program, an Agent Client Protocol agent, a person. A driver runs one turn to its end under what was
 * permitted for it; it decides nothing about authority and nothing about what the result means.
 */

import type { JsonValue } from '@writ/journal';
import type { OpenRun, Session } from '../session/session.ts';

export type TurnWork = {
  readonly session: Session;
  readonly turn: string;
  readonly prompt: string;
  /** What the agent is told of itself; a driver that has no place for it puts it before the prompt. */
  readonly system: string | null;
  /** The model the agent's file names; null: its program's own choice. */
  readonly model: string | null;
  readonly config: Readonly<Record<string, JsonValue>>;
  readonly argv: readonly string[];
  readonly cwd: string;
  /** A run of this turn that outlived the process that started it. */
  readonly adopt: OpenRun | null;
  /** Called by a driver that can say something into its turn while it runs: how. Resolves with whether it was taken. */
  readonly steer?: (take: (text: string) => Promise<boolean>) => void;
  /** Aborts when the turn is to end now; how it ended is still reported. */
  readonly signal: AbortSignal;
};

export type TurnEnd =
  | { readonly ended: 'done'; readonly exitCode: number | null; readonly summary: string }
  | { readonly ended: 'failed'; readonly exitCode: number | null; readonly summary: string }
  | { readonly ended: 'interrupted'; readonly summary: string }
  | {
      readonly ended: 'refused';
      /** A person has to say yes first; `approval` is the question control put to them, null where it put none. */
      readonly hold: { readonly approval: string | null } | null;
      readonly code: string;
      readonly summary: string;
      readonly wayOut: string | null;
    }
  | { readonly ended: 'unreachable'; readonly summary: string };

/** The prompt with what the agent is told of itself before it, for whoever takes one text. */
export const wholePrompt = ({ system, prompt }: Pick<TurnWork, 'system' | 'prompt'>): string =>
  system === null || system === '' ? prompt : `${system}\n\n${prompt}`;

export interface Driver {
  /** Whether a turn that outlived its process can be followed to its end. */
  readonly adopts: boolean;
  /** Runs the turn. Resolves however it ends; rejects only for a bug. */
  run(work: TurnWork): Promise<TurnEnd>;
}
