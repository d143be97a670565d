/** The face of @writ/control: the governance plane. It owns legitimacy; the server only translates to it. */

export { nameOf, pointKinds } from './caller.ts';
export type { Actor, Caller, Person, Point, PointKind } from './caller.ts';
export type { Asked } from './commit.ts';
export { openControl } from './control.ts';
export type { Control, ControlOptions } from './control.ts';
export { digestJson, digestText } from './digest.ts';
export { eventIn } from './event.ts';
export type { ControlEvent } from './event.ts';
export { privateFolder, readPrivate, writePrivate } from './identity/private-file.ts';
export type { Issued } from './identity/identities.ts';
export type { PersonRecord } from './identity/person.ts';
export type { Reported } from './mandate/decide.ts';
export type { Approval, MandateRecord } from './mandate/mandate-record.ts';
export { shown } from './mandate/shown.ts';
export { defaultStopProfile } from './mandate/terms.ts';
export type { Terms } from './mandate/terms.ts';
export type { OperationRecord } from './operation/operation-record.ts';
export type { Ask, Checked } from './operation/ask.ts';
export type { BegunOperation } from './operation/operations.ts';
export type { Redemption } from './operation/redeem.ts';
export type { ReceiptLine } from './receipt/events.ts';
export type { ReceiptRecord } from './receipt/receipt-record.ts';
export type { Word } from './receipt/decide.ts';
export { wordsOf } from './refusal.ts';
export type { Outcome, Refusal } from './refusal.ts';
export type { Holding, HoldingKind } from './registry/registry.ts';
export type { RingKey } from './token/key-ring.ts';
