/**
 * Before Writ ends: what is at work is named, and given a while to finish; meanwhile nothing new is started. What has not finished then is ended with Writ, and its
 * task begins anew at the next start.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import { runtimeApi } from '@writ/protocol';
import { interruption } from '../place/interruption.ts';
import { timeSpan } from '../place/time-span.ts';
import { flagOption, textOption } from '../program/command.ts';
import type { Input } from '../program/command.ts';
import type { Context } from '../program/context.ts';
import { count } from '../render/block.ts';
import { safeText } from '../render/safe-text.ts';

type AtWork = (typeof runtimeApi.rest.reply)['_zod']['output']['at_work'][number];

const usualWait = '30s';
const lookMs = 500;

/** Waits, and says for what. False: the person did not want to wait nor to end it, and everything goes on. */
export async function waitForWork(context: Context, input: Input): Promise<boolean> {
  const runtime = await context.planes.runtime();
  const rest = (resting: boolean) => runtime.attempt(runtimeApi.rest, { body: { resting } });
  const isNow = flagOption(input, 'now');
  const span = textOption(input, 'wait') ?? usualWait;
  const until = performance.now() + timeSpan(span);
  const style = context.style();
  let known: readonly AtWork[] | null = null;
  using stop = interruption();
  for (;;) {
    const asked = await rest(true);
    // A runtime that does not answer has nothing that could be waited for: its runs are the enforcer's to end.
    if (!asked.ok) return true;
    const work = asked.value.at_work;
    const finishing = work.filter(({ how }) => how === 'finishes');
    if (known === null) {
      announce(context, work, isNow ? null : span);
      known = finishing;
    }
    for (const one of known.filter(({ session }) => !finishing.some((still) => still.session === session)))
      context.say(`${style.tone('good', style.mark('done'))} ${nameOf(one)} finished`);
    known = finishing;
    if (finishing.length === 0) return true;
    if (isNow || performance.now() >= until) {
      const them = count(finishing.length, 'is', 'are').replace(/^\d+ /, '');
      context.say(
        `${style.tone('held', style.mark('ask'))} ${finishing.map(nameOf).join(', ')} did not finish and ${them} ended now: what was written stays, and the task begins anew at the next \`writ up\``,
      );
      return true;
    }
    await sleep(lookMs, undefined, { signal: stop.signal }).catch(() => undefined);
    if (!stop.signal.aborted) continue;
    await rest(false);
    context.say(`${style.tone('quiet', style.mark('idle'))} nothing was ended; Writ goes on`);
    return false;
  }
}

/** `span`: how long is waited; null for not at all. */
function announce(context: Context, work: readonly AtWork[], span: string | null): void {
  const finishing = work.filter(({ how }) => how === 'finishes');
  const standing = work.filter(({ how }) => how === 'stands_still');
  const style = context.style();
  if (finishing.length > 0 && span !== null)
    context.say(
      `waiting at most ${span} for ${count(finishing.length, 'session', 'sessions')} at work; nothing new is started (\`--wait 10m\` waits longer, \`--now\` does not wait)`,
      ...finishing.map((one) => `  ${style.mark('dot')} ${nameOf(one)}`),
    );
  if (standing.length > 0)
    context.say(
      `not waited for, because ${standing.length === 1 ? 'it is paused or at a terminal: it stands' : 'they are paused or at a terminal: they stand'} still until Writ is up again, or ${standing.length === 1 ? 'ends' : 'end'} with it`,
      ...standing.map((one) => `  ${style.mark('dot')} ${nameOf(one)}`),
    );
}

const nameOf = ({ session, title }: AtWork): string => `${safeText(session)} ${safeText(title)}`;
