/**
 * The way out of every run of this machine that may use the network at all: its gates, what is open through them, and what became of what was.
 *
 * It decides nothing. Without a sandbox around a run, its gate is an offer: a program that does not use it is not held by it.
 */

import type { CredentialStore } from '../../broker/credentials/credential-store.ts';
import type { Clock } from '../../client/clock.ts';
import type { Verdicts } from '../../client/verdicts.ts';
import type { Asker } from '../../enforcer/ask-control.ts';
import type { Word } from '../../enforcer/attest.ts';
import type { Outlet } from '../../enforcer/outlet.ts';
import type { Settlements } from '../../enforcer/settlements.ts';
import type { DoorHolder } from '../door-holder.ts';
import { readAllowances } from './allowances.ts';
import type { AskPerson } from './ask-person.ts';
import type { Resolve } from './guarded-lookup.ts';
import type { Passage } from './passage.ts';
import type { RunGate } from './run-gate.ts';
import type { OnRefused } from './run-passages.ts';
import { openRunGate } from './run-gate.ts';
import type { WayOut } from './way-out.ts';
import { wayOut } from './way-out.ts';

export type EgressGateDeps = Asker & {
  /** Writ's state directory. */
  readonly dir: string;
  readonly clock: Clock;
  readonly settlements: Settlements;
  readonly verdicts: Verdicts;
  readonly resolve: Resolve;
  readonly credentials: CredentialStore;
  /** Told of what control refused at a gate. */
  readonly onRefused: OnRefused;
  /** Asks a person before something is refused, where one is there. */
  readonly askPerson: AskPerson;
  /** Resolves once the run has started, or never will. */
  readonly whenStarted: (run: string) => Promise<void>;
  /** Why nothing goes through now for a run, null when it does. */
  readonly closedBecause: (run: string) => string | null;
};

export interface EgressGate extends Outlet {
  /** Opens the gate of a run: at `socketPath`, or null for a loopback port with a credential. What the run is told of it. */
  open(holder: DoorHolder, socketPath: string | null): Promise<WayOut>;
  /** What is open now. */
  readonly passages: readonly Passage[];
}

const remembered = 1_000;

/** A gate with nothing open. */
export function createEgressGate(deps: EgressGateDeps): EgressGate {
  const gates = new Map<string, RunGate>();
  const words = new Map<string, Word>();
  const { dir, ...shared } = deps;
  const concerned = (concerns: (run: string) => boolean): readonly RunGate[] =>
    [...gates].flatMap(([run, gate]) => (concerns(run) ? [gate] : []));
  const passages = (): readonly Passage[] => [...gates.values()].flatMap((gate) => gate.passages);
  return {
    async open(holder, socketPath) {
      const gate = await openRunGate(holder, socketPath, {
        ...shared,
        allowances: () => readAllowances(dir),
        onOver({ operation }, word) {
          words.set(operation, word);
          for (const oldest of words.keys()) if (words.size > remembered) words.delete(oldest);
        },
      });
      gates.set(holder.run, gate);
      return wayOut(gate.place, deps.credentials.of(holder.project));
    },
    stop(why, concerns) {
      for (const gate of concerned(concerns)) gate.cut(why);
    },
    interrupt(operation, why) {
      for (const passage of passages()) if (passage.operation === operation) passage.cut(why);
    },
    ask(concerns) {
      for (const gate of concerned(concerns)) gate.ask();
    },
    async forget(run, why) {
      const gate = gates.get(run);
      gates.delete(run);
      await gate?.close(why);
    },
    get passages() {
      return passages();
    },
    word: (operation) =>
      words.get(operation) ?? (passages().some((passage) => passage.operation === operation) ? null : undefined),
  };
}
