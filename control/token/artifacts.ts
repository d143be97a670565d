/**
 * Mandate artifacts: what an enforcement point answers from for a moment. Each is made when a point asks, for that point, for the actor whose credential it keeps,
 * from the state of the projection then.
 *
 * It refuses a point that speaks for another, a credential that is not usable or is for another mandate, and a mandate that is not in force now: then the point has
 * nothing to answer from, and asks.
 */

import { randomBytes } from 'node:crypto';
import type { Artifact, JudgedMandate } from '@writ/authority';
import { actionClasses, classTableVersion, effectiveState, evaluatorVersion } from '@writ/authority';
import type { Disclosure } from '@writ/protocol';
import { artifactToWire, artifactType, discloseMandate } from '@writ/protocol';
import { nothing } from '../budget/amounts.ts';
import { spendAlong } from '../budget/spend-facts.ts';
import type { Actor, Caller, Point } from '../caller.ts';
import type { Core } from '../core.ts';
import { usableUntil } from '../judge.ts';
import { chainOf, current } from '../mandate/lineage.ts';
import type { Outcome } from '../refusal.ts';
import { done, refuse } from '../refusal.ts';
import type { Signers } from './keys.ts';

/** How long an artifact is believed at most, in milliseconds: what needs no fresh word rests on it that long. */
export const artifactLifeMs = 3_600_000;

export type ArtifactWanted = {
  /** The mandate asked about; its successor answers where it was extended. */
  readonly mandate: string;
  /** The credential of the run that is to be answered. */
  readonly credential: string;
};

export interface Artifacts {
  /** An artifact for the point `audience`, bound to its `nonce`: a signed statement, or why there is none. */
  vouch(audience: string, nonce: string, wanted: ArtifactWanted, by: Point): Promise<Outcome<string>>;
}

/** The command, over `core`. */
export function createArtifacts(
  core: Core,
  signers: Signers,
  authenticate: (token: string) => Caller | undefined,
): Artifacts {
  const { projection, find, policy } = core;

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

  function factsFor(audience: string, nonce: string, { mandate, credential }: ArtifactWanted): Outcome<Artifact> {
    const leaf = current(find, mandate)?.mandate;
    if (leaf === undefined) return refuse({ code: 'not_found', what: 'mandate', id: mandate });
    const actor = actorFor(credential, leaf.id);
    if (!actor.ok) return actor;
    const now = core.now();
    const chain = chainOf(find, leaf.id);
    const spent = spendAlong(projection, chain);
    const state = effectiveState(chain, now)?.name ?? 'unknown';
    if (state !== 'active')
      return refuse({
        code: 'out_of_bounds',
        sentence: `\`${leaf.id}\` is ${state}, and nothing is answered under it`,
        wayOut: 'it has to be in force first',
      });
    const ends = [now + artifactLifeMs, usableUntil(core, actor.value), ...chain.map(({ expiresAt }) => expiresAt)];
    return done({
      audience,
      nonce,
      answersFor: mandate,
      actor: actor.value.actor,
      actorKey: null,
      chain,
      readings: readingsFor(core, chain),
      spend: chain
        .filter(({ budgets }) => budgets.length > 0)
        .map(({ id }) => {
          const { tokens, moneyMicros } = spent.get(id) ?? nothing;
          return { mandate: id, tokens, moneyMicros };
        }),
      slice: null,
      policy,
      versions: { evaluator: evaluatorVersion, classes: classTableVersion },
      issuedAt: now,
      expiresAt: Math.min(...ends),
      maxAgeMs: { consequential_read: maxAgeOf('consequential_read'), workspace_write: maxAgeOf('workspace_write') },
      position: projection.position,
    });
  }

  return {
    async vouch(audience, nonce, wanted, by) {
      if (audience !== by.name && !audience.startsWith(`${by.name}-`) && !audience.startsWith(`${by.name}.`))
        return refuse({ code: 'not_yours', sentence: `the token of the ${by.name} cannot speak for \`${audience}\`` });
      const facts = factsFor(audience, nonce, wanted);
      if (!facts.ok) return facts;
      const chain = facts.value.chain.map(disclosed);
      const statement = await signers.sign('artifact', artifactType, artifactToWire(facts.value, chain), core.now());
      return done([statement, ...chain.map(({ text }) => text), ''].join('~'));
    },
  };
}

const maxAgeOf = (actionClass: 'consequential_read' | 'workspace_write'): number =>
  actionClasses[actionClass].freshness.maxAgeMs;

/** The latest reading of every subject a condition of the chain is about. */
function readingsFor({ readings }: Pick<Core, 'readings'>, chain: Artifact['chain']): Artifact['readings'] {
  const subjects = new Set(chain.flatMap(({ conditions }) => conditions.map(({ subject }) => subject)));
  return [...subjects].flatMap((subject) => {
    const reading = readings(subject);
    return reading === undefined ? [] : [{ subject, value: reading.value, at: reading.at, sequence: reading.sequence }];
  });
}
