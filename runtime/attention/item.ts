/** One thing that waits for a person, as its log folds. */

import type { ItemEvent, ItemKind, ItemOption } from './events.ts';

export type ItemState =
  | { readonly name: 'open' }
  | { readonly name: 'answered'; readonly answer: string; readonly by: string }
  /** The reason to ask is gone: answering it would drive nothing. */
  | { readonly name: 'void'; readonly reason: string };

export type Item = {
  readonly id: string;
  readonly kind: ItemKind;
  readonly ask: string;
  readonly options: readonly ItemOption[];
  readonly recommendation: string | null;
  readonly project: string;
  readonly mission: string | null;
  readonly task: string | null;
  readonly session: string | null;
  readonly mandate: string | null;
  readonly approval: string | null;
  readonly state: ItemState;
  readonly version: number;
  readonly createdAt: string;
};

/** What an item is found under: that it is open, its mission, its session. */
export const isOpenName = 'open';
export const ofMission = (mission: string): string => `mission ${mission}`;
export const ofSession = (session: string): string => `session ${session}`;

/** Questions of agents that were answered, by their project: what counts as decided is among them. */
export const answeredIn = (project: string): string => `answered in ${project}`;
/** What is only to be known, by its project. */
export const noticesIn = (project: string): string => `notices in ${project}`;

export const namesOfItem = ({ kind, state, project, mission, session }: Item): readonly string[] => [
  ...(state.name === 'open' ? [isOpenName] : []),
  ...(kind === 'question' && state.name === 'answered' ? [answeredIn(project)] : []),
  ...(kind === 'notice' ? [noticesIn(project)] : []),
  ...(mission === null ? [] : [ofMission(mission)]),
  ...(session === null ? [] : [ofSession(session)]),
];

type Named = { readonly under: (name: string) => readonly Item[] };

/** Open or not: what is about a mission as a whole, or a session and its mission. */
export function itemsAbout(items: Named, { mission, session }: Pick<Item, 'mission' | 'session'>): readonly Item[] {
  const name = session !== null ? ofSession(session) : mission !== null ? ofMission(mission) : null;
  return name === null ? [] : items.under(name).filter((item) => item.mission === mission && item.session === session);
}

export type { ItemEvent };
