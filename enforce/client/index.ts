/** The client of control and of its points: `@writ/enforce/client`, for whoever asks and judges nothing, and does not load the rest of the room. */

export { keptLike, newActorKey, proofOf } from './actor-key.ts';
export type { ActorKey } from './actor-key.ts';
export { createArtifactReader } from './artifact-reader.ts';
export type { ArtifactReader, ReadArtifact } from './artifact-reader.ts';
export { createCaller } from './caller.ts';
export type { Base, Caller, CallerOptions, CallInput, CallResult } from './caller.ts';
export { readClock, systemClock } from './clock.ts';
export type { Clock, Reading } from './clock.ts';
export { toldChannels } from './told.ts';
export type { ToldCall, ToldDoor, TraceHeaders } from './told.ts';
export { createControlClient } from './control-client.ts';
export type { ControlClient } from './control-client.ts';
export { elapsedMs, heard, heardMsAgo, isFresh, neverHeard, tick } from './freshness.ts';
export type { Freshness } from './freshness.ts';
export { everyPage } from './pages.ts';
export { createHeldArtifacts } from './held-artifacts.ts';
export type { HeldArtifact, HeldArtifacts, HeldArtifactsOptions, Holding } from './held-artifacts.ts';
export { createKeyStore } from './key-store.ts';
export type { Expected, KeyStore, NotVerified } from './key-store.ts';
export { makeStepUpKey, openStepUpKey } from './step-up-key.ts';
export { createVerdicts } from './verdicts.ts';
export type { Answered, Asked, Decided, Verdicts, VerdictsOptions } from './verdicts.ts';
export type { Change, Watch, WatchOptions } from './watch.ts';
