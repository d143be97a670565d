/**
 * A turn that was cut off while a call of it waited for a person: nothing of it is done again by itself, but for the yes. Whoever gives it expects the work to go on, so the session is told of it
 * then, as its next turn. A task is tried again by its mission.
 *
 * INVARIANT: it gives nothing. The turn is asked for like any other, and the call is asked about once more: the yes is found only where call, files and mandate are what they were.
 */

import { ofSession } from '../attention/item.ts';
import type { Item } from '../attention/item.ts';
import { openItem } from '../attention/queue.ts';
import type { Ports } from '../ports.ts';
import { itself } from '../ports.ts';
import { decide } from './decide.ts';
import type { SessionEvent } from './events.ts';
import type { Session } from './session.ts';

type Held = { readonly title: string; readonly approval: string };

/** Puts what `cut` waited for into the inbox, where its newest turn, which was cut off just now, stood at a call that waits for a person. */
export async function waitForYes(ports: Ports, cut: Session): Promise<void> {
  if (cut.activity.name !== 'turn' || cut.task !== null || cut.parent !== null) return;
  const held = await heldIn(ports, cut.id, cut.activity.turn);
  const session = ports.records.sessions.get(cut.id);
  if (held === null || session === undefined) return;
  if (ports.records.items.under(ofSession(cut.id)).some(({ approval }) => approval === held.approval)) return;
  await openItem(ports, {
    kind: 'approval',
    approval: held.approval,
    ask: `${session.title} was cut off while its call \`${held.title}\` waited for a yes; it goes on with that`
      .slice(0, 2_000)
      .toWellFormed(),
    options: [{ key: 'leave', label: 'leave it', consequence: 'it goes on when somebody speaks to it' }],
    recommendation: null,
    session,
  });
}

/** The call at which the turn stood still: what was judged of it last is that it waits. */
async function heldIn({ records }: Ports, id: string, turn: string): Promise<Held | null> {
  const events = await records.journal.read(records.sessions.streamOf(id));
  for (const { type, data } of events.toReversed()) {
    // A session's own stream.
    const event = { type, data } as unknown as SessionEvent;
    if (event.type === 'turn.started' && event.data.turn === turn) return null;
    if (event.type !== 'tool.judged' || event.data === null) continue;
    const { decision, title, action, approval } = event.data;
    if (decision !== 'hold' || approval === undefined) return null;
    return { title: (title === '' ? action : title).slice(0, 300).toWellFormed(), approval };
  }
  return null;
}

/** `item` was answered with a yes at control: says so in its session, where that was cut off at it and nothing was begun or said since. */
export async function tellOfYes(ports: Ports, item: Item): Promise<void> {
  const session = item.session === null ? undefined : ports.records.sessions.get(item.session);
  if (session === undefined || session.task !== null) return;
  const text = `${item.ask}. A person said yes. Ask for that call again, exactly as it was, if it is still wanted; look first at what was done already, and go on with what you were asked.`;
  await ports.records.sessions.act(
    session.id,
    (now) =>
      // A turn that began since asks by itself, and what waits is said first.
      now.activity.name === 'idle' && now.queue.length === 0 && now.lastTurn?.outcome === 'interrupted'
        ? decide(now, {
            ...{ do: 'admit', input: ports.newId('i'), text, delivery: 'queue', wake: 'late_result', by: itself.actor },
            ...{ person: null, drives: true, agent: null, expectedTurn: undefined, request: null },
          })
        : { ok: true, events: [] },
    itself,
  );
}
