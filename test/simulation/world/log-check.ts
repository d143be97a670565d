/**
 * Reads control's journal as it is committed and keeps a naive account of it: a state per mandate, a parent, an end. It knows nothing of how control folds or judges.
 *
 * It refuses what must not stand in a log whatever anybody was told: a gap, an operation begun under what is not in force, a state after a last one, a second beginning under one id.
 */

type Envelope = {
  readonly position: number;
  readonly type: string;
  readonly stream: string;
  readonly data: unknown;
  readonly hash: string;
};

type Standing = {
  readonly parent: string | null;
  readonly predecessor: string | null;
  state: string;
  endsAt: number;
  since: number;
};

type BegunData = {
  readonly id: string;
  readonly mandate: string;
  readonly at: number;
  readonly destination?: { readonly change: { readonly new: string } | null };
};

/** A copy that was put back: its newest event, whether the note beside the journal knows of a newer one, and who is told once control says that it was put back. */
export type PutBack = { readonly ends: number; readonly isNoted: boolean; readonly onNoticed: () => void };

/** What gives somebody something. What only takes away may come at any time, and so may what was due before, a condition that holds again: the same append suspends that mandate too. */
const permitting: ReadonlySet<string> = new Set([
  'operation.begun',
  'credential.issued',
  'mandate.approved',
  'mandate.delegated',
]);

const last: ReadonlySet<string> = new Set(['revoked', 'expired', 'completed', 'superseded', 'refused', 'lapsed']);

const stateAfter: Readonly<Record<string, string>> = {
  'mandate.approved': 'active',
  'mandate.suspended': 'suspended',
  'mandate.reinstated': 'active',
  'mandate.revoked': 'revoked',
  'mandate.expired': 'expired',
  'mandate.completed': 'completed',
  'mandate.superseded': 'superseded',
  'mandate.refused': 'refused',
  'mandate.lapsed': 'lapsed',
};

export class LogCheck {
  position = 0;
  incarnation = 1;
  readonly #copy: PutBack | null;
  #isNoticed = false;
  /** Where each event is, by position. */
  readonly streams: string[] = [];
  readonly #mandates = new Map<string, Standing>();
  readonly #operations = new Map<string, number>();
  /** Pushes that were begun for a sink: the commit, and what became of it as the log says. */
  readonly pushes = new Map<string, { readonly oid: string; outcome: string | null }>();
  readonly #wrong: (sentence: string) => void;

  /** `copy`: what the journal began with, where it is one that was put back. */
  constructor(wrong: (sentence: string) => void, copy: PutBack | null = null) {
    this.#wrong = wrong;
    this.#copy = copy;
  }

  readonly take = (events: readonly Envelope[]): void => {
    for (const event of events) this.#event(event);
  };

  has(operation: string): boolean {
    return this.#operations.has(operation);
  }

  /** Whether it had begun by then. */
  hadBegun(operation: string, position: number): boolean {
    return (this.#operations.get(operation) ?? Infinity) <= position;
  }

  /** The one whose place it took, or the mandate above. */
  parentOf(mandate: string): string | null {
    const found = this.#mandates.get(mandate);
    return found?.predecessor ?? found?.parent ?? null;
  }

  stateOf(mandate: string): string | undefined {
    return this.#mandates.get(mandate)?.state;
  }

  #event({ position, type, stream, data }: Envelope): void {
    if (position !== this.position + 1)
      this.#wrong(`I4: position ${String(position)} follows ${String(this.position)}`);
    this.position = position;
    this.streams[position] = stream;
    if (this.#copy?.isNoted === true && position > this.#copy.ends && !this.#isNoticed && permitting.has(type))
      this.#wrong(`I10: a copy was put back, which the note beside it knows, and before it says so comes ${type}`);
    if (type === 'journal.restored') this.#restored(position, data as { readonly incarnation: number });
    // Of our own events, as their types in control/mandate/events.ts and control/operation/events.ts say.
    const said = data as {
      id?: string;
      parent?: string | null;
      predecessor?: string | null;
      terms?: { expiresAt: number };
      expiresAt?: number;
    };
    if (type === 'mandate.proposed')
      this.#mandates.set(said.id ?? '', {
        parent: said.parent ?? null,
        predecessor: said.predecessor ?? null,
        state: 'proposed',
        endsAt: said.terms?.expiresAt ?? 0,
        since: position,
      });
    else if (type.startsWith('mandate.')) this.#mandate(position, type, stream.slice('mandate-'.length), said);
    else if (type === 'operation.begun') this.#begun(position, data as BegunData);
    else if (type === 'operation.settled' || type === 'operation.reconciled') {
      const push = this.pushes.get(stream.slice('operation-'.length));
      if (push !== undefined) push.outcome = (data as { readonly outcome: string }).outcome;
    }
  }

  /** From here on nothing is in force that a person did not let go on. What the same append does not suspend would be. */
  #restored(position: number, { incarnation }: { readonly incarnation: number }): void {
    if (incarnation <= this.incarnation)
      this.#wrong(`incarnation ${String(incarnation)} begins again at ${String(position)}`);
    this.incarnation = incarnation;
    for (const mandate of this.#mandates.values())
      if (mandate.state === 'active') Object.assign(mandate, { state: 'restored', since: position });
    if (this.#copy === null || position <= this.#copy.ends) return;
    this.#isNoticed = true;
    this.#copy.onNoticed();
  }

  #mandate(position: number, type: string, id: string, { expiresAt }: { readonly expiresAt?: number }): void {
    const mandate = this.#mandates.get(id);
    if (mandate === undefined) return this.#wrong(`${type} at ${String(position)} of ${id}, which was never proposed`);
    const state = stateAfter[type];
    if (last.has(mandate.state) && (state !== undefined || type === 'mandate.narrowed'))
      this.#wrong(`I10: ${id} is ${mandate.state} since ${String(mandate.since)}, and ${type} at ${String(position)}`);
    if (type === 'mandate.shortened' && expiresAt !== undefined) mandate.endsAt = expiresAt;
    if (state !== undefined) Object.assign(mandate, { state, since: position });
  }

  #begun(position: number, { id, mandate, at, destination }: BegunData): void {
    const change = destination?.change;
    if (change !== undefined && change !== null) this.pushes.set(id, { oid: change.new, outcome: null });
    const before = this.#operations.get(id);
    if (before !== undefined) this.#wrong(`I9: ${id} began at ${String(before)} and again at ${String(position)}`);
    this.#operations.set(id, position);
    for (let next: string | null = mandate; next !== null;) {
      const standing: Standing | undefined = this.#mandates.get(next);
      if (standing?.state !== 'active' || at >= standing.endsAt) {
        const state = standing === undefined ? 'unknown' : standing.state === 'active' ? 'over' : standing.state;
        this.#wrong(
          `I3: ${id} began at ${String(position)} under ${mandate}, and ${next} is ${state} since ${String(standing?.since)}`,
        );
      }
      next = standing?.parent ?? null;
    }
  }
}
