/**
 * Who calls the runtime, and which roles they have: asked of control, which alone knows its tokens. It is asked again after some seconds, so that a role that was taken
 * away is gone; while control is away an answer counts for a minute. It is kept by the token's digest; a no is not kept.
 * It refuses everybody it cannot ask about: the runtime has no list of its own. People show it a token that says who they are and nothing more, so that
 * a runtime that was taken over has nothing to approve with.
 */

import { createHash } from 'node:crypto';
import type { Grants } from '@writ/authority';
import type { Caller } from '@writ/enforce';
import { controlApi } from '@writ/protocol';
import type { ProblemWire } from '@writ/protocol';

export type RuntimeCaller =
  | { readonly kind: 'person'; readonly name: string; readonly roles: Grants }
  | { readonly kind: 'point'; readonly name: string }
  | { readonly kind: 'actor'; readonly name: string }
  | { readonly kind: 'anyone' };

export interface Authentication {
  /** Finds out who `token` belongs to. A problem only where control could not be asked. */
  learn(token: string): Promise<ProblemWire | null>;
  /** Who it belongs to, as far as it was learned. */
  known(token: string): RuntimeCaller | undefined;
}

/** After this, control is asked again. */
const askAgainMs = 2_000;
/** For how long an answer counts while control cannot be asked. */
const keepMs = 60_000;
const maxKept = 1_000;

/** Authentication through `control`. `now`: milliseconds since the epoch. */
export function createAuthentication(control: Caller, now: () => number): Authentication {
  const kept = new Map<string, { readonly caller: RuntimeCaller; readonly at: number }>();
  const digest = (token: string): string => createHash('sha256').update(token).digest('base64url');
  const known = (token: string): RuntimeCaller | undefined => {
    const found = kept.get(digest(token));
    return found !== undefined && Math.abs(now() - found.at) < keepMs ? found.caller : undefined;
  };
  return {
    known,
    async learn(token) {
      const found = kept.get(digest(token));
      if (found !== undefined && Math.abs(now() - found.at) < askAgainMs) return null;
      const asked = await control.call(controlApi.whoami, { token });
      const isAway = !asked.ok && asked.problem.code === 'control_unreachable';
      if (isAway && known(token) !== undefined) return null;
      kept.delete(digest(token));
      if (!asked.ok) return isAway ? asked.problem : null;
      const caller = callerOf(asked.value);
      if (caller === undefined) return null;
      if (kept.size >= maxKept) kept.clear();
      kept.set(digest(token), { caller, at: now() });
      return null;
    },
  };
}

function callerOf({
  kind,
  name,
  roles,
}: {
  readonly kind: string;
  readonly name: string;
  readonly roles: Grants | null;
}): RuntimeCaller | undefined {
  switch (kind) {
    case 'person':
    case 'visitor':
      return { kind: 'person', name, roles: roles ?? {} };
    case 'actor':
      return { kind, name };
    case 'point':
      return { kind, name: name.replace(/^point:/, '') };
    default:
      return undefined;
  }
}
