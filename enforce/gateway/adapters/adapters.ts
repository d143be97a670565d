/** The adapters that come with Writ, by name. */

import type { HarnessAdapter } from './adapter.ts';
import { claudeAdapter } from './claude.ts';
import { codexAdapter } from './codex.ts';
import { cursorAdapter } from './cursor.ts';
import { geminiAdapter } from './gemini.ts';
import { opencodeAdapter } from './opencode.ts';

export const harnessAdapters = {
  claude: claudeAdapter,
  codex: codexAdapter,
  gemini: geminiAdapter,
  opencode: opencodeAdapter,
  cursor: cursorAdapter,
} as const satisfies Readonly<Record<string, HarnessAdapter>>;
export type HarnessName = keyof typeof harnessAdapters;
