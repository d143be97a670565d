/**
 * What this machine still did in a session that another one had taken over: kept as a fork from the last event both share, with the files as they are here. Nothing of it is merged and nothing is lost;
 * whoever wants it adopts it. Nothing is made of the mere end of a turn that left nothing behind.
 */

import type { JsonValue } from '@writ/journal';
import { openItem } from '../attention/queue.ts';
import type { Ports } from '../ports.ts';
import { itself } from '../ports.ts';
import { checkpointRef, keepFiles } from '../workspace/keep-files.ts';
import { keptPlace } from './checkpoints.ts';
import type { SessionEvent } from './events.ts';
import { forkSession } from './fork.ts';
import type { Session } from './session.ts';
import { isWrittenElsewhere } from './session.ts';

/** The fork of each session, by the lease that was taken. */
const forks = new WeakMap<Ports['records'], Map<string, Promise<string | null>>>();

/** Keeps `late` where another machine writes the session `id`; does nothing where none does. */
export async function keepBeside(ports: Ports, id: string, late: readonly SessionEvent[]): Promise<void> {
  const session = ports.records.sessions.get(id);
  if (session === undefined || !isWrittenElsewhere(session, ports.machine) || late.length === 0) return;
  const known = forks.get(ports.records) ?? new Map<string, Promise<string | null>>();
  forks.set(ports.records, known);
  const key = `${id} ${String(session.lease?.token ?? 0)}`;
  // That its turn is over is nothing to keep by itself, where nothing was written since the files were last kept.
  if (!known.has(key) && late.every(({ type }) => type === 'turn.ended') && !(await hasNewFiles(ports, session)))
    return;
  const opening = known.get(key) ?? openFork(ports, session);
  known.set(key, opening);
  const fork = await opening;
  if (fork === null) return;
  const at = new Date(ports.now()).toISOString();
  const source = `machine ${ports.machine.slice(0, 8)}`;
  const events = late.map(({ type, data }): SessionEvent => ({
    type: 'observation.recorded',
    // Plain JSON by its definition.
    data: { type: 'event.elsewhere', data: { type, at, source, data: data as unknown as JsonValue } },
  }));
  await ports.records.sessions.record(fork, events, itself);
}

/** Whether the files of its place here are others than the log knows of; also where that cannot be found out. */
async function hasNewFiles(ports: Ports, session: Session): Promise<boolean> {
  const last = session.remembered.checkpoints.findLast(({ files }) => files.in !== 'nothing')?.files;
  const place = await keptPlace(ports, session);
  if (typeof place === 'string') return false;
  if (last === undefined || last.in === 'nothing') return true;
  const now = await keepFiles(place, checkpointRef(session.id, 'looked'), null).catch(() => null); // Git refuses
  return now?.tree !== last.tree;
}

async function openFork(ports: Ports, session: Session): Promise<string | null> {
  const title = `${session.title} (from another machine)`;
  const at = await lastShared(ports, session);
  const forked = await forkSession(ports, session.id, { at, title, run: null, files: 'as_now' }, itself);
  if (!forked.ok) return null;
  const fork = forked.value.id;
  await openItem(ports, {
    kind: 'notice',
    approval: null,
    ask: `${session.title} was taken over by another machine while it was at work on this one: what was still done here is kept beside it, as \`${fork}\`; \`writ session adopt ${fork}\` shows what it would bring home`
      .slice(0, 2_000)
      .toWellFormed(),
    options: [{ key: 'seen', label: 'seen', consequence: 'it goes away' }],
    recommendation: null,
    session,
  });
  return fork;
}

/** How many of the newest events are looked through for the one that took the session. */
const nearEvents = 1_000;

/** The version before the event by which the other machine took it. */
async function lastShared({ records, machine }: Ports, session: Session): Promise<number> {
  const after = Math.max(0, session.version - nearEvents);
  const events = await records.journal.read(records.sessions.streamOf(session.id), { after });
  const taken = events.findLast(({ type, data }) => {
    const by = typeof data === 'object' && data !== null && 'machine' in data ? data.machine : null;
    return type === 'lease.taken' && by !== machine;
  });
  return taken === undefined ? session.version : Math.max(1, taken.version - 1);
}
