/** What a run asks for through its door, forwarded by the enforcer, which vouches for the session. None of it is an approval of anything. */

import { openItem, waitForItem } from '../attention/queue.ts';
import type { ItemOption } from '../attention/events.ts';
import type { Result } from '../refusal.ts';
import { accept, refuse, reject } from '../refusal.ts';
import { newFacts } from '../session/facts.ts';
import { isOver } from '../session/session.ts';
import type { Spawned, SpawnAsk, Spawning } from '../session/spawn.ts';
import { spawn } from '../session/spawn.ts';
import type { House } from './house.ts';

export type Asked = {
  readonly item: string;
  readonly answered: boolean;
  readonly answer: string | null;
  readonly by: string | null;
};

export interface DoorCommands {
  /** Starts a sub-agent; with `wait`, answers at its end. */
  spawn(session: string, ask: SpawnAsk & { readonly wait: boolean }): Promise<Result<Spawned>>;
  /** Asks a person and waits at most `waitMs`. The question stays open after that. */
  ask(
    session: string,
    question: {
      readonly question: string;
      readonly options: readonly ItemOption[];
      readonly recommendation: string | null;
      readonly waitMs: number;
    },
  ): Promise<Result<Asked>>;
  note(session: string, text: string): Promise<Result<true>>;
}

/** The door commands of `house`. */
export function doorCommands(house: House): DoorCommands {
  const { sessions, items } = house.records;
  /** What is being started now, by whom and under which key. */
  const starting = new Map<string, Promise<Result<Spawning>>>();
  const startOnce = (session: string, ask: SpawnAsk): Promise<Result<Spawning>> => {
    const name = `${session} ${ask.key ?? house.newId('k')}`;
    const known = starting.get(name);
    if (known !== undefined) return known;
    const begun = spawn(house, house.turns, session, ask).finally(() => starting.delete(name));
    starting.set(name, begun);
    return begun;
  };
  return {
    async spawn(session, ask) {
      const spawning = await startOnce(session, ask);
      if (!spawning.ok) return spawning;
      const { done, ...child } = spawning.value;
      if (ask.wait) return accept(await done);
      // Its end is in its log, and its parent's.
      void done.catch(() => undefined);
      return accept({ ...child, outcome: 'started', exitCode: null, said: '' });
    },
    async ask(id, { question, options, recommendation, waitMs }) {
      const session = sessions.get(id);
      if (session === undefined) return reject(refuse('not_found', `there is no session \`${id}\``));
      if (isOver(session))
        return reject(refuse('inert', `session \`${id}\` is ${session.state.name}; nobody is asked for it any more`));
      // The same question again, after a lost connection, is the same item.
      const same = items
        .all()
        .find(
          (item) =>
            item.session === id && item.state.name === 'open' && item.kind === 'question' && item.ask === question,
        );
      const item =
        same ??
        (await openItem(house, { kind: 'question', approval: null, ask: question, options, recommendation, session }));
      const settled = await waitForItem(house, item.id, AbortSignal.any([house.closing, AbortSignal.timeout(waitMs)]));
      const { state } = settled;
      return accept({
        item: item.id,
        answered: state.name === 'answered',
        answer: state.name === 'answered' ? state.answer : null,
        by: state.name === 'answered' ? state.by : null,
      });
    },
    async note(id, text) {
      const by = { actor: `agent:${sessions.get(id)?.agent ?? 'unknown'}` };
      const note = { type: 'note.left' as const, data: { text } };
      const recorded = await sessions.act(id, (now) => ({ ok: true, events: newFacts(now, [note]) }), by);
      return recorded.ok ? accept(true) : recorded;
    },
  };
}
