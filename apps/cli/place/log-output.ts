/**
 * Where the log of a process goes and how it looks there: to a file that rotates, or to standard output, as JSON or as a person reads it at a terminal. Options come before the environment:
 * `WRIT_LOG_LEVEL`, `WRIT_LOG_FORMAT`.
 */

import type { Log, LogLevel } from '@writ/server';
import { usage } from '../exit.ts';
import type { Context } from '../program/context.ts';
import { renderLogLine } from '../render/log-line.ts';
import { openLogFile } from './log-file.ts';
import type { LogFile } from './log-file.ts';
import { logFormats, logLevelNames } from './log-names.ts';
import type { LogFormat } from './log-names.ts';

/** How much is logged: as asked, else as the environment says, else `info`. */
export const logLevelOf = (context: Context, asked: string | undefined): LogLevel =>
  oneOf(logLevelNames, asked ?? nonEmpty(context.io.env['WRIT_LOG_LEVEL']), 'log level') ?? 'info';

/** How lines look: as asked, else as the environment says; undefined where the place decides. */
export const logFormatOf = (context: Context, asked: string | undefined): LogFormat | undefined =>
  oneOf(logFormats, asked ?? nonEmpty(context.io.env['WRIT_LOG_FORMAT']), 'log format');

/** Takes finished lines to `file`, or to standard output where there is none. A terminal gets text unless JSON was asked for. */
export function logOutput(context: Context, file: string | undefined, format: LogFormat | undefined): LogFile {
  const { stdout } = context.io;
  const out =
    file === undefined
      ? { write: (line: string) => void stdout.write(line), [Symbol.dispose]: () => undefined }
      : openLogFile(file);
  const isText = format === undefined ? file === undefined && stdout.isTTY : format === 'text';
  return isText ? { ...out, write: (line) => out.write(renderLogLine(line, context.style())) } : out;
}

/** From now on an error that nobody caught is in the log before it ends the process. */
export function uncaughtTo(log: Log): Disposable {
  const tell = (error: Error): void => log.error('process.failed', { sentence: error.message, stack: error.stack });
  process.on('uncaughtExceptionMonitor', tell);
  return { [Symbol.dispose]: () => void process.off('uncaughtExceptionMonitor', tell) };
}

const nonEmpty = (text: string | undefined): string | undefined => (text === '' ? undefined : text);

function oneOf<const T extends string>(known: readonly T[], said: string | undefined, what: string): T | undefined {
  const found = known.find((name) => name === said);
  if (said !== undefined && found === undefined) throw usage(`\`${said}\` is no ${what}`, `one of ${known.join(', ')}`);
  return found;
}
