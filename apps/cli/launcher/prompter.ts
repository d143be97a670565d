/**
 * The one prompter of an attended session: puts a held call to the person in the agent's own terminal, while the program stands still and the call waits. What it cannot put
 * there (nobody at the terminal, too many questions, no answer in time) waits in the inbox, and the call is told so.
 *
 * It gives nothing itself: a yes is the person's, by the digest of the text on the screen, and control's to take. One question at a time; answered elsewhere, it goes away.
 */

import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { giveAnswer } from '../commands/answer-waiting.ts';
import { answersOf } from '../connect/remember.ts';
import type { AttentionWire, WaitingWire } from '../connect/wire.ts';
import { CommandEnd } from '../exit.ts';
import { mayInterrupt } from '../place/interruptions.ts';
import { canAsk, readKey, readLine } from '../place/keyboard.ts';
import type { Context } from '../program/context.ts';
import { renderItem } from '../render/attention.ts';
import { renderApprovalText } from '../render/mandate.ts';
import { safeLines } from '../render/safe-text.ts';
import { renderToRemember, renderWaiting } from '../render/waiting.ts';
import type { Put } from './waiting-at-control.ts';
import { answerOf, waitingUnder } from './waiting-at-control.ts';

export interface Prompter {
  /** Puts what waits at control under `id`. Never rejects. */
  ask(id: string): Promise<Put>;
  /** Puts a question of the agent's own; its answer, or null where it is left for later. Never rejects. */
  choose(item: AttentionWire, signal: AbortSignal): Promise<string | null>;
}

export type PrompterDeps = {
  readonly context: Context;
  /** Holds the program still while somebody else uses its terminal; what it returns lets it go on, unless something else holds it. */
  readonly holdStill: () => () => void;
  readonly perHour: number;
  /** Told of each question that interrupted, and of each that was left to the inbox. */
  readonly seen: (question: { readonly id: string; readonly at: 'terminal' | 'inbox' }) => void;
};

/** A call waits no longer than this for its answer; what the hooks give it is a little more. */
const askMs = 240_000;
const lookMs = 500;
/** The second screen and back: what the program drew is there again afterwards. */
const [enter, leave] = ['\u001b[?1049h\u001b[2J\u001b[H', '\u001b[?1049l'];

/** The prompter of one session. */
export function createPrompter({ context, holdStill, perHour, seen }: PrompterDeps): Prompter {
  const asked: number[] = [];
  let last: Promise<unknown> = Promise.resolve();

  /** Aborts once it was answered from elsewhere. */
  async function untilAnswered(id: string, over: AbortController): Promise<void> {
    while (!over.signal.aborted) {
      await sleep(lookMs, undefined, { signal: over.signal }).catch(() => undefined);
      if (!over.signal.aborted && (await waitingUnder(context, id)) === undefined) over.abort();
    }
  }

  /** Shows it and takes a key, until one answers it. */
  async function show(one: WaitingWire, signal: AbortSignal): Promise<void> {
    const style = context.style();
    const { stdout } = context.io;
    const key = (letter: string, word: string): string => `${style.bold(`[${letter}]`)} ${word}`;
    const yes = one.kind === 'action' ? 'yes, once' : 'yes, for this session';
    const { mayRemember, shown } = await answersOf(context, one);
    const keys = [key('y', yes), ...(mayRemember ? [key('m', 'remember')] : []), key('n', 'no'), key('?', 'why')];
    const letters = ['y', 'n', '?', ...(mayRemember ? ['m'] : [])];
    let full = false;
    for (;;) {
      // The text that is approved is always on the screen, and last what it is about: a long text leaves the screen at its top. What is asked for it is what `?` adds.
      const text = renderApprovalText(safeLines(one.text.trimEnd()), style);
      const also = renderToRemember(shown, style);
      const lines = [...text, ...also, '', ...renderWaiting(one, null, style, { full: false })];
      stdout.write(`${enter}${lines.join('\r\n')}\r\n${full ? `\r\n${whyLines(one).join('\r\n')}\r\n` : ''}\r\n`);
      const pressed = await readKey(
        context.io,
        `  ${keys.join('  ')}  ${style.dim('(Esc: later, in the inbox)')} `,
        letters,
        signal,
      );
      if (pressed === null) return;
      if (pressed === '?') full = true;
      else {
        const answer =
          pressed === 'n'
            ? ({ yes: false, reason: 'refused at the terminal' } as const)
            : ({ yes: true, remember: pressed === 'm', shown } as const);
        await giveAnswer({ ...context, say: () => undefined, answer: () => undefined }, one, answer);
        return;
      }
    }
  }

  /** Why nobody can be interrupted now. */
  function whyNot(): string | null {
    const { io } = context;
    if (!canAsk(io)) return 'nobody is at the terminal';
    if (!hasForeground(io.front?.pid ?? process.pid)) return 'the terminal is in use by another program of the session';
    return mayInterrupt(asked, io.now(), perHour) ? null : `${String(perHour)} questions an hour are enough`;
  }

  /** Has the terminal to itself for `work`; the program is as it was afterwards. */
  async function interrupting(id: string, work: () => Promise<void>): Promise<void> {
    asked.push(context.io.now());
    seen({ id, at: 'terminal' });
    const goOn = holdStill();
    try {
      await work();
    } catch (error) {
      if (!(error instanceof CommandEnd)) throw error; // it was not taken: how it stands is asked afterwards
    } finally {
      context.io.stdout.write(leave);
      goOn();
    }
  }

  async function put(id: string): Promise<Put> {
    const later = (why: string): Put => {
      seen({ id, at: 'inbox' });
      return { answer: 'waits', why };
    };
    const why = whyNot();
    if (why !== null) return later(why);
    const one = await waitingUnder(context, id);
    if (one === undefined) return answerOf(context, id);
    if (!one.may_answer) return later(one.why_not ?? 'it is not yours to answer');
    const over = new AbortController();
    const deadline = setTimeout(() => over.abort(), askMs);
    const looking = untilAnswered(id, over);
    try {
      await interrupting(id, () => show(one, over.signal));
    } finally {
      over.abort();
      clearTimeout(deadline);
    }
    await looking;
    return answerOf(context, id);
  }

  async function pick(item: AttentionWire, signal: AbortSignal): Promise<string | null> {
    if (whyNot() !== null || signal.aborted) {
      seen({ id: item.id, at: 'inbox' });
      return null;
    }
    let answer: string | null = null;
    await interrupting(item.id, async () => {
      const style = context.style();
      const letters = item.options.map(({ key }) => key);
      context.io.stdout.write(`${enter}${renderItem(item, letters, style).join('\r\n')}\r\n\r\n`);
      const question = `  ${style.dim('a number, [o] for words of your own (Esc: later, in the inbox)')} `;
      const pressed = await readKey(context.io, question, [...letters, 'o'], signal);
      answer = pressed === 'o' ? ((await readLine(context.io, '  your answer: ')) ?? null) : pressed;
    });
    return answer === '' ? null : answer;
  }

  /** One after another. */
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = last.then(work);
    last = turn.catch(() => undefined);
    return turn;
  }

  return {
    ask: (id) =>
      inTurn(() => put(id)).catch((error: unknown): Put => {
        const why = error instanceof Error ? error.message : String(error);
        return { answer: 'waits', why };
      }),
    choose: (item, signal) => inTurn(() => pick(item, signal)).catch(() => null), // it waits in the inbox
  };
}

/** Whether the process `pid`, which is ours there, may use the terminal: where another group of processes has its foreground, reading it would stop this one (credentials(7)). */
function hasForeground(pid: number): boolean {
  try {
    const [, , group, , , foreground] = readFileSync(`/proc/${String(pid)}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    return group === foreground;
  } catch {
    // No `/proc`: both as ps(1) says them.
    const { stdout, error } = spawnSync('ps', ['-o', 'pgid=,tpgid=', '-p', String(pid)], { encoding: 'utf8' });
    const [group, foreground] = error === undefined ? stdout.trim().split(/\s+/) : [];
    return group === foreground;
  }
}

/** Why it is asked at all. */
const whyLines = ({ reason, changes, asked_by: by }: WaitingWire): readonly string[] => [
  `  asked by ${by}${reason === '' ? '' : `: ${reason}`}`,
  ...changes.map((change) => `  - ${change}`),
  '  it is asked because what was approved says that a person is asked about it, or does not name it;',
  '  no: the call is refused with the reason, and the agent goes on with other work',
];
