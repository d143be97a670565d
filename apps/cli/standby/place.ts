/** Where a launcher stands by, and the mark that somebody starts programs at a terminal of this machine: without it none does. */

import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Home } from '../place/home.ts';

type At = Pick<Home, 'root'>;

export const standbySocket = ({ root }: At): string => join(root, 'launcher', 'standby.sock');

/** Touched by each start at a terminal. */
export const standbyMark = ({ root }: At): string => join(root, 'launcher', 'standby.wanted');

/** `0`: this start is launched by its own process, and asks for none that stands by. */
export const standbyVariable = 'WRIT_STANDBY';

/** What starts `writ`, and with `standbyWord` a launcher that stands by. */
export const entry = fileURLToPath(new URL('../writ.js', import.meta.url));
export const standbyWord = 'stand-by';
