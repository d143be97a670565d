/** The face of @writ/journal. */
export type {
  AppendResult,
  Envelope,
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
export { JournalError } from './errors.ts';
export type { JournalErrorKind } from './errors.ts';
export { maxDataBytes } from './prepare.ts';
export { openPostgresJournal } from './postgres/open.ts';
export type { OpenPostgresOptions } from './postgres/open.ts';
export { isPostgresUrl } from './postgres/servers.ts';
export { openJournalReadOnly, openSqliteJournal } from './sqlite/open.ts';
