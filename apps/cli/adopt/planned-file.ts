/** A file of the repository as `writ init` would write it. */

import type { Touched } from './touched-files.ts';

export type PlannedFile = {
  readonly path: string;
  readonly after: string;
  readonly kind: Touched['kind'];
  /** What is put in, of a part. */
  readonly part: string;
  /** As Git shows it. */
  readonly change: readonly string[];
};
