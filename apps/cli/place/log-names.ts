/** The words of options about logs, for help and parsing alike: known before the server is loaded. */

import type { LogLevel } from '@writ/server';

export const logLevelNames = ['debug', 'info', 'warn', 'error', 'silent'] as const satisfies readonly LogLevel[];

export const logFormats = ['json', 'text'] as const;
export type LogFormat = (typeof logFormats)[number];
