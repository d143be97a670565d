/**
 * New keys for a ring that was set back with its journal: which of its keys were retired in what was lost, nobody knows, so none of them is believed for what it signs next.
 *
 * It refuses to let a permit or an artifact of before count; evidence is only read as a record, and stays readable.
 */

import type { KeyUse } from '@writ/protocol';
import { keyUseWire } from '@writ/protocol';
import { privateFolder } from '@writ/journal';
import type { PlannedWrite } from '../commit.ts';
import { planeProject } from '../commit.ts';
import type { Core } from '../core.ts';
import { keysStream } from '../streams.ts';
import type { NewKey } from './decide.ts';
import { rotate } from './decide.ts';
import type { KeyEvent } from './events.ts';
import { dropKey, makeKey } from './key-files.ts';
import type { KeyRing } from './key-ring.ts';
import { keysOf } from './key-ring.ts';

export type NewRing = {
  /** What puts the new keys in the place of those of the ring as it is then. */
  readonly write: () => PlannedWrite;
  /** Drops the private halves that no key of the ring needs. */
  readonly tidy: () => Promise<void>;
};

const uses = keyUseWire.options;

/** Makes a key for each use, private halves in `folder`; nothing is said of them before `write` is appended. */
export async function makeRing(
  { projection, now }: Pick<Core, 'projection' | 'now'>,
  folder: string,
): Promise<NewRing> {
  await privateFolder(folder);
  const fresh: [KeyUse, NewKey][] = [];
  for (const use of uses) fresh.push([use, await makeKey(folder)]);
  return {
    write: () => ({
      stream: keysStream,
      events: fresh.flatMap(([use, key]) => renewed(projection.keys, use, key, now())),
      project: planeProject,
      lineage: {},
    }),
    async tidy() {
      const kids = [...fresh.map(([, { kid }]) => kid), ...projection.keys.keys.keys()];
      const isNeeded = (kid: string): boolean => (projection.keys.keys.get(kid)?.state.name ?? 'retired') !== 'retired';
      for (const kid of kids) if (!isNeeded(kid)) await dropKey(folder, kid);
    },
  };
}

/** `fresh` signs for `use` from now on; what signed or verified before is retired, but for what is only read. */
function renewed(ring: KeyRing, use: KeyUse, fresh: NewKey, at: number): readonly KeyEvent[] {
  const by = 'control';
  const rotated = rotate(ring, { use, fresh, atOnce: true }, { by, at });
  if (!rotated.ok || use === 'evidence') return rotated.ok ? rotated.events : [];
  const reason = 'the journal was set back, and whether it was retired since is lost';
  const before = keysOf(ring, use).filter(({ state }) => state.name === 'signing' || state.name === 'verifying');
  return [
    ...rotated.events,
    ...before.map(({ kid }): KeyEvent => ({ type: 'key.retired', data: { at, kid, by, reason } })),
  ];
}
