/**
 * What an all-knowing onlooker says was allowed at a moment: from what people did and when they were told that it was done, and from nothing Writ says of itself.
 *
 * It claims only what is certain. Between the sending of an act and its acknowledgement either may be true; an act nobody was told the end of may happen at any time. So what it
 * calls refused was refused, whatever the order of things.
 */

/** Something a person did: when it was sent, and when they heard that it was done. `acked` null: they have not heard. */
export type Act = { readonly sent: number; acked: number | null };

/** `drains`: what is under way may end by itself, for as long as its lease lasts. */
export type End = Act & { readonly drains: boolean };

export type Entry = { readonly prefix: string; readonly actions: readonly string[] };

export type MandateModel = {
  readonly index: number;
  /** As it is called now: a successor has another id. */
  id: string;
  /** As it was called before. */
  readonly formerIds: string[];
  credential: string;
  readonly parent: MandateModel | null;
  readonly authority: readonly Entry[];
  readonly approved: Act;
  readonly narrowed: (Act & { readonly authority: readonly Entry[] })[];
  readonly ended: End[];
  readonly suspended: Act[];
  readonly reinstated: Act[];
  /** `was`: what it was called until then. */
  readonly extended: (Act & { readonly was: string })[];
  /** Its end by control's clock, and since when that may be its end. */
  readonly expiries: { readonly sent: number; readonly at: number }[];
  /** The most calls it may be used for; null where nobody counts. */
  calls: number | null;
  readonly subject: string | null;
  /** What landed or was begun under it or under what stands below it. */
  used: number;
};

export type Report = Act & { readonly isGood: boolean };

type Question = {
  readonly action: string;
  readonly resource: string;
  readonly at: number;
  readonly drainMs: number;
};

export class Model {
  readonly mandates: MandateModel[] = [];
  /** Those that were looked for: what an id stood for once it stands for always. */
  readonly #byId = new Map<string, MandateModel>();
  /** What was reported of each subject. */
  readonly reports = new Map<string, Report[]>();
  /** What control's clock is ahead of true time, from when on. */
  readonly skews: { readonly from: number; readonly ms: number }[] = [{ from: -Infinity, ms: 0 }];
  /** True time 0, in milliseconds since the epoch. */
  readonly #epoch: number;

  constructor(epoch: number) {
    this.#epoch = epoch;
  }

  /** A mandate that was approved. */
  add({
    expiresAt,
    ...mandate
  }: Pick<MandateModel, 'id' | 'credential' | 'parent' | 'authority' | 'approved' | 'calls' | 'subject'> & {
    readonly expiresAt: number;
  }): void {
    this.mandates.push({
      index: this.mandates.length,
      ...mandate,
      formerIds: [],
      narrowed: [],
      ended: [],
      suspended: [],
      reinstated: [],
      extended: [],
      expiries: [{ sent: -Infinity, at: Math.floor(expiresAt) }],
      used: 0,
    });
  }

  /** The one that is or was called `id`. */
  find(id: string): MandateModel | undefined {
    const known = this.#byId.get(id);
    if (known !== undefined) return known;
    const found = this.mandates.findLast((mandate) => mandate.id === id || mandate.formerIds.includes(id));
    if (found !== undefined) this.#byId.set(id, found);
    return found;
  }

  /**
   * Control's journal is at `from` the one that it was at `to`, which is earlier: what was done since then is done no more, and what was ended or narrowed may be in force again. Returned
   * is the act that has to take its place, of which nobody knows yet when it is done: each mandate is held until a person says otherwise.
   */
  setBack(to: number, from: number): Act {
    const held: Act = { sent: from, acked: null };
    const isLost = ({ acked }: Act): boolean => acked === null || acked > to;
    for (const mandate of this.mandates) {
      for (const acts of [mandate.ended, mandate.suspended, mandate.narrowed]) drop(acts, isLost);
      const extended = mandate.extended.find(isLost);
      if (extended !== undefined) mandate.id = extended.was;
      // Whatever it was used for may be forgotten.
      if (mandate.calls !== null) mandate.calls += mandate.used;
      if (mandate.approved.sent > to) mandate.ended.push({ sent: from, acked: from, drains: false });
      mandate.suspended.push(held);
    }
    for (const reports of this.reports.values()) drop(reports, (report) => !report.isGood && isLost(report));
    return held;
  }

  chainOf(mandate: MandateModel): readonly MandateModel[] {
    return mandate.parent === null ? [mandate] : [...this.chainOf(mandate.parent), mandate];
  }

  /**
   * Why the action was certainly refused at every moment from `from` to `to`; null where it may have been allowed at one. `drainMs`: how long what is under way goes on where the work was
   * accepted; 0 for what begins.
   */
  whyNever(
    mandate: MandateModel,
    { action, resource }: Pick<Question, 'action' | 'resource'>,
    { from, to, drainMs = 0 }: { readonly from: number; readonly to: number; readonly drainMs?: number },
  ): string | null {
    const chain = this.chainOf(mandate);
    let why = this.#whyNot(chain, { action, resource, at: from, drainMs });
    if (why === null) return null;
    for (const at of this.#wideningsIn(chain, from, to)) {
      why = this.#whyNot(chain, { action, resource, at, drainMs });
      if (why === null) return null;
    }
    return why;
  }

  /** Moments at which something may have become allowed. */
  #wideningsIn(chain: readonly MandateModel[], from: number, to: number): readonly number[] {
    const sent = chain.flatMap(({ approved, reinstated, extended, subject }) => [
      approved,
      ...reinstated,
      ...extended,
      ...(subject === null ? [] : (this.reports.get(subject) ?? [])),
    ]);
    return [...sent.map((act) => act.sent), ...this.skews.map((skew) => skew.from)].filter(
      (at) => at > from && at <= to,
    );
  }

  #whyNot(chain: readonly MandateModel[], question: Question): string | null {
    for (const mandate of chain) {
      const why = this.#whyNotBy(mandate, question);
      if (why !== null) return `${mandate.id} ${why}`;
    }
    return null;
  }

  #whyNotBy(mandate: MandateModel, { action, resource, at, drainMs }: Question): string | null {
    if (mandate.approved.sent > at) return 'was not approved yet';
    const ended = mandate.ended.find(({ acked, drains }) => acked !== null && acked + (drains ? drainMs : 0) <= at);
    if (ended !== undefined) return `was ended ${since(at, ended)} before`;
    // What drains is past being held: it ends by itself, or with its lease.
    const mayDrain = drainMs > 0 && mandate.ended.some(({ sent, drains }) => drains && sent <= at);
    if (mayDrain) return null;
    const suspended = inForce(mandate.suspended, mandate.reinstated, at);
    if (suspended !== undefined) return `was suspended ${since(at, suspended)} before`;
    const reports = mandate.subject === null ? [] : (this.reports.get(mandate.subject) ?? []);
    const failing = inForce(
      reports.filter(({ isGood }) => !isGood),
      reports.filter(({ isGood }) => isGood),
      at,
    );
    if (failing !== undefined) return `had a condition that failed ${since(at, failing)} before`;
    const skew = this.skews.findLast((one) => one.from <= at)?.ms ?? 0;
    const end = Math.max(...mandate.expiries.filter(({ sent }) => sent <= at).map((expiry) => expiry.at));
    if (this.#epoch + at + skew >= end) return 'had expired';
    if (!isWithin(mandate.authority, action, resource)) return 'never allowed it';
    const narrowed = inForce(
      mandate.narrowed,
      mandate.extended,
      at,
      (act) => !isWithin(act.authority, action, resource),
    );
    return narrowed === undefined ? null : `was narrowed ${since(at, narrowed)} before`;
  }
}

function drop<T>(list: T[], isLost: (one: T) => boolean): void {
  for (let at = list.length - 1; at >= 0; at -= 1) {
    const one = list[at];
    if (one !== undefined && isLost(one)) list.splice(at, 1);
  }
}

const since = (at: number, { acked }: Act): string => `${(at - (acked ?? at)).toFixed(0)} ms`;

/** An act that certainly holds at `at`: acknowledged before, and nothing sent before then can have come after it and undone it. */
function inForce<A extends Act>(
  acts: readonly A[],
  undoing: readonly Act[],
  at: number,
  counts: (act: A) => boolean = () => true,
): A | undefined {
  return acts.find(
    (act) =>
      counts(act) &&
      act.acked !== null &&
      act.acked <= at &&
      !undoing.some((undo) => undo.sent <= at && (undo.acked === null || undo.acked >= act.sent)),
  );
}

export const isWithin = (authority: readonly Entry[], action: string, resource: string): boolean =>
  authority.some(
    ({ prefix, actions }) => actions.includes(action) && (resource === prefix || resource.startsWith(`${prefix}/`)),
  );
