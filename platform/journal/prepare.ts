/**
 * Turns what a caller wants to append into rows ready to be written, or refuses it with a sentence. Nothing of the caller's objects is kept, so a later
 * change to them cannot reach the log. It draws salts, but decides nothing about versions: that is the commit's work.
 */
import { JournalError } from './errors.ts';
import { drawSalt, hashData } from './hash.ts';
import type { Expectation, JsonValue, Lineage, NewEvent, StreamWrite } from './journal.ts';
import { toCanonical } from './json.ts';

/** The most canonical data one event carries, in bytes of UTF-8. */
export const maxDataBytes = 256 * 1024;

/** The longest name (stream, type, project, actor, cause, a lineage entry), in UTF-16 units. */
export const maxNameLength = 512;

export type PreparedEvent = {
  readonly type: string;
  readonly project: string;
  readonly actor: string;
  readonly cause: string | undefined;
  readonly lineage: Lineage;
  readonly lineageText: string;
  readonly data: JsonValue;
  readonly dataText: string;
  readonly salt: Uint8Array;
  readonly dataHash: string;
};

/** `bytes`: canonical data in all events, in UTF-16 units; `events`: how many there are. */
export type PreparedAppend = {
  readonly writes: readonly { readonly stream: string; readonly events: readonly PreparedEvent[] }[];
  readonly expect: readonly Expectation[];
  readonly events: number;
  readonly bytes: number;
  /** Positions whose data goes in the same transaction. */
  readonly erase: readonly number[];
};

/** Throws a `JournalError` of kind `input` that names the first thing that is not acceptable. */
export function prepareAppend(writes: readonly StreamWrite[], expect: readonly Expectation[]): PreparedAppend {
  let events = 0;
  let bytes = 0;
  const prepared = writes.map((write) => {
    checkName('stream', write.stream);
    const rows = write.events.map(prepareEvent);
    events += rows.length;
    for (const row of rows) bytes += row.dataText.length;
    return { stream: write.stream, events: rows };
  });
  return { writes: prepared, expect: expect.map(prepareExpectation), events, bytes, erase: [] };
}

function prepareExpectation({ stream, version }: Expectation): Expectation {
  checkName('stream', stream);
  if (!Number.isSafeInteger(version) || version < 0) {
    throw new JournalError(
      'input',
      `stream \`${stream}\` cannot be expected at version \`${String(version)}\`; give a whole number, 0 for a stream that does not exist`,
    );
  }
  return { stream, version };
}

function prepareEvent(event: NewEvent): PreparedEvent {
  const { type, project, actor, cause } = event;
  checkName('type', type);
  checkName('project', project);
  checkName('actor', actor);
  if (cause !== undefined) checkName('cause', cause);
  const lineage = prepareLineage(event.lineage ?? {});
  const canonical = toCanonical(event.data);
  if (!canonical.ok) {
    throw new JournalError(
      'input',
      `event \`${type}\` cannot be recorded: \`data${canonical.path}\` is ${canonical.what}; give only values that JSON can carry`,
    );
  }
  const { value: data, text: dataText } = canonical;
  // A UTF-16 unit takes three bytes of UTF-8 at most, so what is short needs no counting.
  if (dataText.length * 3 > maxDataBytes) refuseTooLarge(type, Buffer.byteLength(dataText));
  const salt = drawSalt();
  const dataHash = hashData(salt, dataText);
  return { type, project, actor, cause, lineage, lineageText: JSON.stringify(lineage), data, dataText, salt, dataHash };
}

function refuseTooLarge(type: string, size: number): void {
  if (size <= maxDataBytes) return;
  throw new JournalError(
    'input',
    `event \`${type}\` cannot be recorded: its data takes ${String(size)} bytes and the most is ${String(maxDataBytes)}; keep the payload elsewhere and record its digest`,
  );
}

/** In canonical order: `hashEvent` and the stored text rely on it. */
const lineageKeys = [
  'agent',
  'attempt',
  'mandate',
  'mandateVersion',
  'mission',
  'session',
  'task',
] as const satisfies (keyof Lineage)[];

function prepareLineage(given: Lineage): Lineage {
  const lineage: Record<string, string | number> = {};
  for (const key of lineageKeys) {
    const value = given[key];
    if (value === undefined) continue;
    if (key === 'mandateVersion') checkVersion(value);
    else checkName(key, value);
    lineage[key] = value;
  }
  // A caller's object may have more keys than its type says.
  const stranger = Object.keys(given).find((key) => !lineageKeys.some((known) => known === key));
  if (stranger !== undefined) {
    throw new JournalError('input', `lineage has no \`${stranger}\`; put it into the event's data`);
  }
  return lineage;
}

function checkVersion(version: unknown): void {
  if (Number.isSafeInteger(version) && Number(version) >= 0) return;
  throw new JournalError('input', `lineage cannot carry mandate version \`${String(version)}\`; give a whole number`);
}

// Control characters, line separators and bidirectional controls: a name must not be able to forge a second line in a listing of the log.
const unprintable = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u;

/** Throws unless `name` is a non-empty, well-formed, printable string of at most `maxNameLength`. */
export function checkName(what: string, name: unknown): asserts name is string {
  const problem = problemOfName(name);
  if (problem === undefined) return;
  const shown = typeof name === 'string' ? JSON.stringify(name.slice(0, 80)).slice(1, -1) : typeof name;
  throw new JournalError('input', `${what} \`${shown}\` cannot be recorded: it ${problem}; give a printable name`);
}

/** What nearly every name is, told at a glance. */
const plainName = /^[\x20-\x7e]{1,512}$/;

function problemOfName(name: unknown): string | undefined {
  if (typeof name !== 'string') return 'is not a string';
  if (plainName.test(name)) return undefined;
  if (name === '') return 'is empty';
  if (name.length > maxNameLength) return `is longer than ${String(maxNameLength)} characters`;
  if (!name.isWellFormed()) return 'holds a lone surrogate';
  if (unprintable.test(name)) return 'holds a control character';
  return undefined;
}
