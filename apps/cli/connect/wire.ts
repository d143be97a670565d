/** Names for the wire's shapes, as the renderers and commands use them. Derived from the schemas; nothing is re-typed. */

import type {
  advanceWire,
  attentionWire,
  checkpointWire,
  factWire,
  compiledWire,
  enforcerApi,
  mandateWire,
  missionWire,
  operationWire,
  personWire,
  receiptWire,
  rewindPreviewWire,
  runWire,
  runtimeApi,
  sessionWire,
  sightingWire,
  statementWire,
  taskWire,
  waitingWire,
} from '@writ/protocol';

type Out<T extends { readonly _zod: { readonly output: unknown } }> = T['_zod']['output'];

export type AdvanceWire = Out<typeof advanceWire>;
export type AttentionWire = Out<typeof attentionWire>;
export type BackWire = Out<(typeof runtimeApi)['back']['reply']>;
export type FactWire = Out<typeof factWire>;
export type SightingWire = Out<typeof sightingWire>;
export type CheckpointWire = Out<typeof checkpointWire>;
export type RewindPreviewWire = Out<typeof rewindPreviewWire>;
export type CompiledWire = Out<typeof compiledWire>;
export type MandateWire = Out<typeof mandateWire>;
export type MissionWire = Out<typeof missionWire>;
export type OperationWire = Out<typeof operationWire>;
export type PersonWire = Out<typeof personWire>;
export type ReceiptWire = Out<typeof receiptWire>;
export type RunWire = Out<typeof runWire>;
export type ScopeWire = Out<(typeof enforcerApi)['scope']['reply']>;
export type SessionWire = Out<typeof sessionWire>;
export type StatementWire = Out<typeof statementWire>;
export type TaskWire = Out<typeof taskWire>;
export type WaitingWire = Out<typeof waitingWire>;
export type VerifyWire = Out<(typeof runtimeApi)['verify']['reply']>;
