/**
 * The helpers a harness starts inside an attended session. Each works under a child mandate of its own: what the session may, less what a helper of its kind
 * is not there for, handed on no further.
 *
 * It refuses a helper whose start it did not see: whoever cannot be told apart from the session, or comes from nowhere, does no work.
 */

import { randomUUID } from 'node:crypto';
import type { AuthoritySet } from '@writ/authority';
import { actionWithin, effectiveAuthority } from '@writ/authority';
import type { ControlClient, HeldArtifacts } from '@writ/enforce/attended';
import { authoritySetFromWire, authoritySetToWire, controlApi } from '@writ/protocol';

/** As whom a call is judged. */
export type Speaker = { readonly mandate: string; readonly credential: string };

export interface Helpers extends AsyncDisposable {
  /** The call that starts one was permitted: its mandate is made. Why not, where it could not be. */
  start(kind: string): Promise<string | null>;
  /** Whose call it is; a sentence where nobody may make it. `id`: as the harness names the helper, once it runs. */
  speaker(id: string, kind: string | undefined): Speaker | string;
  /** The harness said that it ended. */
  ended(id: string): void;
}

export type HelpersDeps = {
  readonly control: Pick<ControlClient, 'call'>;
  readonly pointToken: () => string;
  readonly artifacts: Pick<HeldArtifacts, 'hold' | 'release'>;
  readonly session: Speaker;
};

/** What a helper of a kind is not there for; of others, it is only kept from starting more. */
const withheld: Readonly<Record<string, readonly string[]>> = {
  Explore: ['file.write', 'git.*', 'package.*', 'pull_request.*', 'secret.*'],
  Plan: ['file.write', 'git.*', 'package.*', 'pull_request.*', 'secret.*'],
  explore: ['file.write', 'git.*', 'package.*', 'pull_request.*', 'secret.*'],
  explorer: ['file.write', 'git.*', 'package.*', 'pull_request.*', 'secret.*'],
};
/** A harness that names no kind calls it so, and the other so. */
const unnamed: ReadonlySet<string> = new Set(['general-purpose', 'default']);

/** Helpers of one session. */
export function createHelpers({ control, pointToken, artifacts, session }: HelpersDeps): Helpers {
  /** Made, and not yet heard of by the name the harness gives them; the oldest first. */
  const awaited: { readonly kind: string; readonly speaker: Speaker }[] = [];
  const known = new Map<string, Speaker>();
  const closing = new Set<Promise<unknown>>();

  const close = (speaker: Speaker): void => {
    artifacts.release(speaker.credential);
    const body = { reason: 'the helper ended' };
    const said = control.call(controlApi.relinquish, {
      token: speaker.credential,
      params: { id: speaker.mandate },
      body,
    });
    closing.add(said.finally(() => closing.delete(said)));
  };

  return {
    async start(kind) {
      const own = await control.call(controlApi.getMandate, {
        token: session.credential,
        params: { id: session.mandate },
      });
      if (!own.ok) return own.problem.detail;
      const all = effectiveAuthority({
        authority: authoritySetFromWire(own.value.authorization_details),
        overlays: own.value.overlays.map((one) => ({ authority: authoritySetFromWire(one.authorization_details) })),
      });
      const made = await control.call(controlApi.delegate, {
        token: session.credential,
        point: pointToken(),
        params: { id: own.value.id },
        body: {
          purpose: `a helper of the session: ${kind}`,
          actor: kind,
          authorization_details: authoritySetToWire(without(all, ['agent.spawn', ...(withheld[kind] ?? [])])),
        },
        idempotencyKey: randomUUID(),
      });
      if (!made.ok) return made.problem.detail;
      const { mandate, credential } = made.value;
      if (credential === null) return 'control does not know this launcher yet';
      const speaker = { mandate: mandate.id, credential };
      await artifacts.hold(speaker);
      awaited.push({ kind, speaker });
      return null;
    },
    speaker(id, kind) {
      const found = known.get(id);
      if (found !== undefined) return found;
      const isIt = (one: string): boolean => one === kind || (unnamed.has(one) && unnamed.has(kind ?? 'default'));
      const at = awaited.findIndex((one) => isIt(one.kind));
      const [taken] = at < 0 ? [] : awaited.splice(at, 1);
      if (taken === undefined)
        return `this helper${kind === undefined ? '' : ` (\`${kind}\`)`} was not started under a mandate of its own; the session does its work itself, or starts a helper anew`;
      known.set(id, taken.speaker);
      return taken.speaker;
    },
    ended(id) {
      const speaker = known.get(id);
      known.delete(id);
      if (speaker !== undefined) close(speaker);
    },
    async [Symbol.asyncDispose]() {
      for (const speaker of [...known.values(), ...awaited.map((one) => one.speaker)]) close(speaker);
      await Promise.all(closing);
    },
  };
}

/** The part of a set that is about none of `actions`, handed on no further. */
function without(set: AuthoritySet, actions: readonly string[]): AuthoritySet {
  return set.flatMap(({ delegation: _, ...entry }) => {
    const kept = entry.actions.filter((own) => !actions.some((one) => actionWithin(own, one)));
    return kept.length === 0 ? [] : [{ ...entry, actions: kept }];
  });
}
