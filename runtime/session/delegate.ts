/**
 * A child mandate: made at control by an explicit act under the session's own credential, and given back when its work is over. The child gets a part of what its parent has, and
 * never anything by being a child.
 */

import type { AuthoritySet } from '@writ/authority';
import { actionWithin, intersect } from '@writ/authority';
import { newActorKey } from '@writ/enforce/client';
import { authoritySetFromWire, authoritySetToWire, controlApi } from '@writ/protocol';
import { bounded, isLine, withoutDelegation } from '../agent/definition/agent-authority.ts';
import { isSilence, vouching } from '../control/ask.ts';
import { parseAllow } from '../mission/allow-line.ts';
import type { Ports } from '../ports.ts';
import type { Refusal, Result } from '../refusal.ts';
import { accept, refuse, reject } from '../refusal.ts';
import { credentialName } from './resume.ts';
import type { Session } from './session.ts';

export type Delegation = {
  readonly agent: string;
  readonly purpose: string;
  /** What is asked for, in words. */
  readonly what: string;
  /** The part of the parent's own set that the child gets. */
  readonly choose: (own: AuthoritySet) => Result<AuthoritySet>;
};

export type Delegated = { readonly mandate: string; readonly credential: string; readonly authority: AuthoritySet };

/** A child mandate at control, by an explicit act of the session's own, with a credential that only who holds its key can use. */
export async function delegate(
  ports: Ports,
  parent: Session,
  { agent, purpose, what, choose }: Delegation,
): Promise<Result<Delegated>> {
  const credential = await ports.credentials.get(credentialName(parent));
  if (parent.mandate === null || credential === null)
    return reject(refuse('refused', `session \`${parent.id}\` has no mandate to hand on`));
  const found = await ports.control.call(controlApi.getMandate, { token: credential, params: { id: parent.mandate } });
  if (!found.ok) return reject(fromProblem(found.problem));
  const asked = choose(authoritySetFromWire(found.value.authorization_details));
  if (!asked.ok) return asked;
  const overlays = found.value.overlays.map((overlay) => authoritySetFromWire(overlay.authorization_details));
  const authority = overlays.reduce<AuthoritySet>(
    (set, overlay) => withoutDelegation(intersect(set, overlay)),
    asked.value,
  );
  if (authority.length === 0)
    return reject(
      refuse(
        'refused',
        `none of ${what} is in the parent's mandate`,
        'ask for actions the parent has; `writ show` lists them',
        'out_of_authority',
      ),
    );
  // Who may start agents hands on in turn, one level less.
  const { max_depth: depth, ...bounds } = found.value.delegation;
  const delegation = { ...bounds, max_depth: depth - 1 };
  const handsOn = depth > 1 && authority.some(({ actions }) => actions.some((own) => actionWithin('agent.spawn', own)));
  const key = await newActorKey();
  const made = await ports.control.call(controlApi.delegate, {
    token: credential,
    ...vouching(ports.pointToken),
    params: { id: parent.mandate },
    body: {
      ...{ purpose, actor: agent, actor_key: key.jkt, authorization_details: authoritySetToWire(authority) },
      ...(handsOn ? { delegation } : {}),
    },
    idempotencyKey: ports.newId('d'),
  });
  if (!made.ok) return reject(fromProblem(made.problem));
  const { mandate, credential: issued } = made.value;
  return issued === null
    ? reject(
        refuse('unreachable', 'control does not know this runtime yet, and gave it no credential for the sub-agent'),
      )
    : accept({ mandate: mandate.id, credential: key.keptWith(issued), authority });
}

/**
 * The part of a set that is about what was asked for, families met from either side; handed on no further. An action alone is asked for wherever the set has
 * it; a line as in a mission's `allow` (`mcp.read on mcp://ledger/*, for tenant acme`) within its own bounds.
 */
export function restrict(set: AuthoritySet, asked: readonly string[], project: string): Result<AuthoritySet> {
  const wrong = asked
    .filter(isLine)
    .map((line) => parseAllow(line, project))
    .find((line) => !line.ok);
  if (wrong !== undefined) return reject(refuse('invalid', wrong.message));
  return accept(withoutDelegation(bounded(set, asked, project)));
}

/** Gives a child mandate back: its work is over. What control does not hear now is ended with the parent, or expires. */
export async function giveBack(
  ports: Ports,
  {
    mandate,
    credential,
    key,
    reason,
  }: {
    readonly mandate: string;
    /** The name the credential is kept under. */
    readonly credential: string;
    readonly key: string;
    readonly reason: string;
  },
): Promise<void> {
  const kept = await ports.credentials.get(credential);
  if (kept !== null)
    await ports.control.call(controlApi.relinquish, {
      token: kept,
      params: { id: mandate },
      body: { reason: reason.slice(0, 4_000).toWellFormed() },
      idempotencyKey: key,
    });
}

const fromProblem = (problem: Parameters<typeof isSilence>[0]): Refusal =>
  refuse(isSilence(problem) ? 'unreachable' : 'refused', problem.detail, problem.way_out, problem.code);
