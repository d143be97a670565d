/** The queue of what waits for a person: look, and answer once. What an answer sets going asks control like everything else. */

import { decide as decideItem } from '../attention/decide.ts';
import type { Item } from '../attention/item.ts';
import { isOpenName } from '../attention/item.ts';
import { rank } from '../attention/rank.ts';
import { askMandate } from '../control/ask.ts';
import { decide as decideMission } from '../mission/decide.ts';
import { itself } from '../ports.ts';
import type { Refusal, Result } from '../refusal.ts';
import { accept, refuse, reject } from '../refusal.ts';
import { forgetConversation } from '../session/context.ts';
import { recordPlace } from '../session/place.ts';
import { maySteer } from '../session/who-steers.ts';
import type { AttentionView } from '../views.ts';
import { attentionView } from '../views.ts';
import type { House, Who } from './house.ts';
import { byWho } from './house.ts';

export interface AttentionCommands {
  /** What waits, what unblocks most first; with `all`, also what was answered or is void. */
  inbox(all: boolean): readonly AttentionView[];
  answer(id: string, answer: string, who: Who): Promise<Result<AttentionView>>;
}

/** The attention commands of `house`. */
export function attentionCommands(house: House): AttentionCommands {
  const { items, missions } = house.records;
  const ranked = (list: readonly Item[]): readonly AttentionView[] =>
    rank(list, (id) => missions.get(id)).map(attentionView);
  return {
    inbox: (all) => ranked(all ? items.all() : items.under(isOpenName)),
    async answer(id, answer, who) {
      if (who.kind !== 'person')
        return reject(refuse('refused', 'a person answers', 'answer it in `writ inbox`', 'not_an_approver'));
      const item = items.get(id);
      if (item === undefined)
        return reject(
          refuse('not_found', `there is nothing called \`${id}\` in the inbox`, '`writ inbox` lists what waits'),
        );
      await voidIfEnded(house, item);
      const why = await whyNoAnswer(house, item, who.name);
      if (why !== null) return reject(why);
      const answered = await items.act(
        id,
        (now) => decideItem(now, { do: 'answer', answer, by: who.name }),
        byWho(who),
      );
      if (!answered.ok) return answered;
      await follow(house, answered.value, answer, who);
      const [view] = ranked([answered.value]);
      return view === undefined ? reject(refuse('not_found', `there is nothing called \`${id}\``)) : accept(view);
    },
  };
}

/** Why `person` may not answer it; null where they may. INVARIANT: what an agent is told in answer drives it, as what is said in its session does. What a person is to do themselves drives no agent. */
async function whyNoAnswer(house: House, item: Item, person: string): Promise<Refusal | null> {
  const session = item.session === null ? undefined : house.records.sessions.get(item.session);
  if (item.kind !== 'question' || item.state.name !== 'open') return null;
  // Without a mandate there is nobody who could be named, and nothing that it could do.
  if (session === undefined || session.mandate === null || session.driver === 'person') return null;
  switch (await maySteer(house, session, person)) {
    case 'yes':
      return null;
    case 'no':
      return refuse(
        'refused',
        `\`${person}\` may not steer under mandate \`${session.mandate}\`, and an answer to \`${item.id}\` is told to its agent`,
        'who approved it answers, or whom it names to steer',
        'not_a_steerer',
      );
    case 'unknown':
      return refuse(
        'unreachable',
        `who may answer \`${item.id}\` cannot be asked now`,
        'answer it again once control answers',
      );
  }
}

async function voidIfEnded(house: House, item: Item): Promise<void> {
  // What is to be known of a mandate that ended is seen all the same.
  if (item.mandate === null || item.state.name !== 'open' || item.kind === 'notice') return;
  const standing = await askMandate(house.control, item.mandate);
  if (standing.standing !== 'ended') return;
  await house.records.items.act(item.id, (now) => decideItem(now, { do: 'void', reason: standing.sentence }), itself);
}

/** What the answer sets going. A question's asker waits for it by itself, and what was only to be seen asks for nothing. */
async function follow(house: House, item: Item, answer: string, who: Who): Promise<void> {
  if (item.kind === 'question' || item.kind === 'notice') return;
  const by = byWho(who);
  const { mission, task, session } = item;
  const met = session === null ? undefined : house.records.sessions.get(session);
  if (answer === 'retry' && item.kind === 'conflict' && met !== undefined) {
    await recordPlace(house, met.id);
    await forgetConversation(house, met, who.name, by);
  }
  if (mission !== null && task !== null) {
    const reason = `${who.name} answered \`${answer}\``;
    await house.records.missions.act(
      mission,
      (now) => decideMission(now, answer === 'retry' ? { do: 'reopen', task, reason } : { do: 'cancel', task, reason }),
      by,
    );
    void house.dispatcher.kick(mission);
    return;
  }
  if (session !== null && answer === 'retry') house.drain(session);
}
