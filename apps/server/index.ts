/** The face of @writ/server: one entry per plane, and the HTTP pieces they share. */

export { startControlServer } from './control/control-server.ts';
export type { ControlServer, ControlServerOptions } from './control/control-server.ts';
export { startEnforcerServer } from './enforcer/start-enforcer-server.ts';
export type { EnforcerServer, EnforcerServerOptions } from './enforcer/start-enforcer-server.ts';
export { createLog } from './log/log.ts';
export type { Facts, Log, LogLevel, LogOptions } from './log/log.ts';
export { startTelemetry } from './telemetry/start-telemetry.ts';
export type { Telemetry } from './telemetry/telemetry.ts';
export { verifyToWire } from './http/verify-to-wire.ts';
export { startRuntimeServer } from './runtime/start-runtime-server.ts';
export type { RuntimeServer, RuntimeServerOptions } from './runtime/start-runtime-server.ts';
export { chooseStore, embedded, placeOfPlane, storeOf } from './store/plane-store.ts';
export type { JournalPlane, Store } from './store/plane-store.ts';
