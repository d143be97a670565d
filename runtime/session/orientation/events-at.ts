/** Single events of a session's log, by their versions. What is not there, or was erased, is left out. */

import type { Envelope, JsonValue } from '@writ/journal';
import type { Ports } from '../../ports.ts';
import type { Session } from '../session.ts';

/** An event whose data is an object, and was not erased. */
export type EventAt = Omit<Envelope, 'data'> & { readonly data: { readonly [key: string]: JsonValue } };

/** The events at `versions`, in their order. */
export async function eventsAt(
  { records }: Pick<Ports, 'records'>,
  session: Session,
  versions: readonly number[],
): Promise<readonly EventAt[]> {
  const stream = records.sessions.streamOf(session.id);
  const found = await Promise.all(
    versions.map((version) => records.journal.read(stream, { after: version - 1, limit: 1 })),
  );
  return found.flat().flatMap((event) => {
    const { data } = event;
    if (typeof data !== 'object' || data === null || Array.isArray(data)) return [];
    // An object by the line above.
    return [{ ...event, data: data as EventAt['data'] }];
  });
}

/** A text of the event's data; empty where there is none. */
export function textOf({ data }: EventAt, name: string): string {
  const value = data[name];
  return typeof value === 'string' ? value : typeof value === 'number' ? String(value) : '';
}

/** Its first line, of a length that can be read at a glance. */
export const firstLine = (text: string): string => (text.trim().split('\n')[0] ?? '').slice(0, 240).toWellFormed();
