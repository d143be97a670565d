/**
 * Operations that are over since long, from the journal: control keeps in memory what is open, what nobody knows the end of, and what ended within a
 * day. What it forgot it reads again where somebody asks; nothing is decided by it.
 */

import type { Envelope, JournalReader } from '@writ/journal';
import { eventIn } from '../event.ts';
import type { Projection } from '../projection.ts';
import { operationStream } from '../streams.ts';
import { evolve } from './evolve.ts';
import type { OperationRecord } from './operation-record.ts';

/** An operation of any age; undefined where there is none, or its data was erased. */
export async function operationOf(
  { projection, journal }: { readonly projection: Projection; readonly journal: Pick<JournalReader, 'read'> },
  id: string,
): Promise<OperationRecord | undefined> {
  return projection.operations.get(id) ?? recordIn(await journal.read(operationStream(id)));
}

/** The record a stream folds to. */
function recordIn(stream: readonly Envelope[]): OperationRecord | undefined {
  let record: OperationRecord | undefined;
  for (const envelope of stream) {
    const event = eventIn(envelope);
    // What was erased cannot be shown.
    if (event.type === 'journal.erased') return undefined;
    if (event.type.startsWith('operation.')) record = evolve(record, event as Parameters<typeof evolve>[1]); // by its name
  }
  return record;
}

/** The most streams one page reads, whatever is kept of them. */
const mostRead = 1_000;

/** Forgotten operations that began before `before`, newest first: at most `limit` of those `keep` takes, and where the next page begins. */
export async function forgottenBefore(
  {
    projection,
    journal,
  }: { readonly projection: Projection; readonly journal: Pick<JournalReader, 'read' | 'readAll'> },
  before: number,
  { limit, keep }: { readonly limit: number; readonly keep: (operation: OperationRecord) => boolean },
): Promise<{ readonly items: readonly OperationRecord[]; readonly next: number | null }> {
  const { forgotten } = projection;
  const items: OperationRecord[] = [];
  let read = 0;
  for (let at = forgotten.length - 1; at >= 0; at -= 1) {
    const position = forgotten[at] ?? 0;
    if (position >= before) continue;
    if (items.length === limit || read === mostRead) return { items, next: position + 1 };
    read += 1;
    const [begun] = await journal.readAll({ after: position - 1, limit: 1 });
    const record = begun === undefined ? undefined : recordIn(await journal.read(begun.stream));
    if (record !== undefined && keep(record)) items.push(record);
  }
  return { items, next: null };
}
