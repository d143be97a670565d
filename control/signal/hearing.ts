/** What hearing a source takes besides the core: a way to report, the sources' secrets, and a place for what was refused. */

import type { NoteRefused } from './refused-delivery.ts';
import type { SignalKeeping } from './signals.ts';
import type { SecretOf } from './sources.ts';

export type Hearing = Pick<SignalKeeping, 'reportAll'> & {
  readonly secretOf: SecretOf;
  readonly noteRefused: NoteRefused;
};
