/**
 * An event as a line of an export: one JSON object, everything its hash covers and, unless erased or withheld, its salt and data. Data is written as a value and hashed in
 * its canonical form, so that a line may be reformatted but not changed.
 */
import { toCanonical } from '../json.ts';
import type { StoredEvent, StoredHead } from '../log-check.ts';

/** The line of `event`, with its line break. Throws a SyntaxError for stored texts that are no JSON: a log like that does not verify. */
export function eventToLine(event: StoredEvent, withheld: boolean): string {
  const { position, stream = '', version, type, at, project, actor, cause, lineageText, hash, dataHash } = event;
  const { salt, dataText } = event;
  const names = {
    position,
    stream,
    version,
    type,
    at,
    project,
    actor,
    cause,
    lineage: JSON.parse(lineageText) as unknown,
  };
  const line = { ...names, hash, data_hash: dataHash };
  if (salt === null || dataText === null) return `${JSON.stringify(line)}\n`;
  if (withheld) return `${JSON.stringify({ ...line, withheld: true })}\n`;
  const data = JSON.parse(dataText) as unknown;
  return `${JSON.stringify({ ...line, salt: Buffer.from(salt).toString('base64url'), data })}\n`;
}

/** The line of a stream's head. */
export function headToLine({ stream, version, position, hash }: StoredHead): string {
  return `${JSON.stringify({ stream, version, position, hash })}\n`;
}

/** The event of a line; undefined when the line is none. */
export function lineToEvent(text: string, organisation: string): StoredEvent | undefined {
  const line = membersOf(text);
  if (!line) return undefined;
  const { position, stream, version, type, at, project, actor, cause, lineage, hash, data_hash: dataHash } = line;
  if (!isCount(position) || !isCount(version)) return undefined;
  if (!isText(stream) || !isText(type) || !isText(at) || !isText(project) || !isText(actor)) return undefined;
  if (!isText(hash) || !isText(dataHash) || (cause !== undefined && !isText(cause))) return undefined;
  const names = {
    position,
    stream,
    version,
    type,
    at,
    organisation,
    project,
    actor,
    ...(cause === undefined ? {} : { cause }),
  };
  const common = { ...names, streamKey: stream, lineageText: JSON.stringify(lineage ?? null), hash, dataHash };
  if (line['withheld'] === true && !('data' in line) && !('salt' in line))
    return { ...common, salt: null, dataText: null, isWithheld: true };
  const salt = isText(line['salt']) ? Buffer.from(line['salt'], 'base64url') : null;
  const canonical = 'data' in line ? toCanonical(line['data']) : undefined;
  return { ...common, salt, dataText: canonical?.ok ? canonical.text : null };
}

/** The head of a line; undefined when the line is none. */
export function lineToHead(text: string): StoredHead | undefined {
  const { stream, version, position, hash } = membersOf(text) ?? {};
  if (!isText(stream) || !isText(hash) || !isCount(version) || !isCount(position)) return undefined;
  return { stream, streamKey: stream, version, position, hash };
}

function membersOf(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    // Every member is looked at before it is believed.
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

const isText = (value: unknown): value is string => typeof value === 'string';
const isCount = (value: unknown): value is number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value > 0;
