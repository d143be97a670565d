/** `apps/server/store/plane-store.ts`: each plane's journal is on its simulated disk. */

import type { Envelope, Journal } from '@writ/journal';
import { SimulatedDisk, SimulatedJournal } from '@writ/journal';
import { engine } from '../engine/engine.ts';

const disks = new Map<string, SimulatedDisk>();

/** The disk of a plane, by its installation's folder. It outlives its processes. */
export function diskOf(dir: string, plane: string): SimulatedDisk {
  const name = `${dir}/${plane}`;
  const disk = disks.get(name) ?? new SimulatedDisk();
  disks.set(name, disk);
  return disk;
}

export const forgetDisks = (): void => disks.clear();

/** How long a sync takes, in milliseconds: mostly a little, sometimes a lot. */
const syncMs = (): number =>
  engine.random.chance(0.01) ? engine.random.between(5, 120) : engine.random.between(0.1, 1);

/** Who reads along, from the position they have: told of each commit before anybody who waited for it. */
export const readers = new Map<
  string,
  { readonly position: number; readonly take: (events: readonly Envelope[]) => void }
>();

export async function openPlaneJournal(dir: string, plane: string, now: () => number): Promise<Journal> {
  const machine = engine.current;
  const afterSync = (done: () => void): void => void engine.after(syncMs(), done, machine);
  const journal = new SimulatedJournal(diskOf(dir, plane), { organisation: 'local', now, afterSync });
  const reader = readers.get(plane);
  if (reader !== undefined) await journal.follow(reader.position, reader.take);
  return journal;
}

export const embedded = 'embedded';
export const storeOf = (): string => embedded;
export const chooseStore = (): void => undefined;
export const placeOfPlane = (): never => {
  throw new Error('a simulated journal has no place');
};
