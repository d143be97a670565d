// RFC 3339 instants, compared as the moments they denote, to any precision written.
// Reads no clock. Refuses leap seconds (`:60`), impossible dates, missing offsets, and a space in place of `T`.

import { digits } from './digits.ts';

/** Whole milliseconds since 1970-01-01T00:00:00Z, and the further fraction digits without trailing zeros. */
export type Instant = { readonly ms: number; readonly rest: string };

const MONTH_DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
/** Where the seconds end, and a fraction or the zone begins. */
const SECONDS_END = 19;
const MAX_FRACTION = 30;

/** The instant the text denotes, or undefined when it is not an RFC 3339 date-time. */
export function parseInstant(text: string): Instant | undefined {
  if (typeof text !== 'string') return undefined;
  // Whatever is not a number is NaN, which is within no bound.
  const days = dayNumber(digits(text, 0, 4), digits(text, 5, 7), digits(text, 8, 10));
  const time = minutes(text, 11) * 60 + atMost(59, digits(text, 17, 19));
  const isSeparated = text[4] === '-' && text[7] === '-' && isLetter(text[10], 't', 'T') && text[16] === ':';
  const zone = isLetter(text[text.length - 1], 'z', 'Z') ? text.length - 1 : text.length - 6;
  const seconds = days * 86_400 + time - offsetMinutes(text, zone) * 60;
  if (!isSeparated || Number.isNaN(seconds) || zone < SECONDS_END) return undefined;
  if (zone === SECONDS_END) return { ms: seconds * 1000, rest: '' };
  const from = SECONDS_END + 1;
  if (text[SECONDS_END] !== '.' || zone - from > MAX_FRACTION || Number.isNaN(digits(text, from, zone)))
    return undefined;
  const fraction = text.slice(from, zone).padEnd(3, '0');
  return { ms: seconds * 1000 + digits(fraction, 0, 3), rest: fraction.slice(3).replace(/0+$/, '') };
}

/** Minutes east of UTC of a zone that begins at an index: `Z`, or a sign with hours and minutes. */
function offsetMinutes(text: string, zone: number): number {
  if (zone === text.length - 1) return 0;
  const sign = text[zone] === '-' ? -1 : text[zone] === '+' ? 1 : Number.NaN;
  return sign * minutes(text, zone + 1);
}

/** Minutes of an `hh:mm` that begins at an index; NaN where it is no time of day. */
function minutes(text: string, from: number): number {
  const [hour, minute] = [digits(text, from, from + 2), digits(text, from + 3, from + 5)];
  return text[from + 2] === ':' ? atMost(23, hour) * 60 + atMost(59, minute) : Number.NaN;
}

/** Whether the character is an ASCII letter, small or capital. */
const isLetter = (character: string | undefined, small: string, capital: string): boolean =>
  character === small || character === capital;

const atMost = (most: number, value: number): number => (value <= most ? value : Number.NaN);

/** Negative, zero or positive as `a` is before, at or after `b`. */
export function compareInstant(a: Instant, b: Instant): -1 | 0 | 1 {
  if (a.ms !== b.ms) return a.ms < b.ms ? -1 : 1;
  // Fractions without trailing zeros order as text.
  if (a.rest === b.rest) return 0;
  return a.rest < b.rest ? -1 : 1;
}

/** The first whole millisecond at or after the instant. */
export function firstMillisecond(instant: Instant): number {
  return instant.rest === '' ? instant.ms : instant.ms + 1;
}

function isLeapYear(year: number): boolean {
  return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
}

/** Days from 1970-01-01 in the proleptic Gregorian calendar; NaN for a day the calendar does not have. */
function dayNumber(year: number, month: number, day: number): number {
  const leapDay = month === 2 && isLeapYear(year) ? 1 : 0;
  if (!(day >= 1 && day <= (MONTH_DAYS[month - 1] ?? 0) + leapDay)) return Number.NaN;
  const years = month > 2 ? year : year - 1; // years that begin in March, so the leap day comes last
  const yearDays = years * 365 + Math.floor(years / 4) - Math.floor(years / 100) + Math.floor(years / 400);
  const monthDays = Math.floor((153 * ((month + 9) % 12) + 2) / 5);
  return yearDays + monthDays + day - 1 - 719468;
}
