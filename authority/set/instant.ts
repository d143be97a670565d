// RFC 3339 instants, compared as the moments they denote, to any precision written.
// Reads no clock. Refuses leap seconds (`:60`), impossible dates, missing offsets, and a space in place of `T`.

/** Whole milliseconds since 1970-01-01T00:00:00Z, and the further fraction digits without trailing zeros. */
export type Instant = { readonly ms: number; readonly rest: string };

const GRAMMAR =
  /^(\d{4})-(\d{2})-(\d{2})[Tt]([01]\d|2[0-3]):([0-5]\d):([0-5]\d)(?:\.(\d{1,30}))?(?:[Zz]|([+-])([01]\d|2[0-3]):([0-5]\d))$/;
const MONTH_DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** The instant the text denotes, or undefined when it is not an RFC 3339 date-time. */
export function parseInstant(text: string): Instant | undefined {
  if (typeof text !== 'string') return undefined;
  const match = GRAMMAR.exec(text);
  if (!match) return undefined;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match.slice(1, 7).map(Number);
  const leapDay = month === 2 && isLeapYear(year) ? 1 : 0;
  if (day < 1 || day > (MONTH_DAYS[month - 1] ?? 0) + leapDay) return undefined;
  const offsetMinutes = (match[8] === '-' ? -1 : 1) * (Number(match[9] ?? 0) * 60 + Number(match[10] ?? 0));
  const fraction = (match[7] ?? '').padEnd(3, '0');
  const seconds = ((daysSinceEpoch(year, month, day) * 24 + hour) * 60 + minute - offsetMinutes) * 60 + second;
  return { ms: seconds * 1000 + Number(fraction.slice(0, 3)), rest: fraction.slice(3).replace(/0+$/, '') };
}

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

/** Days from 1970-01-01 in the proleptic Gregorian calendar. */
function daysSinceEpoch(year: number, month: number, day: number): number {
  const years = month > 2 ? year : year - 1; // years that begin in March, so the leap day comes last
  const yearDays = years * 365 + Math.floor(years / 4) - Math.floor(years / 100) + Math.floor(years / 400);
  const monthDays = Math.floor((153 * ((month + 9) % 12) + 2) / 5);
  return yearDays + monthDays + day - 1 - 719468;
}
