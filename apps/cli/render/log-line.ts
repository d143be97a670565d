/** A line of the log as a person reads it at a terminal: time, how bad, which process, the fact, and what belongs to it. Pure. */

import { safeText } from './safe-text.ts';
import type { Style, Tone } from './style.ts';

const tones: Readonly<Record<string, Tone>> = { debug: 'quiet', info: 'plain', warn: 'held', error: 'bad' };

/** `line` is JSON; what is not is shown as it is, neutralised. Its end is kept. */
export function renderLogLine(line: string, style: Style): string {
  const facts = parsed(line);
  if (facts === null) return `${safeText(line.trimEnd())}\n`;
  const { time, level, plane, fact, pid: _, stack, ...rest } = facts;
  const told = Object.entries(rest)
    .filter(([, value]) => value !== null)
    .map(([name, value]) => `${style.dim(`${safeText(name)}=`)}${shown(value)}`);
  const words = [
    style.dim(shown(time)),
    style.tone(tones[shown(level)] ?? 'plain', shown(level).padEnd(5)),
    shown(plane),
    style.bold(shown(fact)),
    ...told,
  ];
  const where = typeof stack === 'string' ? stack.split('\n').slice(1, 6) : [];
  return `${words.join(' ')}\n${where.map((at) => `    ${style.dim(safeText(at.trim()))}\n`).join('')}`;
}

const shown = (value: unknown): string =>
  safeText(typeof value === 'string' ? value : value === undefined ? '' : JSON.stringify(value));

function parsed(line: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : null;
  } catch {
    return null; // not ours
  }
}
