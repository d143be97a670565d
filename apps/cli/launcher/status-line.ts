/**
 * One line of how a session stands, kept in a file beside its harness, which shows it in a status line of its own by printing that file: nothing of Writ is started for it.
 *
 * It says and holds nothing; what it cannot find out is left out of the line.
 */

import { renameSync, writeFileSync } from 'node:fs';
import { safeText } from '../render/safe-text.ts';

export type Standing = {
  readonly preset: string;
  /** The mission it works beside; null: none. */
  readonly mission: string | null;
  readonly standsStill: boolean;
  /** Until the earliest end of what it works under, milliseconds; null where that is not known. */
  readonly leftMs: number | null;
  /** Questions that wait for the person; null where that is not known. */
  readonly waiting: number | null;
};

/** The line. Pure. */
export function statusText({ preset, mission, standsStill, leftMs, waiting }: Standing): string {
  const parts = [
    `writ ${safeText(preset)}${mission === null ? '' : ` beside ${safeText(mission)}`}`,
    standsStill ? 'stands still' : 'in force',
    ...(leftMs === null ? [] : [leftMs <= 0 ? 'its time is over' : `${spanOf(leftMs)} left`]),
    ...(waiting === null || waiting === 0
      ? []
      : [`${String(waiting)} ${waiting === 1 ? 'waits' : 'wait'}: writ inbox`]),
  ];
  return parts.join(' · ');
}

function spanOf(ms: number): string {
  const minutes = Math.floor(ms / 60_000);
  if (minutes < 1) return 'less than a minute';
  const hours = Math.floor(minutes / 60);
  return hours === 0 ? `${String(minutes)} min` : `${String(hours)} h ${String(minutes % 60)} min`;
}

/** How often it is looked at anew, milliseconds. */
const everyMs = 10_000;

/** Keeps the line in the file `path` until disposed. */
export function keepStatus(path: string, look: () => Promise<Standing>): Disposable {
  let isOver = false;
  const write = async (): Promise<void> => {
    const line = statusText(await look());
    if (isOver) return;
    // Whoever reads it meanwhile has the one before.
    writeFileSync(`${path}.new`, `${line}\n`, { mode: 0o600 });
    renameSync(`${path}.new`, path);
  };
  const again = (): void => void write().catch(() => undefined); // the line before stays: it is only a line
  const timer = setInterval(again, everyMs);
  timer.unref();
  again();
  return {
    [Symbol.dispose]() {
      isOver = true;
      clearInterval(timer);
    },
  };
}
