/** Times and lengths of time in the words a person uses. Pure: what is now is an argument. */

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

/** A length of time in its two largest sensible units, such as `3 h 20 min`. */
export function duration(ms: number): string {
  const whole = Math.max(0, ms);
  if (whole < second) return `${String(Math.round(whole))} ms`;
  if (whole < 10 * second) return `${(Math.floor(whole / 100) / 10).toFixed(1)} s`;
  if (whole < minute) return `${String(Math.floor(whole / second))} s`;
  if (whole < hour) return `${String(Math.floor(whole / minute))} min`;
  if (whole < day) return join(Math.floor(whole / hour), 'h', Math.floor((whole % hour) / minute), 'min');
  const days = Math.floor(whole / day);
  return join(days, days === 1 ? 'day' : 'days', days < 3 ? Math.floor((whole % day) / hour) : 0, 'h');
}

const join = (large: number, largeUnit: string, small: number, smallUnit: string): string =>
  small === 0 ? `${String(large)} ${largeUnit}` : `${String(large)} ${largeUnit} ${String(small)} ${smallUnit}`;

/** `iso` seen from `now`: `just now`, `3 min ago`, `in 2 h`. Text that is no time is returned as it is. */
export function relative(iso: string, now: number): string {
  const at = Date.parse(iso);
  if (Number.isNaN(at)) return iso;
  const ago = now - at;
  if (Math.abs(ago) < 2 * second) return 'just now';
  return ago > 0 ? `${coarse(ago)} ago` : `in ${coarse(-ago)}`;
}

const coarse = (ms: number): string => (ms < minute ? `${String(Math.round(ms / second))} s` : duration(ms));

/** The time of day of `iso` in this machine's zone, `14:03:22`; with the date when it is not the day of `now`. */
export function clock(iso: string, now: number): string {
  const at = new Date(iso);
  if (Number.isNaN(at.getTime())) return iso;
  const two = (value: number): string => String(value).padStart(2, '0');
  const time = `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
  const today = new Date(now).toDateString() === at.toDateString();
  return today ? time : `${String(at.getFullYear())}-${two(at.getMonth() + 1)}-${two(at.getDate())} ${time}`;
}
