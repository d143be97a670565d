/** Whether a chain is in force: known, complete, and every mandate of it active and not over. The first of the three yeses a mandate gives. */

import { effectiveState } from '../mandate/effective-state.ts';
import type { JudgedMandate as Mandate } from '../mandate/mandate.ts';
import type { CompiledChain } from './compiled-chain.ts';
import type { Reason } from './reason.ts';

/** Why `mandate`, the last of `chain`, is not in force at `now`; undefined when it is. */
export function whyNotInForce(chain: CompiledChain, mandate: string, now: number): Reason | undefined {
  const { leaf, missing } = chain;
  if (leaf === undefined || chain.id !== mandate) return { code: 'unknown_mandate', mandate };
  if (missing !== undefined) return { code: 'unknown_mandate', mandate: missing };
  // What holds for all of them holds for each; written so that a time that is not a number is looked at again.
  if (chain.isActive && now < chain.endsAt) return undefined;
  const state = effectiveState(chain.mandates, now) ?? { name: 'expired' };
  if (state.name === 'active') return undefined;
  if (state.name === 'cascaded' || state.name === 'held')
    return { code: 'ancestor_inactive', mandate, ancestor: state.because, state: state.name };
  return { code: 'mandate_inactive', mandate, state: state.name, detail: stateDetail(leaf, state.name) };
}

function stateDetail(mandate: Mandate, effective: string): string {
  const { state } = mandate;
  if (effective !== state.name) return 'its time is over';
  switch (state.name) {
    case 'suspended':
      return state.cause.kind === 'condition'
        ? `\`${state.cause.subject}\` became ${state.cause.reading}`
        : state.cause.reason;
    case 'revoked':
    case 'refused':
      return `${state.reason} (by ${state.by})`;
    case 'superseded':
      return `\`${state.successor}\` took its place`;
    case 'completed':
      return `its work was accepted (by ${state.by})`;
    case 'proposed':
      return 'nobody has approved it yet';
    case 'expired':
    case 'lapsed':
    case 'active':
      return 'its time is over';
  }
}
