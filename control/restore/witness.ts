/**
 * Restoring never un-revokes. Whoever keeps a witness of control's journal (the runtime in its own journal, control in a note beside its own) brings it, and a journal that
 * does not have that event is an older one or another: it becomes a new incarnation, and every mandate in force in it is suspended until a person reinstates it, for nobody can tell
 * which of them were revoked in what was lost. The same goes for keys: none that is here signs or is believed from then on.
 *
 * It refuses nothing else and permits nothing. What no witness has seen cannot be missed: see docs/guide/guarantees.md.
 */

import { ownState } from '@writ/authority';
import type { Itself } from '../caller.ts';
import type { PlannedWrite } from '../commit.ts';
import { planeProject } from '../commit.ts';
import type { Core } from '../core.ts';
import { decide } from '../mandate/decide.ts';
import type { Outcome } from '../refusal.ts';
import { done } from '../refusal.ts';
import { journalStream, mandateStream } from '../streams.ts';
import type { NewRing } from '../token/renew-ring.ts';

/** An event of control's journal that somebody has seen, and in which incarnation. */
export type Witness = { readonly incarnation: number; readonly position: number; readonly hash: string };

export interface Witnesses {
  /** The newest event, to be witnessed. */
  standing(): Witness;
  /** Compares what was witnessed with the journal. Resolves with whether the journal still has it. */
  hear(witness: Witness, from: string): Promise<Outcome<boolean>>;
}

const itself: Itself = { kind: 'control' };

/** `sweep` interrupts what runs under a mandate that is no longer in force; `newRing` makes keys to take the place of those that are here. */
export function createWitnesses(core: Core, sweep: () => Promise<void>, newRing: () => Promise<NewRing>): Witnesses {
  const { journal, projection, commit, now } = core;
  const standing = (): Witness => {
    const { incarnation, position, headHash: hash } = projection;
    return { incarnation, position, hash };
  };

  async function holds({ incarnation, position, hash }: Witness): Promise<boolean> {
    // An older incarnation's end is known to be lost.
    if (incarnation < projection.incarnation || position === 0) return true;
    if (incarnation > projection.incarnation) return false;
    const [event] = await journal.readAll({ after: position - 1, limit: 1 });
    return event?.hash === hash;
  }

  async function hear(witness: Witness, from: string): Promise<Outcome<boolean>> {
    if (await holds(witness)) return done(true);
    const incarnation = Math.max(witness.incarnation, projection.incarnation) + 1;
    const head = projection.position;
    const ring = await newRing();
    const outcome = await commit(itself, () => {
      // Another witness may have been quicker.
      if (projection.incarnation >= incarnation) return done({ writes: [], reliedOn: [], value: undefined });
      const found = { at: now(), incarnation, found: from, witnessed: witness.position, head };
      const restored: PlannedWrite = {
        stream: journalStream,
        events: [{ type: 'journal.restored', data: found }],
        project: planeProject,
        lineage: {},
      };
      const writes = [restored, ...suspensions(core, whyOf(witness, from, head)), ring.write()];
      return done({ writes, reliedOn: [], value: undefined });
    });
    await ring.tidy();
    if (!outcome.ok) return outcome;
    await sweep();
    return done(false);
  }

  return { standing, hear };
}

function whyOf({ position }: Witness, from: string, head: number): string {
  const how =
    from === 'restore'
      ? 'was put back from a backup: what happened since'
      : `was witnessed at ${String(position)}: what happened between`;
  return `control's journal ends at position ${String(head)} and ${how} is lost, and with it perhaps the end of this mandate`;
}

/**
 * Every mandate in force, and every one that a condition holds, is suspended by itself: under a parent that is reinstated, a child whose revocation was
 * lost would be back.
 */
function suspensions(core: Core, reason: string): readonly PlannedWrite[] {
  const { projection, now, readings } = core;
  return [...projection.mandates.values()].flatMap((record): readonly PlannedWrite[] => {
    const { id, project, version } = record.mandate;
    const { name } = ownState(record.mandate, now());
    if (name !== 'active' && name !== 'suspended') return [];
    const command = { type: 'suspend', cause: { kind: 'restored', reason } } as const;
    const decided = decide(command, record, { by: itself, now: now(), textDigest: '', readings });
    if (!decided.ok || decided.events.length === 0) return [];
    return [
      {
        stream: mandateStream(id),
        events: decided.events,
        project,
        lineage: { mandate: id, mandateVersion: version + 1 },
      },
    ];
  });
}
