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
