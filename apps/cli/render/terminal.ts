/** What a stream can show: colours, Unicode, how many columns. Honours `NO_COLOR`, `FORCE_COLOR`, `TERM=dumb` and the locale. */

import type { Io } from '../io.ts';
import { styleOf } from './style.ts';
import type { Style } from './style.ts';

const given = (value: string | undefined): boolean => value !== undefined && value !== '';

/** Node leaves `isTTY` undefined where a stream is no terminal, whatever its type says; a palette that is told neither yes nor no finds out by itself, and in CI has colours. */
const isTerminal = ({ isTTY }: { readonly isTTY?: boolean }): boolean => isTTY === true;

/** The style for one of the process's output streams, at this moment. */
export function styleFor(io: Io, stream: 'stdout' | 'stderr'): Style {
  const { env } = io;
  const terminal = isTerminal(io[stream]);
  const dumb = env['TERM'] === 'dumb';
  const forced = given(env['FORCE_COLOR']) && env['FORCE_COLOR'] !== '0';
  const locale = [env['LC_ALL'], env['LC_CTYPE'], env['LANG']].find(given);
  return styleOf({
    colour: !given(env['NO_COLOR']) && (forced || (terminal && !dumb)),
    // A terminal that says nothing about its character set gets Unicode: nearly all can; a file always can.
    unicode: !terminal || (!dumb && (locale === undefined || /utf-?8/i.test(locale) || !/^(C|POSIX)$/.test(locale))),
    columns: Math.max(40, Math.min(terminal ? io[stream].columns || 80 : 100, 120)),
    now: io.now(),
  });
}
