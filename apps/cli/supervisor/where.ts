/** Where each plane can be reached, as its own files say; null for one that has not said so. */

import { existsSync } from 'node:fs';
import { endpointOf } from '../connect/planes.ts';
import type { Home, PlaneName } from '../place/home.ts';

export type Where = Readonly<Record<PlaneName, string | null>>;

export const whereOf = (home: Home): Where => ({
  control: endpointOf(home.controlEndpoint)?.url ?? null,
  runtime: endpointOf(home.runtimeEndpoint)?.url ?? null,
  enforcer: existsSync(home.enforcerSocket) ? home.enforcerSocket : null,
});
