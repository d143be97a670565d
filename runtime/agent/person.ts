/** The `person` driver: a human does the work. It opens one item saying so and waits for the answer; nothing of ours runs meanwhile. */

import { ofSession } from '../attention/item.ts';
import { openItem, waitForItem } from '../attention/queue.ts';
import type { Ports } from '../ports.ts';
import type { Driver, TurnEnd } from './driver.ts';

/** A driver whose turns are answered in the attention queue. */
export function personDriver(ports: Ports): Driver {
  return {
    adopts: true,
    async run({ session, prompt, cwd, signal }) {
      const open = ports.records.items
        .under(ofSession(session.id))
        .find((item) => item.kind === 'question' && item.state.name === 'open');
      const item =
        open ??
        (await openItem(ports, {
          kind: 'question',
          approval: null,
          ask: `${session.title}: yours to do, in ${cwd}. ${prompt}`.slice(0, 2_000).toWellFormed(),
          options: [
            { key: 'done', label: 'it is done', consequence: 'its evidence is gathered' },
            { key: 'cannot', label: 'it cannot be done', consequence: 'the task fails' },
          ],
          recommendation: null,
          session,
        }));
      const settled = await waitForItem(ports, item.id, AbortSignal.any([signal, ports.closing]));
      // Nobody answered yet: whoever starts next waits on.
      ports.closing.throwIfAborted();
      switch (settled.state.name) {
        case 'answered':
          return endOf(settled.state.answer, settled.state.by);
        case 'void':
          return { ended: 'interrupted', summary: settled.state.reason };
        case 'open':
          return { ended: 'interrupted', summary: 'nobody answered' };
      }
    },
  };
}

/** `done` or `failed`, with words of one's own after it; anything else is no word that it is done. */
export function endOf(answer: string, by: string): TurnEnd {
  const [, word, said = ''] = /^(done|failed|cannot)(?![\w-])[:,\s]*(.*)$/s.exec(answer.trim()) ?? [];
  const more = said === '' ? '' : `: ${said}`;
  if (word === 'done') return { ended: 'done', exitCode: null, summary: `done by ${by}${more}` };
  if (word !== undefined)
    return {
      ended: 'failed',
      exitCode: null,
      summary: `${by} says it ${word === 'failed' ? 'failed' : 'cannot be done'}${more}`,
    };
  return { ended: 'failed', exitCode: null, summary: `${by} answered \`${answer}\`` };
}
