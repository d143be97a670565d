/**
 * Looks again at a remote that may have taken a push after it was stopped, for as long as its effect can still land.
 *
 * It never says that a push was stopped: what it saw goes into the operation's evidence, and only a landing it saw is called one.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import type { Address } from './addresses.ts';
import { noObject, remoteRefs } from './remote.ts';

/** When to look, milliseconds after the stop; the last look is the end of the bound. */
export const looksMs: readonly number[] = [1_000, 5_000, 20_000, 60_000];
const lookLimitMs = 10_000;

export type Seen = { readonly outcome: 'done' | 'unknown'; readonly evidence: string };

/** What the remote showed: as soon as it shows the pushed commit, otherwise at the last look. Null when aborted. */
export async function observeLater(
  { address, ref, new: next }: { readonly address: Address; readonly ref: string; readonly new: string },
  { signal, looks = looksMs }: { readonly signal: AbortSignal; readonly looks?: readonly number[] },
): Promise<Seen | null> {
  let waited = 0;
  let seen = 'it was never asked';
  for (const at of looks) {
    const isAwake = await sleep(at - waited, true, { signal, ref: false }).catch(() => false); // aborted
    if (!isAwake) return null;
    waited = at;
    const shown = await remoteRefs(address, lookLimitMs);
    const oid = shown.ok ? (shown.refs.get(ref) ?? noObject) : null;
    if (oid === next)
      return {
        outcome: 'done',
        evidence: `${String(at)} ms after the stop the remote showed ${next} at ${ref}: it landed`,
      };
    seen =
      oid === null ? 'the remote could not be asked' : `the remote showed ${oid === noObject ? 'no such ref' : oid}`;
  }
  return { outcome: 'unknown', evidence: `${String(waited)} ms after the stop ${seen} at ${ref}` };
}
