/**
 * Judges a whole push: every ref by a permit of its own. A push is accepted as a whole or not at all, so no permit is spent before every
 * ref has one that verifies, and asking ends at the first that is not current.
 */

import { claimedBy } from './permit.ts';
import type { RefUpdate } from './ref-update.ts';
import { isBelow, isNothing, resourceOfRef } from './ref-update.ts';
import type { SinkRefusal } from './refusal.ts';
import type { Claim, Sink } from './sink.ts';

export type RefVerdict = {
  readonly update: RefUpdate;
  readonly permitted: boolean;
  /** `current`, `none`, or why not: a code, or control's own sentence. */
  readonly permit: string;
  /** For the pusher, one sentence; empty when permitted. */
  readonly sentence: string;
  readonly operation: string | null;
  readonly mandate: string | null;
};

export type PushToJudge = {
  readonly updates: readonly RefUpdate[];
  readonly permits: readonly string[];
  readonly project: string;
  /** The name of this remote in the project; null where it does not know it. */
  readonly sink: string | null;
  /** Refs at or below this need no permit; null for none. */
  readonly unguarded: string | null;
  readonly isFastForward: (update: RefUpdate) => Promise<boolean>;
};

type Prepared = { readonly update: RefUpdate; readonly claim: Claim } | RefVerdict;

const unknownParties = { operation: null, mandate: null } as const;
const isVerdict = (prepared: Prepared): prepared is RefVerdict => 'permitted' in prepared;

/** One verdict per update, in order. */
export async function judgePush(push: PushToJudge, sink: Sink): Promise<readonly RefVerdict[]> {
  const prepared = await Promise.all(push.updates.map((update) => prepare(update, push, sink)));
  const verdicts: RefVerdict[] = [];
  let refused = prepared.some((one) => isVerdict(one) && !one.permitted);
  for (const one of prepared) {
    const verdict = isVerdict(one) ? one : refused ? notAsked(one.update) : await redeem(one, sink);
    refused ||= !verdict.permitted;
    verdicts.push(verdict);
  }
  return verdicts;
}

/** The claim to redeem, or the verdict where there is nothing to ask. */
async function prepare(update: RefUpdate, push: PushToJudge, sink: Sink): Promise<Prepared> {
  if (push.unguarded !== null && isBelow(update.ref, push.unguarded))
    return { update, permitted: true, permit: 'none', sentence: '', ...unknownParties };
  if (isNothing(update.new)) return no(update, 'delete', 'deleting a ref is never covered by a permit');
  const resource = resourceOfRef(push.project, update.ref);
  if (resource === null) return no(update, 'no_resource', 'its name cannot be written as a resource');
  const permit = push.permits.find((one) => claimedBy(one)?.resource === resource);
  if (permit === undefined) {
    const sentence =
      push.permits.length === 0 ? 'the push brings no permit' : `none of the permits is for \`${resource}\``;
    return no(
      update,
      push.permits.length === 0 ? 'none' : 'other_resource',
      `${sentence}; push with \`git push -o writ-permit=…\`, one per ref`,
    );
  }
  const action = await actionOf(update, permit, push);
  const claim: Claim = {
    permit,
    action,
    resource,
    parameters: { ref: update.ref, old: update.old, new: update.new },
    ...(push.sink !== null && { sink: push.sink }),
  };
  const verified = await sink.verify(claim);
  return verified.ok ? { update, claim } : refusedBy(update, verified.reason);
}

/**
 * What the update is, whatever anybody calls it. A permit to force covers what turns out to need no force: it is for exactly this change,
 * and was judged by the stricter rules.
 */
async function actionOf(update: RefUpdate, permit: string, { isFastForward }: PushToJudge): Promise<string> {
  if (update.ref.startsWith('refs/tags/')) return 'git.tag';
  const isForced = !isNothing(update.old) && !(await isFastForward(update));
  return isForced || claimedBy(permit)?.action === 'git.force_push' ? 'git.force_push' : 'git.push';
}

async function redeem(
  { update, claim }: { readonly update: RefUpdate; readonly claim: Claim },
  sink: Sink,
): Promise<RefVerdict> {
  const redeemed = await sink.redeem(claim);
  if (!redeemed.ok) return refusedBy(update, redeemed.reason);
  const { operation, mandate } = redeemed;
  return { update, permitted: true, permit: 'current', sentence: '', operation, mandate };
}

const no = (update: RefUpdate, permit: string, sentence: string): RefVerdict => ({
  update,
  permitted: false,
  permit,
  sentence,
  ...unknownParties,
});

const refusedBy = (update: RefUpdate, { code, sentence }: SinkRefusal): RefVerdict =>
  no(update, code === 'not_current' && sentence !== '' ? sentence : code, sentence);

const notAsked = (update: RefUpdate): RefVerdict => no(update, 'not_asked', 'another ref of this push was refused');
