/**
 * A budget of which nothing is left waits for a person: more, or an end. One item for each mission, and for each session outside missions; derived from how its
 * mandate stands, so that none is missed and none is asked twice. It goes when something is left again.
 */

import type { Ports } from '../ports.ts';
import { itself } from '../ports.ts';
import { itemsAbout } from './item.ts';
import { voidItems } from './queue.ts';

export type SpentSubject = {
  readonly project: string;
  readonly mission: string | null;
  readonly session: string | null;
  readonly mandate: string;
};

/** Opens the item for `spent`, the sentence of what is spent, where there is none yet; voids it where nothing is. */
export async function followSpent(ports: Ports, subject: SpentSubject, spent: string | null): Promise<void> {
  const { records, newId } = ports;
  const { project, mission, session, mandate } = subject;
  const ask = `${spent ?? ''}; nothing more begins under \`${mandate}\``;
  const ours = itemsAbout(records.items, subject).filter(({ kind }) => kind === 'budget');
  if (spent === null) return voidItems(ports, ours, 'something is left again');
  // Answered is answered: what was seen is not put again.
  if (ours.some((item) => item.ask === ask && item.state.name !== 'void')) return;
  await voidItems(ports, ours, 'it stands otherwise by now');
  const seen = {
    key: 'seen',
    label: 'seen',
    consequence: `\`writ mandate extend ${mandate} --budget …\` gives it more`,
  };
  const data = { kind: 'budget', ask, options: [seen], recommendation: null, approval: null } as const;
  await records.items.create(
    newId('q'),
    [{ type: 'item.opened', data: { ...data, project, mission, task: null, session, mandate } }],
    project,
    itself,
  );
}
