/**
 * Where in a session's log what a person coming back looks for stands: kept up with every event, so that opening a session reads a few events and not its log. It holds no words, because those can be
 * erased; only versions. Pure.
 */

import type { SessionEvent, TurnOutcome } from './events.ts';

export type TurnMark = {
  readonly turn: string;
  /** The version of its beginning. */
  readonly from: number;
  /** How it ended and the version that says so; null while it runs. */
  readonly end: { readonly version: number; readonly outcome: TurnOutcome } | null;
};

/** All are versions of the session's log, the newest last. */
export type Digest = {
  readonly inputs: readonly number[];
  readonly turns: readonly TurnMark[];
  readonly refused: readonly number[];
  /** Runs that ended with something else than 0, or not by themselves. */
  readonly failed: readonly number[];
  readonly notes: readonly { readonly version: number; readonly for: string | null }[];
  readonly said: readonly number[];
  /** What its mandate lost, and what happened to it while nobody here listened. */
  readonly told: readonly number[];
  readonly adopted: readonly number[];
  /** Who did something in it: the newest event of each, and how many there were. */
  readonly actors: readonly { readonly name: string; readonly version: number; readonly count: number }[];
};

export const emptyDigest: Digest = {
  inputs: [],
  turns: [],
  refused: [],
  failed: [],
  notes: [],
  said: [],
  told: [],
  adopted: [],
  actors: [],
};

const mostEach = 12;
const mostNotes = 40;
const mostActors = 48;

const kept = <T>(list: readonly T[], one: T, most = mostEach): readonly T[] => [...list, one].slice(-most);

type At = { readonly version: number; readonly actor?: string };

/** The digest after `event`. */
export function digested(before: Digest, event: SessionEvent, at: At): Digest {
  const digest = marked(before, event, at.version);
  // What the runtime writes by itself is nobody's act.
  if (at.actor === undefined || at.actor === 'runtime') return digest;
  return { ...digest, actors: acted(digest.actors, at.actor, at.version) };
}

function acted(actors: Digest['actors'], name: string, version: number): Digest['actors'] {
  const known = actors.find((one) => one.name === name);
  const others = known === undefined ? actors : actors.filter((one) => one !== known);
  return kept(others, { name, version, count: (known?.count ?? 0) + 1 }, mostActors);
}

function marked(digest: Digest, event: SessionEvent, version: number): Digest {
  switch (event.type) {
    case 'input.admitted':
      return { ...digest, inputs: kept(digest.inputs, version) };
    case 'turn.started':
      return { ...digest, turns: kept(digest.turns, { turn: event.data.turn, from: version, end: null }) };
    case 'turn.ended': {
      // Erased: that it ended is known by what follows.
      if (event.data === null) return digest;
      const { turn: ended, outcome } = event.data;
      const turns = digest.turns.map((one) => (one.turn === ended ? { ...one, end: { version, outcome } } : one));
      return { ...digest, turns };
    }
    case 'run.ended': {
      const isFine = event.data.ended === 'exited' && event.data.exitCode === 0;
      return isFine ? digest : { ...digest, failed: kept(digest.failed, version) };
    }
    case 'tool.judged':
      return event.data?.decision === 'refuse' ? { ...digest, refused: kept(digest.refused, version) } : digest;
    case 'note.left':
      return { ...digest, notes: kept(digest.notes, { version, for: event.data?.for ?? null }, mostNotes) };
    case 'agent.said':
      return { ...digest, said: kept(digest.said, version) };
    case 'session.told':
    case 'session.rebound':
    case 'session.bound':
      return { ...digest, told: kept(digest.told, version) };
    case 'fork.adopted':
      return { ...digest, adopted: kept(digest.adopted, version) };
    case 'session.reset':
      return event.data.what === 'scratchpad' ? { ...digest, notes: [], said: [] } : digest;
    // Nobody who comes back looks for the rest by itself.
    default:
      return digest;
  }
}
