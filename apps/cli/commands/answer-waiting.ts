/**
 * A person's answer to what waits at control: yes to exactly the text that was shown, or no with a reason.
 *
 * INVARIANT: what is sent is the digest of the text on the screen; control refuses when it is not that any more.
 */

import { controlApi } from '@writ/protocol';
import type { ToRemember } from '../connect/remember.ts';
import { answersOf, remember, toRemember } from '../connect/remember.ts';
import { withStepUp } from '../connect/step-up.ts';
import type { AttentionWire, WaitingWire } from '../connect/wire.ts';
import { exitCodes, usage } from '../exit.ts';
import { readKey, readLine } from '../place/keyboard.ts';
import type { Context } from '../program/context.ts';
import { safeText } from '../render/safe-text.ts';
import { renderToRemember, renderWaiting } from '../render/waiting.ts';
import { sayOutcome } from './mandate-outcome.ts';

export type Answer =
  /** `remember`: for its target in this repository. `shown`: what of a proposal was shown to be remembered, where it was shown before. */
  | { readonly yes: true; readonly remember: boolean; readonly shown?: ToRemember | null }
  | { readonly yes: false; readonly reason: string }
  /** How something ended of which nobody knows it, and how the person does. */
  | { readonly outcome: 'done' | 'failed'; readonly reason: string };

const yesWords: ReadonlySet<string> = new Set(['yes', 'y', 'approve', 'a']);
const rememberWords: ReadonlySet<string> = new Set(['remember', 'm']);
const noWords: ReadonlySet<string> = new Set(['no', 'n', 'refuse', 'r']);

/** The answer somebody typed after the id: `yes`, or `no` and a reason; of an outcome, `done` or `failed` and how they know. */
export function answerFrom(
  { kind, may_remember: mayRemember }: Pick<WaitingWire, 'kind' | 'may_remember'>,
  words: readonly string[],
): Answer {
  const [word = '', ...rest] = words;
  if (kind === 'outcome') {
    if (word === 'done' || word === 'failed') return { outcome: word, reason: rest.join(' ') };
    throw usage(`\`${words.join(' ')}\` is no answer to it`, 'answer `done` or `failed`, and how you know');
  }
  if (yesWords.has(word.toLowerCase()) && rest.length === 0) return { yes: true, remember: false };
  const remembers = kind === 'action' || mayRemember;
  if (remembers && rememberWords.has(word.toLowerCase()) && rest.length === 0) return { yes: true, remember: true };
  if (noWords.has(word.toLowerCase())) return { yes: false, reason: rest.join(' ') };
  throw usage(
    `\`${words.join(' ')}\` is no answer to it`,
    remembers ? 'answer `yes`, `remember`, or `no` and a reason' : 'answer `yes`, or `no` and a reason',
  );
}

/** Sends the answer. Ends the command when control does not take it. */
export async function giveAnswer(context: Context, waiting: WaitingWire, answer: Answer): Promise<number> {
  if ('outcome' in answer) return sayOutcome(context, waiting, answer.outcome, answer.reason);
  const control = await context.planes.control();
  const params = { id: waiting.id };
  const also = answer.yes && answer.remember ? (answer.shown ?? (await toRemember(context, waiting))) : null;
  if (answer.yes && answer.remember && waiting.kind !== 'action' && also === null)
    throw usage(`\`${waiting.id}\` cannot be remembered`, 'answer `yes`, for this alone');
  const done = answer.yes
    ? await giveYes(context, waiting, answer.remember)
    : await control.call(waiting.kind === 'action' ? controlApi.refuseApproval : controlApi.refuse, {
        params,
        body: { reason: answer.reason },
      });
  if (also !== null) await remember(context, also);
  context.answer(done);
  const style = context.style();
  const kept = answer.yes && answer.remember ? ', and remembered for 30 days: `writ remembered list` shows it' : '';
  const taken =
    waiting.kind !== 'action'
      ? `approved ${safeText(waiting.id)}`
      : kept === ''
        ? 'yes, once: the agent may try it again'
        : 'yes';
  context.say(
    answer.yes
      ? `${style.tone('good', style.mark('done'))} ${taken}${kept}`
      : `${style.tone('bad', style.mark('failed'))} refused${answer.reason === '' ? '' : `: ${safeText(answer.reason)}`}`,
  );
  return exitCodes.done;
}

/** The yes, with the key of who gives it where policy wants that. */
async function giveYes(context: Context, waiting: WaitingWire, remember: boolean): Promise<unknown> {
  const control = await context.planes.control();
  const { id, text, text_digest, revision } = waiting;
  const params = { id };
  const proof = (step_up: string | undefined) => (step_up === undefined ? {} : { step_up });
  return waiting.kind === 'action'
    ? withStepUp<unknown>(context, { act: 'approve_action', subject: id, revision: null, text }, false, (statement) =>
        control.attempt(controlApi.giveApproval, { params, body: { text_digest, remember, ...proof(statement) } }),
      )
    : withStepUp<unknown>(context, { act: 'approve', subject: id, revision, text }, false, (statement) =>
        control.attempt(controlApi.approve, {
          params,
          body: { text_digest, revision: revision ?? 0, ...proof(statement) },
        }),
      );
}

/** Shows one in full and takes its answer from the keyboard. */
export async function askWaiting(
  context: Context,
  waiting: WaitingWire,
  item: AttentionWire | null,
): Promise<'answered' | 'skipped' | 'quit'> {
  const style = context.style();
  context.say(...renderWaiting(waiting, item, style, { full: true }));
  if (!waiting.may_answer) {
    context.say('');
    return 'skipped';
  }
  if (waiting.kind === 'outcome') return askOutcome(context, waiting);
  const { mayRemember, shown } = await answersOf(context, waiting);
  context.say(...renderToRemember(shown, style));
  const key = await askKey(context, waiting, mayRemember);
  if (key === null || key === 'q') return 'quit';
  if (key === 's') return 'skipped';
  if (key === 'y' || key === 'm') await giveAnswer(context, waiting, { yes: true, remember: key === 'm', shown });
  else {
    const reason = await readLine(context.io, '  why, for the agent (may be empty): ');
    if (reason === null) return 'skipped';
    await giveAnswer(context, waiting, { yes: false, reason: reason.trim() });
  }
  return 'answered';
}

/** One key: of a held action y, m or n, of a proposal a, m or r, which stand for the same. */
async function askKey(context: Context, waiting: WaitingWire, mayRemember: boolean): Promise<string | null> {
  const style = context.style();
  const key = (letter: string, word: string): string => `${style.bold(`[${letter}]`)} ${word}`;
  const others = style.dim('[s]kip or [q]uit:');
  const isAction = waiting.kind === 'action';
  const [yes, no] = isAction ? (['y', 'n'] as const) : (['a', 'r'] as const);
  const keys = [
    key(yes, isAction ? 'yes, once' : 'approve'),
    ...(mayRemember ? [key('m', 'remember')] : []),
    key(no, isAction ? 'no' : 'refuse'),
  ];
  const pressed = await readKey(context.io, `  ${keys.join('  ')}  ${others} `, [
    yes,
    ...(mayRemember ? ['m'] : []),
    no,
    's',
    'q',
  ]);
  return pressed === yes ? 'y' : pressed === no ? 'n' : pressed;
}

/** Takes how it ended, and how the person knows. */
async function askOutcome(context: Context, waiting: WaitingWire): Promise<'answered' | 'skipped' | 'quit'> {
  const style = context.style();
  const question = `  ${style.bold('[d]')} done  ${style.bold('[f]')} failed  ${style.dim('[s]kip or [q]uit:')} `;
  const key = await readKey(context.io, question, ['d', 'f', 's', 'q']);
  if (key === null || key === 'q') return 'quit';
  const reason = key === 's' ? null : await readLine(context.io, '  how you know (empty to skip): ');
  if (reason === null || reason.trim() === '') return 'skipped';
  await giveAnswer(context, waiting, { outcome: key === 'd' ? 'done' : 'failed', reason: reason.trim() });
  return 'answered';
}
