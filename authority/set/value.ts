// How the values of bounds and facts are read, once, into what can be compared: amounts, instants, windows, labels, names.
// Refuses inherited members, members nobody knows (they might narrow) and empty text; a value that cannot be read is undefined, never a guess.

import type { Amount, TimeWindow } from './authority-set.ts';
import { parseDecimal, type Decimal } from './decimal.ts';
import { parseDomainName } from './domain-name.ts';
import { compareInstant, parseInstant, type Instant } from './instant.ts';

export type ParsedAmount = { readonly source: Amount; readonly value: Decimal };
/** An instant, and the text that was written for it. */
export type ParsedInstant = { readonly source: string; readonly instant: Instant };
export type ParsedWindow = {
  readonly source: TimeWindow;
  readonly notBefore: ParsedInstant | undefined;
  readonly notAfter: ParsedInstant | undefined;
};

const amountMembers = ['amount', 'currency'] as const;
const windowMembers = ['notBefore', 'notAfter'] as const;

/** A decimal amount and its currency; both the object's own, and nothing else beside them. */
export function readAmount(value: unknown): ParsedAmount | undefined {
  if (!hasOnly(value, amountMembers)) return undefined;
  const amount = own(value, 'amount');
  const currency = own(value, 'currency');
  if (typeof amount !== 'string' || typeof currency !== 'string' || !/^[A-Z]{3}$/.test(currency)) return undefined;
  const decimal = parseDecimal(amount);
  return decimal === undefined ? undefined : { source: { amount, currency }, value: decimal };
}

/** An RFC 3339 instant. */
export function readInstant(value: unknown): ParsedInstant | undefined {
  if (typeof value !== 'string') return undefined;
  const instant = parseInstant(value);
  return instant === undefined ? undefined : { source: value, instant };
}

/** A window with at least one side; a side that is there must be an instant. */
export function readWindow(value: unknown): ParsedWindow | undefined {
  if (!hasOnly(value, windowMembers)) return undefined;
  const begin = own(value, 'notBefore');
  const end = own(value, 'notAfter');
  const [notBefore, notAfter] = [readInstant(begin), readInstant(end)];
  const isUnreadable = (begin !== undefined && !notBefore) || (end !== undefined && !notAfter);
  return isUnreadable || !(notBefore ?? notAfter) ? undefined : windowOf(notBefore, notAfter);
}

/** The window between two instants, an absent one being unbounded. */
export function windowOf(notBefore: ParsedInstant | undefined, notAfter: ParsedInstant | undefined): ParsedWindow {
  const source = {
    ...(notBefore && { notBefore: notBefore.source }),
    ...(notAfter && { notAfter: notAfter.source }),
  };
  return { source, notBefore, notAfter };
}

/** A list of words, none of them empty. The list itself may be. */
export function readLabels(value: unknown): readonly string[] | undefined {
  return isList(value) && value.every((item) => readText(item) !== undefined)
    ? (value as readonly string[]) // every item was just seen to be text
    : undefined;
}

/** Text with something in it. */
export function readText(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** A DNS name, in lower case. */
export function readDomain(value: unknown): string | undefined {
  return typeof value === 'string' ? parseDomainName(value) : undefined;
}

/** Of two instants the later; of equals the first. */
export function later(a: ParsedInstant, b: ParsedInstant): ParsedInstant {
  return compareInstant(a.instant, b.instant) >= 0 ? a : b;
}

/** Of two instants the earlier; of equals the first. */
export function earlier(a: ParsedInstant, b: ParsedInstant): ParsedInstant {
  return compareInstant(a.instant, b.instant) <= 0 ? a : b;
}

/** A member the object has itself: one from a polluted prototype is none. */
export function own<T extends object, K extends keyof T>(of: T, key: K): T[K] | undefined {
  return Object.hasOwn(of, key) ? of[key] : undefined;
}

/** `Array.isArray` without its narrowing to `any[]`. */
export function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value);
}

/** `includes` that takes what may not be in the list. */
const includes = (list: readonly string[], text: string): boolean => list.includes(text);

/** Whether the value is an object, not a list, whose own members that are there are all among `known`. What they hold is still to be seen. */
function hasOnly<K extends string>(value: unknown, known: readonly K[]): value is { readonly [_ in K]?: unknown } {
  if (typeof value !== 'object' || value === null || isList(value)) return false;
  for (const key of Object.keys(value))
    if (!includes(known, key) && Reflect.get(value, key) !== undefined) return false;
  return true;
}
