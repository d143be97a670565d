/** The face of @writ/server: one entry per plane, and the HTTP pieces they share. A plane is loaded when it is started: a process that runs one holds nothing of the others. */

import type { ControlServer, ControlServerOptions } from './control/control-server.ts';
import type { EnforcerServer, EnforcerServerOptions } from './enforcer/start-enforcer-server.ts';
import type { RuntimeServer, RuntimeServerOptions } from './runtime/start-runtime-server.ts';

/** As in control/control-server.ts. */
export async function startControlServer(options: ControlServerOptions): Promise<ControlServer> {
  const plane = await import('./control/control-server.ts');
  return plane.startControlServer(options);
}

/** As in enforcer/start-enforcer-server.ts. */
export async function startEnforcerServer(options: EnforcerServerOptions): Promise<EnforcerServer> {
  const plane = await import('./enforcer/start-enforcer-server.ts');
  return plane.startEnforcerServer(options);
}

/** As in runtime/start-runtime-server.ts. */
export async function startRuntimeServer(options: RuntimeServerOptions): Promise<RuntimeServer> {
  const plane = await import('./runtime/start-runtime-server.ts');
  return plane.startRuntimeServer(options);
}

export type { ControlServer, ControlServerOptions } from './control/control-server.ts';
export type { EnforcerServer, EnforcerServerOptions } from './enforcer/start-enforcer-server.ts';
export { createLog } from './log/log.ts';
export type { Facts, Log, LogLevel, LogOptions } from './log/log.ts';
export { startTelemetry } from './telemetry/start-telemetry.ts';
export type { Telemetry } from './telemetry/telemetry.ts';
export { verifyToWire } from './http/verify-to-wire.ts';
export type { RuntimeServer, RuntimeServerOptions } from './runtime/start-runtime-server.ts';
export { isOneOfSeveral, machineText } from './store/machine.ts';
export type { Machine } from './store/machine.ts';
export { chooseStore, embedded, placeOfPlane, storeOf } from './store/plane-store.ts';
export type { JournalPlane, Store } from './store/plane-store.ts';
