/** The approval of one action as its events fold: asked for or not, then given or refused, then used. */

import type { ApprovalEvent, AskedAction, GivenApproval } from './events.ts';

export type ApprovalState =
  | { readonly name: 'asked' }
  | { readonly name: 'given'; readonly given: GivenApproval }
  | { readonly name: 'refused'; readonly at: number; readonly by: string; readonly reason: string }
  | { readonly name: 'used'; readonly given: GivenApproval; readonly operation: string };

export type ApprovalRecord = {
  readonly id: string;
  readonly mandate: string;
  /** Null where a person said yes before anybody asked. */
  readonly asked: AskedAction | null;
  readonly state: ApprovalState;
};

/** The yes there is, used or not. */
export const givenIn = ({ state }: ApprovalRecord): GivenApproval | undefined =>
  state.name === 'given' || state.name === 'used' ? state.given : undefined;

/** The record after `event`. Throws on what cannot follow: the log is corrupt. */
export function evolve(record: ApprovalRecord | undefined, event: ApprovalEvent): ApprovalRecord {
  switch (event.type) {
    case 'approval.asked':
      if (record !== undefined) throw impossible(event, record);
      return { id: event.data.id, mandate: event.data.mandate, asked: event.data, state: { name: 'asked' } };
    case 'approval.given': {
      const { id, mandate } = event.data;
      if (record !== undefined && record.state.name !== 'asked') throw impossible(event, record);
      return { id, mandate, asked: record?.asked ?? null, state: { name: 'given', given: givenBy(event.data) } };
    }
    case 'approval.refused': {
      if (record?.state.name !== 'asked') throw impossible(event, record);
      const { at, by, reason } = event.data;
      return { ...record, state: { name: 'refused', at, by, reason } };
    }
    case 'approval.used':
      if (record?.state.name !== 'given') throw impossible(event, record);
      return {
        ...record,
        state: { name: 'used', given: record.state.given, operation: event.data.operation },
      };
  }
}

/** What is judged by; the evidence of it stays in the journal. */
function givenBy({ consent, ...given }: GivenApproval & { readonly consent?: unknown }): GivenApproval {
  return consent === undefined ? given : { ...given };
}

const impossible = ({ type }: ApprovalEvent, record: ApprovalRecord | undefined): Error =>
  new Error(`corrupt log: \`${type}\` cannot follow on an approval that is ${record?.state.name ?? 'not there'}`);
