/**
 * A yes in advance beside the yes to an agent's request: the same site, in any session of its repository, for 30 days.
 *
 * INVARIANT: what is sent is the digest of the text that was shown.
 */

import { controlApi } from '@writ/protocol';
import type { Context } from '../program/context.ts';
import { withStepUp } from './step-up.ts';
import type { WaitingWire } from './wire.ts';

/** As long as an answer is remembered, milliseconds. */
const rememberedMs = 30 * 24 * 3_600_000;

type Asked = {
  readonly project: string;
  readonly lines: { resource: string; resource_match: 'exact' | 'prefix'; actions: string[]; uses: null }[];
  readonly expires_at: string;
};

/** What would be remembered, as a person is shown it. */
export type ToRemember = { readonly asked: Asked; readonly text: string; readonly digest: string };

/** What `m` gives besides; null where nothing can be. Writes nothing. */
export async function toRemember(
  context: Context,
  { kind, remembers, project }: WaitingWire,
): Promise<ToRemember | null> {
  if (kind !== 'proposal' || remembers === null) return null;
  const { resource, resource_match, actions } = remembers;
  const asked = {
    project,
    lines: [{ resource, resource_match, actions: [...actions], uses: null }],
    expires_at: new Date(context.io.now() + rememberedMs).toISOString(),
  };
  const shown = await (await context.planes.control()).attempt(controlApi.advanceText, { body: asked });
  // Who may not say yes in advance may say yes all the same.
  return shown.ok ? { asked, text: shown.value.text, digest: shown.value.text_digest } : null;
}

/** Whether `m` is among the answers to what waits, and what it would give besides. The same on every surface where a person answers. */
export async function answersOf(
  context: Context,
  waiting: WaitingWire,
): Promise<{ readonly mayRemember: boolean; readonly shown: ToRemember | null }> {
  const shown = await toRemember(context, waiting);
  return { mayRemember: waiting.kind === 'action' ? waiting.may_remember : shown !== null, shown };
}

/** Has it remembered. Ends the command where control does not take it. */
export async function remember(context: Context, { asked, text, digest }: ToRemember): Promise<void> {
  const control = await context.planes.control();
  const shown = { act: 'approve_action', subject: asked.project, revision: null, text } as const;
  await withStepUp(context, shown, false, (step_up) =>
    control.attempt(controlApi.giveAdvance, {
      body: { ...asked, text_digest: digest, ...(step_up !== undefined && { step_up }) },
    }),
  );
}
