/** What sources push: heard in their own formats, each with its own way to show who it is. */

import type { Core } from '../core.ts';
import type { HearGithub } from './github/webhook.ts';
import { createGithub } from './github/webhook.ts';
import type { Hearing } from './hearing.ts';
import { createRefusedNotes } from './refused-delivery.ts';
import type { SignalKeeping } from './signals.ts';
import type { SecretOf } from './sources.ts';
import type { HearSet } from './ssf/receive.ts';
import { createReceiver } from './ssf/receive.ts';
import { createTransmitterKeys } from './ssf/transmitter-keys.ts';

export interface Deliveries {
  /** A webhook of GitHub. */
  readonly hearGithub: HearGithub;
  /** A security event token, pushed. */
  readonly hearSet: HearSet;
}

/** Hearing, over `core`. */
export function createDeliveries(core: Core, { reportAll }: SignalKeeping, secretOf: SecretOf): Deliveries {
  const hearing: Hearing = { reportAll, secretOf, noteRefused: createRefusedNotes(core) };
  return {
    hearGithub: createGithub(core, hearing),
    hearSet: createReceiver(core, hearing, createTransmitterKeys()),
  };
}
