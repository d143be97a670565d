/** What waits at control for a person, and how it was answered from wherever. */

import { controlApi } from '@writ/protocol';
import type { WaitingWire } from '../connect/wire.ts';
import type { Context } from '../program/context.ts';

/** `waits`: nobody answered here; why, for the person at the terminal. */
export type Put =
  { readonly answer: 'yes' } | { readonly answer: 'no' } | { readonly answer: 'waits'; readonly why: string };

/** What waits under `id`; undefined once it was answered. */
export async function waitingUnder({ planes }: Context, id: string): Promise<WaitingWire | undefined> {
  const all = await (await planes.control()).attempt(controlApi.waiting);
  return all.ok ? all.value.items.find((one) => one.id === id) : undefined;
}

/** How it stands. */
export async function answerOf({ planes }: Context, id: string): Promise<Put> {
  const control = await planes.control();
  const [held, proposal] = await Promise.all([
    control.attempt(controlApi.getApproval, { params: { id } }),
    control.attempt(controlApi.getMandate, { params: { id } }),
  ]);
  const state = held.ok ? held.value.state : proposal.ok ? proposal.value.state : 'void';
  if (state === 'given' || state === 'used' || state === 'active') return { answer: 'yes' };
  return state === 'waiting' || state === 'proposed'
    ? { answer: 'waits', why: 'nobody answered it here' }
    : { answer: 'no' };
}
