/**
 * A time of the week as text: `mon-fri 09:00-17:00 +01:00`, `daily 22:00-06:00 Z`. A window that ends no later than it begins ends the next day.
 *
 * The offset from UTC is fixed, and written out: a rule that changes with summer time would need a table of the world's clocks, which a verdict
 * does not depend on. Refuses what does not read exactly so.
 */

export type WeekWindow = {
  /** 0 is Sunday; the days on which it begins. */
  readonly days: ReadonlySet<number>;
  /** Minutes from midnight to its begin, by its own clock. */
  readonly fromMinute: number;
  readonly lengthMinutes: number;
  /** What its own clock is ahead of UTC. */
  readonly offsetMinutes: number;
};

const dayNames = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
const form = /^([a-z,-]+) (\d\d):(\d\d)-(\d\d):(\d\d) (?:Z|([+-])(\d\d):(\d\d))$/;
const minuteMs = 60_000;
const dayMinutes = 1_440;

/** Reads a window; undefined for text that is none. */
export function readWeekWindow(text: string): WeekWindow | undefined {
  const [, named = '', h1, m1, h2, m2, sign, oh = '0', om = '0'] = form.exec(text) ?? [];
  const days = readDays(named);
  const [from, to] = [minutesOf(h1, m1), minutesOf(h2, m2)];
  const offset = Number(oh) * 60 + Number(om);
  if (days === undefined || from === undefined || to === undefined || from === dayMinutes) return undefined;
  if (Number(om) > 59 || offset > 14 * 60) return undefined;
  const lengthMinutes = to > from ? to - from : to + dayMinutes - from;
  return { days, fromMinute: from, lengthMinutes, offsetMinutes: sign === '-' ? -offset : offset };
}

/** A minute of the day; `24:00` is its end. */
function minutesOf(hours = '', minutes = ''): number | undefined {
  const minute = Number(hours) * 60 + Number(minutes);
  return Number(minutes) <= 59 && minute <= dayMinutes ? minute : undefined;
}

function readDays(text: string): ReadonlySet<number> | undefined {
  if (text === 'daily') return new Set(dayNames.keys());
  const days = new Set<number>();
  for (const part of text.split(',')) {
    const [first = '', last = first, ...more] = part.split('-');
    const [begin, end] = [dayNames.indexOf(first), dayNames.indexOf(last)];
    if (begin < 0 || end < 0 || more.length > 0) return undefined;
    for (let day = begin; days.add(day) && day !== end; day = (day + 1) % 7);
  }
  return days;
}

/** Until when (exclusive, epoch milliseconds) the window that `now` is in lasts; undefined outside of it. Windows that meet are not joined. */
export function windowEnd(
  { days, fromMinute, lengthMinutes, offsetMinutes }: WeekWindow,
  now: number,
): number | undefined {
  if (!Number.isSafeInteger(now)) return undefined;
  const dayMs = dayMinutes * minuteMs;
  const today = Math.floor((now + offsetMinutes * minuteMs) / dayMs);
  let latest: number | undefined;
  // No window is longer than a day, so one that holds `now` began today or yesterday.
  for (const day of [today - 1, today]) {
    // The first of January 1970 was a Thursday.
    if (!days.has((((day + 4) % 7) + 7) % 7)) continue;
    const begin = day * dayMs + (fromMinute - offsetMinutes) * minuteMs;
    const end = begin + lengthMinutes * minuteMs;
    if (begin <= now && now < end) latest = end;
  }
  return latest;
}
