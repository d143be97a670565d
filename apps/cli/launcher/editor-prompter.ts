/**
 * The prompter of a session behind an editor: puts a held call to the person there, as a request for permission with the text that is approved. What nobody answers waits in the inbox, and the
 * call is told so.
 *
 * It gives nothing itself: a yes is the person's, by the digest of the text that the editor was sent, and control's to take.
 */

import type { AcpProxy, HarnessEvent } from '@writ/enforce/attended';
import type { Answer } from '../commands/answer-waiting.ts';
import { giveAnswer } from '../commands/answer-waiting.ts';
import { answersOf } from '../connect/remember.ts';
import { CommandEnd } from '../exit.ts';
import type { Context } from '../program/context.ts';
import { safeText } from '../render/safe-text.ts';
import type { Put } from './waiting-at-control.ts';
import { answerOf, waitingUnder } from './waiting-at-control.ts';

/** As long as a call waits for its answer; milliseconds. */
const askMs = 240_000;

type Call = Extract<HarnessEvent, { kind: 'call' }>;

/** Asks through `proxy`: about a call, or about what a program of the session does by itself. Never rejects. */
export function createEditorPrompter(context: Context, proxy: () => AcpProxy | null) {
  async function put(id: string, call: Call | null): Promise<Put> {
    const one = await waitingUnder(context, id);
    if (one === undefined) return answerOf(context, id);
    if (!one.may_answer) return { answer: 'waits', why: one.why_not ?? 'it is not yours to answer' };
    const { mayRemember, shown } = await answersOf(context, one);
    const also = shown === null ? [] : [`To remember it is also this:\n\n${shown.text}`];
    const question = {
      conversation: call?.session ?? null,
      call: call?.id ?? null,
      title: `Writ asks: ${safeText(one.changes.join('; ') || (call?.tool ?? 'a connection'))}`,
      text: [...one.changes, one.text, ...also].map(safeText).join('\n\n'),
      mayRemember,
    };
    const answer = (await proxy()?.ask(question, AbortSignal.timeout(askMs))) ?? null;
    if (answer === null) return answerOf(context, id);
    const quiet = { ...context, say: () => undefined, answer: () => undefined };
    const given: Answer =
      answer === 'no'
        ? { yes: false, reason: 'refused in the editor' }
        : { yes: true, remember: answer === 'remember', shown };
    await giveAnswer(quiet, one, given).catch((error: unknown) => {
      if (!(error instanceof CommandEnd)) throw error; // it was not taken: how it stands is asked afterwards
    });
    return answerOf(context, id);
  }
  return (id: string, call: Call | null): Promise<Put> =>
    put(id, call).catch((error: unknown): Put => ({ answer: 'waits', why: String(error) }));
}
