/**
 * A Git remote with Writ's own hook in front of it: a push is taken when the shipped judge of pushes permits it, and its ref still is what the pusher saw. What lands outlives every process.
 *
 * It refuses nothing by itself but a ref that moved meanwhile, as Git does.
 */

import type { Sink } from '@writ/enforce';
import type { RefUpdate } from '../../../enforce/sink/ref-update.ts';
import { judgePush } from '../../../enforce/sink/judge-push.ts';
import type { Machine } from '../engine/engine.ts';
import { engine } from '../engine/engine.ts';

/** Where it is, by which name control knows it, and in which project. */
export const remotePlace = { url: 'https://remote.test/p.git', name: 'origin', project: 'p' } as const;

export type Landed = {
  readonly update: RefUpdate;
  readonly mandate: string;
  readonly operation: string;
  /** When its hook was asked, in virtual milliseconds. */
  readonly asked: number;
};

type Kept = { machine: Machine | null; sink: () => Sink | undefined; onLanded: (landed: Landed) => void };

const around: Kept = { machine: null, sink: () => undefined, onLanded: () => undefined };
const noObject = '0'.repeat(40);

/** How long the remote unpacks what arrived before its hook runs, in milliseconds: whoever is killed meanwhile has sent all the same. */
const unpackMs = (): number =>
  engine.random.chance(0.4) ? engine.random.between(50, 6_000) : engine.random.between(0.5, 20);

export const remote = {
  refs: new Map<string, string>(),
  get machine(): Machine | null {
    return around.machine;
  },
  /** Begins empty, on `machine`. */
  reset(more: Kept): void {
    Object.assign(around, more);
    remote.refs.clear();
  },
  /** A push arrives, with the permits among its options. What its pusher is told: null for yes. */
  async receive(update: RefUpdate, permits: readonly string[]): Promise<string | null> {
    await new Promise<void>((resolve) => void engine.after(unpackMs(), resolve));
    const sink = around.sink();
    if (sink === undefined) return 'remote: the hook cannot be run';
    const { project, name } = remotePlace;
    const isFastForward = (): Promise<boolean> => Promise.resolve(true);
    const judgedAt = engine.now;
    const [verdict] = await judgePush(
      { updates: [update], permits, project, sink: name, unguarded: null, isFastForward },
      sink,
    );
    if (verdict?.permitted !== true) return `remote: writ: refused: ${verdict?.sentence ?? ''}`;
    if ((remote.refs.get(update.ref) ?? noObject) !== update.old) return '! [remote rejected] (the ref moved)';
    remote.refs.set(update.ref, update.new);
    const { mandate, operation } = verdict;
    around.onLanded({ update, mandate: mandate ?? '', operation: operation ?? '', asked: judgedAt });
    return null;
  },
};
