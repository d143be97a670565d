/**
 * The log of a process: one line of JSON for each fact, named as docs/ontology.md names it.
 *
 * It refuses to carry anything but names, numbers and sentences of ours: what people and agents wrote stays in the journal. As a last net, whatever
 * still looks like a credential is struck out of the finished line (`strike-secrets.ts`).
 */

import { pino } from 'pino';
import { strikeSecrets } from './strike-secrets.ts';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent';

/** What belongs to a fact: names and numbers. Undefined is left out. */
export type Facts = Readonly<Record<string, string | number | boolean | null | undefined>>;

export interface Log {
  /** Whether a fact of this level is written at all. */
  writes(level: Exclude<LogLevel, 'silent'>): boolean;
  debug(fact: string, facts?: Facts): void;
  info(fact: string, facts?: Facts): void;
  warn(fact: string, facts?: Facts): void;
  error(fact: string, facts?: Facts): void;
  /** A bug of ours, and where it was met. */
  bug(error: Error, where: string): void;
}

export type LogOptions = {
  /** The process: `control`, `runtime`, `enforcer`. */
  readonly plane: string;
  readonly level: LogLevel;
  /** Takes each finished line, its end included. */
  readonly write: (line: string) => void;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
};

/** A log whose lines go to `write`. */
export function createLog({ plane, level, write, now }: LogOptions): Log {
  const logger = pino(
    {
      level,
      base: { plane, pid: process.pid },
      messageKey: 'fact',
      timestamp: () => `,"time":"${new Date(now()).toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
      hooks: { streamWrite: strikeSecrets },
    },
    { write },
  );
  return {
    writes: (asked) => logger.isLevelEnabled(asked),
    debug: (fact, facts = {}) => logger.debug(facts, fact),
    info: (fact, facts = {}) => logger.info(facts, fact),
    warn: (fact, facts = {}) => logger.warn(facts, fact),
    error: (fact, facts = {}) => logger.error(facts, fact),
    bug: (error, where) => logger.error({ where, sentence: error.message, stack: error.stack }, 'bug.met'),
  };
}

/** A log of errors alone, on standard error: what a server uses that was given none. */
export const errorsOnly = (plane: string): Log =>
  createLog({ plane, level: 'error', now: Date.now, write: (line) => process.stderr.write(line) });
