/**
 * What of a session may mislead who goes on with it: a place that moved, a mandate that is another one, a credential that is gone, input that waited long, and what was seen of its world, told to its
 * agent or decided, and is otherwise now. Each with the reset that answers it, or another way. Pure.
 */

import type { ResetPart } from '../events.ts';
import type { Fact } from './fact.ts';
import { goneMethod } from './fact.ts';
import type { Session } from '../session.ts';

export type Stale = {
  readonly what: string;
  /** The reset that clears it; null where something else helps. */
  readonly reset: ResetPart | null;
  /** What to type. */
  readonly way: string;
};

const longMs = 12 * 3_600_000;

/** `now`: milliseconds since the epoch. `hasCredential`: whether the one of its mandate is on this machine. */
export function staleIn(
  session: Session,
  facts: readonly Fact[],
  { now, hasCredential }: { readonly now: number; readonly hasCredential: boolean },
): readonly Stale[] {
  const { id, conversation, queue, children, mandate, digest, pin } = session;
  const reset = (what: string, part: ResetPart): Stale => ({
    what,
    reset: part,
    way: `writ session reset ${id} ${part}`,
  });
  const moved = facts.filter(({ about, standing }) => about === 'where' && standing === 'changed');
  const isGone = moved.some(({ method }) => method === goneMethod);
  const cutOff = session.remembered.checkpoints.at(-1);
  const otherwise = (what: string): readonly Fact[] =>
    facts.filter((fact) => fact.about === 'seen' && fact.what === what && fact.standing === 'changed');
  /** Its agent knows it as it was, where it has a conversation; nobody else was told. */
  const remembered = (what: string): readonly Stale[] =>
    otherwise(what).map(({ value }) =>
      conversation === null
        ? { what: value, reset: null, way: `writ session note ${id} "…"` }
        : reset(value, 'context'),
    );
  const toldSince = digest.told.some((version) => version > session.conversationFrom);
  const open = children.filter(({ ended }) => !ended).length;
  return [
    // Nothing comes between a rewind and the checkpoint after it.
    ...(cutOff?.why === 'before_rewind'
      ? [
          {
            what: 'a rewind was cut off: some of its files may be back, and others not',
            reset: null,
            way: `writ session rewind ${id} --to ${cutOff.checkpoint}`,
          },
        ]
      : []),
    ...(moved.length > 0
      ? [
          {
            what: isGone
              ? 'its folder is not there any more; once it is back, it goes on'
              : `its place is not as it was left: ${moved.map(({ what }) => what).join(', ')}`,
            reset: null,
            way: `writ unpause ${id}${isGone ? '' : ' --here'}`,
          },
        ]
      : []),
    ...(moved.length > 0 && conversation !== null
      ? [reset('the agent remembers files as they were before that', 'context')]
      : []),
    ...(conversation !== null && toldSince
      ? [reset('the agent began under a mandate that allowed something else', 'context')]
      : []),
    ...(mandate !== null && !hasCredential && session.driver !== 'attended'
      ? [{ what: 'the credential for its mandate is not on this machine', reset: null, way: `writ session take ${id}` }]
      : []),
    ...(queue.length > 0 && now - Date.parse(session.updatedAt) > longMs
      ? [reset(`${String(queue.length)} waiting since ${session.updatedAt}`, 'queue')]
      : []),
    ...(open > 0 && session.state.name !== 'live'
      ? [reset(`${String(open)} of its sub-agents have not ended`, 'children')]
      : []),
    ...remembered('decision'),
    ...remembered('tests'),
    ...otherwise('agent').map(({ value }) => ({
      ...{ what: value, reset: null, way: `writ session send ${id} --agent ${pin?.name ?? ''} "…"` },
    })),
    ...otherwise('agent file').map(({ value }) => ({
      ...{ what: value, reset: null, way: `writ agent show ${pin?.name ?? ''}` },
    })),
    ...otherwise('service').map(({ value }) => reset(value, 'services')),
    ...otherwise('mcp').map(({ value }) => reset(value, 'connections')),
    ...[...otherwise('data_store'), ...otherwise('pin')].map(({ value }) => ({
      ...{ what: value, reset: null, way: `writ facts ${id}` },
    })),
    ...(session.remembered.facts.some(({ key }) => key.startsWith('mcp:')) && moved.length > 0
      ? [reset('its connections were made in the place as it was', 'connections')]
      : []),
  ];
}
