/**
 * Mandate artifacts: what an enforcement point answers from for a moment. Each is made when a point asks, for that point, for the actor whose credential it keeps,
 * from the state of the projection then.
 *
 * It refuses a point that speaks for another, a credential that is not usable or is for another mandate, and a mandate that is not in force now: then the point has
 * nothing to answer from, and asks.
 */

import { randomBytes } from 'node:crypto';
import type { Artifact, JudgedMandate, Mandate, Slice } from '@writ/authority';
import { actionClasses, classTableVersion, effectiveState, evaluatorVersion, tightest } from '@writ/authority';
import type { Disclosure } from '@writ/protocol';
import { artifactToWire, artifactType, discloseMandate } from '@writ/protocol';
import { nothing } from '../budget/amounts.ts';
import { spendAlong } from '../budget/spend-facts.ts';
import type { Actor, Caller, Point } from '../caller.ts';
import type { PlannedWrite } from '../commit.ts';
import { planeProject } from '../commit.ts';
import type { Core } from '../core.ts';
import { usableUntil } from '../judge.ts';
import { chainOf, current } from '../mandate/lineage.ts';
import type { Outcome, Refused } from '../refusal.ts';
import { done, refuse } from '../refusal.ts';
import { mandateStream, verdictStream } from '../streams.ts';
import { longestSilenceMs } from '../writing.ts';
import type { AnsweredEvent } from './events.ts';
import type { Signers } from './keys.ts';
import type { SliceUse } from './slice.ts';
import { closeSlice, lasts, needsSlice, openSlice } from './slice.ts';
import { runAt } from './slice-events.ts';

/** How long an artifact is believed at most, in milliseconds: what needs no fresh word rests on it that long. */
export const artifactLifeMs = 3_600_000;

export type ArtifactWanted = {
  /** The mandate asked about; its successor answers where it was extended. */
  readonly mandate: string;
  /** The credential of the run that is to be answered. */
  readonly credential: string;
  /** The slice it has, and what it used of it. */
  readonly slice: SliceUse | null;
  /** What it answered since its last report. */
  readonly answered: Answered | null;
};

/** What a point said yes to, in counts; `report` counts its reports for the run. */
export type Answered = Pick<AnsweredEvent['data'], 'report' | 'answers'>;

export interface Artifacts {
  /** An artifact for the point `audience`, bound to its `nonce`: a signed statement, or why there is none. */
  vouch(audience: string, nonce: string, wanted: ArtifactWanted, by: Point): Promise<Outcome<string>>;
  /** A run is over: what it did not use of its slice is there for others again. */
  closeRun(audience: string, last: ArtifactWanted, by: Point): Promise<Outcome<void>>;
}

/** The command, over `core`. */
export function createArtifacts(
  core: Core,
  signers: Signers,
  authenticate: (token: string) => Caller | undefined,
): Artifacts {
  const { projection, find } = core;

  /** One for each state of a mandate: points know by its digest that nothing changed. */
  const disclosures = new WeakMap<JudgedMandate, Disclosure>();
  function disclosed(mandate: JudgedMandate): Disclosure {
    const known = disclosures.get(mandate);
    if (known !== undefined) return known;
    const made = discloseMandate(mandate, randomBytes(16).toString('base64url'));
    disclosures.set(mandate, made);
    return made;
  }

  /** The actor the credential is of, where it may be answered under `mandate`. */
  function actorFor(credential: string, mandate: string): Outcome<Actor> {
    const caller = authenticate(credential);
    if (caller?.kind !== 'actor' || current(find, caller.mandate)?.mandate.id !== mandate)
      return refuse({ code: 'not_yours', sentence: `the credential is not of the actor of \`${mandate}\`` });
    return usableUntil(core, caller) > core.now()
      ? done(caller)
      : refuse({ code: 'not_yours', sentence: 'the credential has expired' });
  }

  /** The chain a run is answered under, and its actor. */
  function standingOf({ mandate, credential }: Pick<ArtifactWanted, 'mandate' | 'credential'>): Outcome<Standing> {
    const leaf = current(find, mandate)?.mandate;
    if (leaf === undefined) return refuse({ code: 'not_found', what: 'mandate', id: mandate });
    const actor = actorFor(credential, leaf.id);
    if (!actor.ok) return actor;
    const chain = chainOf(find, leaf.id);
    const state = effectiveState(chain, core.now())?.name ?? 'unknown';
    return state === 'active'
      ? done({ chain, actor: actor.value })
      : refuse({
          code: 'out_of_bounds',
          sentence: `\`${leaf.id}\` is ${state}, and nothing is answered under it`,
          wayOut: 'it has to be in force first',
        });
  }

  /** What was answered, unless it was written down already. */
  function reportWrites(point: string, { run }: Actor, { mandate, answered }: ArtifactWanted): readonly PlannedWrite[] {
    const last = projection.reports.get(runAt({ point, run })) ?? 0;
    if (answered === null || answered.report <= last) return [];
    return [
      {
        stream: verdictStream(mandate),
        events: [{ type: 'verdict.answered', data: { at: core.now(), point, mandate, run, ...answered } }],
        project: find(mandate)?.mandate.project ?? planeProject,
        lineage: { mandate, attempt: run },
        relies: false,
      },
    ];
  }

  /** Writes down what was answered, and sees to it that the run has calls to go on with. */
  async function account(audience: string, wanted: ArtifactWanted, by: Point): Promise<Outcome<void>> {
    const { slice: use } = wanted;
    return core.commit(by, () => {
      const caller = authenticate(wanted.credential);
      // Whoever answers for nobody has nothing to report; vouching refuses it then.
      if (caller?.kind !== 'actor') return done({ writes: [], reliedOn: [], value: undefined });
      const writes: PlannedWrite[] = [...reportWrites(audience, caller, wanted)];
      const standing = standingOf(wanted);
      const slice = projection.slices.get(runAt({ point: audience, run: caller.run }));
      const drawn = slice === undefined ? 0 : usedOf(slice, use);
      if (!standing.ok || !needsSlice(standing.value.chain)) return done({ writes, reliedOn: [], value: undefined });
      const { chain, actor } = standing.value;
      const isOwn = slice !== undefined && slice.mandate === chain.at(-1)?.id;
      // One that has not reached it is given again before there is another.
      const isOnItsWay = slice !== undefined && use !== null && use.id === slice.replaces?.id;
      if (isOwn && (isOnItsWay || lasts(slice, drawn))) return done({ writes, reliedOn: [], value: undefined });
      const replaces = slice === undefined || use === null ? null : { id: slice.id, drawn };
      const opened = openSlice(core, chain, { point: audience, by: actor, replaces });
      // A little is kept where there is no more: the last calls are as good as the first.
      if (slice !== undefined && (opened.length > 0 || !isOwn)) writes.push(...closeSlice(core, slice, drawn, by));
      return done({
        writes: [...writes, ...opened],
        reliedOn: chain.map(({ id }) => mandateStream(id)),
        value: undefined,
      });
    });
  }

  function factsFor(audience: string, nonce: string, wanted: ArtifactWanted, { chain, actor }: Standing): Artifact {
    const now = core.now();
    const spent = spendAlong(projection, chain);
    const ends = [now + artifactLifeMs, usableUntil(core, actor), ...chain.map(({ expiresAt }) => expiresAt)];
    return {
      audience,
      nonce,
      answersFor: wanted.mandate,
      actor: actor.actor,
      actorKey: null,
      chain,
      readings: readingsFor(core, chain),
      spend: chain
        .filter(({ budgets }) => budgets.length > 0)
        .map(({ id }) => {
          const { tokens, moneyMicros } = spent.get(id) ?? nothing;
          return { mandate: id, tokens, moneyMicros };
        }),
      slice: sliceOf(audience, actor.run),
      policy: core.policy,
      versions: { evaluator: evaluatorVersion, classes: classTableVersion },
      issuedAt: now,
      expiresAt: Math.min(...ends),
      maxAgeMs: {
        consequential_read: maxAgeOf(core, 'consequential_read', chain),
        workspace_write: maxAgeOf(core, 'workspace_write', chain),
      },
      position: projection.position,
    };
  }

  function sliceOf(audience: string, run: string): Slice | null {
    const slice = projection.slices.get(runAt({ point: audience, run }));
    return slice === undefined ? null : { id: slice.id, calls: slice.calls, replaces: slice.replaces };
  }

  const speaksFor = (audience: string, { name }: Point): Refused | undefined =>
    audience === name || audience.startsWith(`${name}-`) || audience.startsWith(`${name}.`)
      ? undefined
      : refuse({ code: 'not_yours', sentence: `the token of the ${name} cannot speak for \`${audience}\`` });

  return {
    async vouch(audience, nonce, wanted, by) {
      const accounted = speaksFor(audience, by) ?? (await account(audience, wanted, by));
      if (!accounted.ok) return accounted;
      const standing = standingOf(wanted);
      if (!standing.ok) return standing;
      core.writing.assertOpen(tightest(standing.value.chain) || longestSilenceMs);
      const facts = factsFor(audience, nonce, wanted, standing.value);
      const chain = facts.chain.map(disclosed);
      const statement = await signers.sign('artifact', artifactType, artifactToWire(facts, chain), core.now());
      return done([statement, ...chain.map(({ text }) => text), ''].join('~'));
    },
    async closeRun(audience, last, by) {
      const refused = speaksFor(audience, by);
      if (refused !== undefined) return refused;
      return core.commit(by, () => {
        const caller = authenticate(last.credential);
        if (caller?.kind !== 'actor') return done({ writes: [], reliedOn: [], value: undefined });
        const slice = projection.slices.get(runAt({ point: audience, run: caller.run }));
        const closing =
          slice === undefined || last.slice === null ? [] : closeSlice(core, slice, usedOf(slice, last.slice), by);
        return done({ writes: [...reportWrites(audience, caller, last), ...closing], reliedOn: [], value: undefined });
      });
    },
  };
}

/**
 * How many calls of `slice` were used, as the point says. INVARIANT: where it says nothing, all are. One that names the slice before has not got this one, and what it
 * used of that since it was counted is used of this.
 */
function usedOf({ id, calls, replaces }: Slice, use: SliceUse | null): number {
  if (use === null) return calls;
  if (use.id === id) return use.drawn;
  return use.id === replaces?.id ? use.drawn - replaces.drawn : calls;
}

type Standing = { readonly chain: readonly Mandate[]; readonly actor: Actor };

/** As the table says, or less where policy or a mandate does; and less by as long as others may have written what is not known here. */
function maxAgeOf(
  { policy, journal }: Core,
  actionClass: 'consequential_read' | 'workspace_write',
  chain: readonly Mandate[],
): number {
  const byPolicy = policy.classes[actionClass]?.boundMs ?? Infinity;
  const bound = Math.min(actionClasses[actionClass].freshness.maxAgeMs, byPolicy, tightest(chain));
  return Math.max(0, bound - Math.ceil(journal.silentMs()));
}

/** The latest reading of every subject a condition of the chain is about. */
function readingsFor({ readings }: Pick<Core, 'readings'>, chain: Artifact['chain']): Artifact['readings'] {
  const subjects = new Set(chain.flatMap(({ conditions }) => conditions.map(({ subject }) => subject)));
  return [...subjects].flatMap((subject) => {
    const reading = readings(subject);
    return reading === undefined ? [] : [{ subject, value: reading.value, at: reading.at, sequence: reading.sequence }];
  });
}
