/** `apps/server/store/plane-store.ts`: each plane's journal is on its simulated disk, or in a database of its own that several nodes share. */

import type { Envelope, Journal } from '@writ/journal';
import { SimulatedDisk, SimulatedJournal } from '@writ/journal';
import type { Machine } from '../engine/engine.ts';
import { engine } from '../engine/engine.ts';
import { SharedJournal, SharedStore } from './shared-store.ts';

const disks = new Map<string, SimulatedDisk>();
const shared = new Map<string, SharedStore>();

/** The disk of a plane, by its installation's folder. It outlives its processes. */
export function diskOf(dir: string, plane: string): SimulatedDisk {
  const name = `${dir}/${plane}`;
  const disk = disks.get(name) ?? new SimulatedDisk();
  disks.set(name, disk);
  return disk;
}

export function forgetDisks(): void {
  disks.clear();
  shared.clear();
}

/** How long a sync takes, in milliseconds: mostly a little, sometimes a lot. */
const syncMs = (): number =>
  engine.random.chance(0.01) ? engine.random.between(5, 120) : engine.random.between(0.1, 1);

/** Who reads along, from the position they have: told of each commit before anybody who waited for it. */
export const readers = new Map<
  string,
  { readonly position: number; readonly take: (events: readonly Envelope[]) => void }
>();

const openOn = (machine: Machine | null, dir: string, plane: string, now: () => number): SimulatedJournal => {
  const afterSync = (done: () => void): void => void engine.after(syncMs(), done, machine);
  return new SimulatedJournal(diskOf(dir, plane), { organisation: 'local', now, afterSync });
};

/** From now on the journal of `plane` is on `machine`, and whoever opens it is a node of it. */
export function shareOn(machine: Machine, dir: string, plane: string, ...otherDirs: readonly string[]): SharedStore {
  const open = (): SimulatedJournal => {
    const journal = openOn(machine, dir, plane, () => Math.floor(engine.wall(machine)));
    const reader = readers.get(plane);
    if (reader !== undefined) void journal.follow(reader.position, reader.take);
    return journal;
  };
  const store = new SharedStore(machine, diskOf(dir, plane), open);
  for (const each of [dir, ...otherDirs]) shared.set(`${each}/${plane}`, store);
  return store;
}

export async function openPlaneJournal(dir: string, plane: string, now: () => number): Promise<Journal> {
  const machine = engine.current;
  const store = shared.get(`${dir}/${plane}`);
  if (store !== undefined && machine !== null) return new SharedJournal(store, machine);
  const journal = openOn(machine, dir, plane, now);
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
