/** The face of @writ/journal. */
export type {
  AppendResult,
  Envelope,
  Seal,
  Expectation,
  Journal,
  JournalReader,
  JsonValue,
  Lineage,
  NewEvent,
  OpenOptions,
  StreamWrite,
  VerifyFinding,
  VerifyReport,
} from './journal.ts';
export { privateFolder, readPrivate, writePrivate } from './private-file.ts';
export { createPrivateFile } from './sqlite/private-file.ts';
export { JournalError } from './errors.ts';
export type { JournalErrorKind } from './errors.ts';
export { maxDataBytes } from './prepare.ts';
export { openEvidenceKey, readEvidenceKey } from './checkpoint/checkpoint.ts';
export type { Checkpoint } from './checkpoint/checkpoint.ts';
export { Notary } from './checkpoint/notary.ts';
export type { BackedUp } from './copy/backup-store.ts';
export { backUp, inspectBackup, restoreStore } from './copy/backup-store.ts';
export { copyStore } from './copy/copy-store.ts';
export type { Copied, StoreCopy } from './copy/copy-store.ts';
export type { PlanePlace } from './export/open-together.ts';
export { readManifest, verifyExport } from './export/verify-export.ts';
export type { VerifiedExport } from './export/verify-export.ts';
export { nothingWithheld } from './export/withholding.ts';
export type { Withholding } from './export/withholding.ts';
export { writeExport } from './export/write-export.ts';
export { verifyTogether } from './witness/verify-together.ts';
export { planeOfFile, verifyStores } from './witness/verify-stores.ts';
export { readWitnesses } from './witness/witness-file.ts';
export type { Witnessed } from './witness/witness-file.ts';
export { inspectStore } from './inspect-store.ts';
export type { StoreState } from './copy/raw-store.ts';
export { openJournal, openPostgresJournal, showPlace } from './place.ts';
export type { StorePlace } from './place.ts';
export type { OpenPostgresOptions } from './postgres/open.ts';
export { isPostgresUrl } from './postgres/servers.ts';
export { openJournalReadOnly, openSqliteJournal } from './sqlite/open.ts';
export { Retention } from './retention/retention.ts';
export { mostDays } from './retention/rules.ts';
export type { RetentionChange, RetentionRule } from './retention/rules.ts';
export { KeptFold } from './snapshot/kept-fold.ts';
export type { Folding, KeptFoldOptions } from './snapshot/kept-fold.ts';
export { nameOfKey, signSnapshot } from './snapshot/snapshot.ts';
export type { StoredSnapshot } from './snapshot/snapshot.ts';
export { unknownEvent, upcast } from './upcast.ts';
export type { Upcasters } from './upcast.ts';
export { SimulatedDisk } from './simulated/simulated-disk.ts';
export { SimulatedJournal } from './simulated/simulated-journal.ts';
