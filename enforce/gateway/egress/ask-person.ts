/**
 * What control refused at a gate, put to a person where somebody is there to be asked: after their yes it is judged once more, and what is refused then stays refused.
 *
 * It gives nothing itself: a yes is control's to take, and the second answer is control's like the first.
 */

import { putText, refusalText } from './refusal-text.ts';

/** What was refused, with its reason for a machine. `approval`: under which it waits for people already; null where nothing does. */
export type RefusedThere = {
  readonly action: string;
  readonly resource: string;
  readonly code: string;
  readonly sentence: string;
  readonly approval: string | null;
};

/** `waits`: it was put before people, and nobody has answered; null: nobody is asked about such a thing. */
export type PersonSaid = 'yes' | 'no' | 'waits' | null;

/** Puts it to a person. Never rejects. */
export type AskPerson = (refused: RefusedThere) => Promise<PersonSaid>;

/** Of whatever nobody sits in front of. */
export const nobodyToAsk: AskPerson = () => Promise.resolve(null);

/** A no as the gate answers it, and what a person is asked about it. */
export type No = { readonly ok: false; readonly text: string; readonly refused: RefusedThere };

/** The answer to `judge`, or its second one where a person said yes in between. */
export async function orAsked<Yes extends { readonly ok: true }>(
  judge: () => Promise<Yes | No>,
  askPerson: AskPerson,
): Promise<Yes | No> {
  const first = await judge();
  if (first.ok) return first;
  const said = await askPerson(first.refused);
  if (said === 'yes') return judge();
  const { sentence } = first.refused;
  if (said === 'no') return { ...first, text: refusalText(`${sentence}, and a person said no`) };
  return said === 'waits' ? { ...first, text: putText(sentence) } : first;
}
