/** Who speaks through a door: a run, or an attended session. */

import type { Containment } from '@writ/authority';

/** Whose door it is. */
export type DoorHolder = {
  readonly run: string;
  readonly session: string;
  readonly mandate: string;
  readonly project: string | null;
  readonly credential: string;
  /** What the place it works in can reach. */
  readonly containment: Containment;
};
