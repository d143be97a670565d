/** Says that programs are started at a terminal here, so that a launcher stands by for the next. */

import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Io } from '../io.ts';
import type { Home } from '../place/home.ts';
import { standbyMark, standbyVariable } from './place.ts';

/** Touches the mark, where the start is one that a launcher that stands by could have taken. */
export function wantStandby(home: Pick<Home, 'root'>, { stdin, env }: Pick<Io, 'stdin' | 'env'>): void {
  if (process.platform !== 'linux' || !stdin.isTTY || env[standbyVariable] === '0') return;
  try {
    mkdirSync(dirname(standbyMark(home)), { recursive: true, mode: 0o700 });
    writeFileSync(standbyMark(home), '', { mode: 0o600 });
  } catch {
    // a start needs no such mark
  }
}
