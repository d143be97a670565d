/**
 * Whether an artifact whose signature verified is one to rely on: made for this point, in answer to this question, by the same rules, and not older than
 * what was seen before.
 *
 * It refuses whatever does not fit; nothing is corrected.
 */

import { classTableVersion } from '../action/class-table.ts';
import { evaluatorVersion } from '../verdict/evaluate.ts';
import type { Artifact } from './artifact.ts';

/** The newest that is known of a mandate's chain: nothing older is taken. */
export type Floor = {
  readonly position: number;
  readonly mandates: ReadonlyMap<string, { readonly version: number; readonly epoch: number }>;
};

/** Nothing is known yet. */
export const lowestFloor: Floor = { position: 0, mandates: new Map() };

export type Awaited = {
  readonly audience: string;
  readonly nonce: string;
  readonly mandate: string;
  readonly floor: Floor;
};

export type ArtifactProblem =
  'other_audience' | 'other_question' | 'other_mandate' | 'other_rules' | 'broken_chain' | 'not_active' | 'older';

/** Why it is not relied on; null when it is. */
export function whyNotAccepted(
  artifact: Artifact,
  { audience, nonce, mandate, floor }: Awaited,
): ArtifactProblem | null {
  if (artifact.audience !== audience) return 'other_audience';
  if (artifact.nonce !== nonce) return 'other_question';
  if (artifact.answersFor !== mandate) return 'other_mandate';
  const { evaluator, classes } = artifact.versions;
  if (evaluator !== evaluatorVersion || classes !== classTableVersion) return 'other_rules';
  const { chain } = artifact;
  const leaf = chain.at(-1);
  if (leaf === undefined || leaf.actor !== artifact.actor) return 'broken_chain';
  if (chain.some(({ parent }, index) => parent !== (chain[index - 1]?.id ?? null))) return 'broken_chain';
  if (chain.some(({ state }) => state.name !== 'active')) return 'not_active';
  return isOlder(artifact, floor) ? 'older' : null;
}

/** INVARIANT: versions and epochs only grow; a lower one is a way back to what was allowed before. */
function isOlder({ position, chain }: Artifact, floor: Floor): boolean {
  if (!(position >= floor.position)) return true;
  return chain.some(({ id, version, epoch }) => {
    const known = floor.mandates.get(id);
    return known !== undefined && !(version >= known.version && epoch >= known.epoch);
  });
}

/** The floor once `artifact` was taken. */
export const raised = (artifact: Artifact): Floor => ({
  position: artifact.position,
  mandates: new Map(artifact.chain.map(({ id, version, epoch }) => [id, { version, epoch }])),
});
