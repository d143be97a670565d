/**
 * A yes that policy wants the approver's own key for: asks for the passphrase, has control's challenge signed, and sends the yes again with that.
 *
 * INVARIANT: what is signed names the digest of the text that was on the screen, worked out here and not taken from control.
 */

import { createHash } from 'node:crypto';
import type { CallResult } from '@writ/enforce';
import { controlApi } from '@writ/protocol';
import { CommandEnd, exitCodes, problem } from '../exit.ts';
import { readPassphrase } from '../place/passphrase.ts';
import { readStepUpKey } from '../place/step-up-file.ts';
import type { Context } from '../program/context.ts';
import { safeText } from '../render/safe-text.ts';

/** What a yes is to. `text`: as it was shown. */
export type ShownAct = {
  readonly act: 'approve' | 'approve_action' | 'adopt_policy' | 'set_key';
  readonly subject: string;
  readonly revision: number | null;
  readonly text: string;
};

type OpenKey = { readonly sign: (claims: object) => Promise<string> };

/** SHA-256 of a text, as control names it. */
export const digestOf = (text: string): string => createHash('sha256').update(text).digest('base64url');

/** Sends a yes; where it needs the key of who gives it and somebody is there, with that. Ends the command when control refuses. */
export async function withStepUp<T>(
  context: Context,
  shown: ShownAct,
  isUnattended: boolean,
  send: (statement: string | undefined) => Promise<CallResult<T>>,
): Promise<T> {
  const first = await send(undefined);
  if (first.ok) return first.value;
  if (first.problem.code !== 'step_up_required' || isUnattended || context.json) throw new CommandEnd(first.problem);
  const me = await (await context.planes.control()).call(controlApi.whoami);
  const sealed = await readStepUpKey(context.home, me.name);
  if (sealed === null) throw new CommandEnd(first.problem);
  context.progress(`  ${context.style().dim(safeText(first.problem.detail))}`);
  const second = await send(await signed(context, shown, await opened(sealed)));
  if (!second.ok) throw new CommandEnd(second.problem);
  return second.value;
}

/** The key that was sealed, after its passphrase was typed. */
export async function opened(sealed: string, question = '  your passphrase: '): Promise<OpenKey> {
  const { openStepUpKey } = await import('@writ/enforce');
  for (let tries = 3; tries > 0; tries -= 1) {
    const passphrase = await readPassphrase(question);
    if (passphrase === null) break;
    const key = await openStepUpKey(sealed, passphrase);
    if (key !== undefined) return key;
  }
  throw new CommandEnd(
    problem(
      'step_up_required',
      403,
      'no passphrase was given that opens your key',
      'nothing was approved; try it again',
    ),
    exitCodes.refused,
  );
}

/** A statement of exactly this, by this key, with a fresh challenge. */
export async function signed(context: Context, shown: ShownAct, key: OpenKey): Promise<string> {
  const { act, subject, revision, text } = shown;
  const text_digest = digestOf(text);
  const control = await context.planes.control();
  const body = { act, subject, revision, text_digest };
  const { challenge, person } = await control.call(controlApi.stepUpChallenge, { body });
  return key.sign({
    person,
    act,
    sub: subject,
    revision,
    text_digest,
    challenge,
    iat: Math.floor(context.io.now() / 1_000),
  });
}
