/**
 * How Gemini CLI asks Writ: its hooks as its settings name them, and the module by which it asks in its own process instead of starting them. Seen with 0.61.
 *
 * Its hooks are commands, and one that fails or is late lets the tool run unless it ends with 2.
 */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { HookPlace, SessionFile, StartPlace } from './adapter.ts';
import { hookCommand, hookTimeoutS, refusalsBegin } from './hook-command.ts';

/**
 * The events Writ answers, and whether something waits for the answer. Its event before a compression comes before every question to its model, whether or not anything is left
 * out, so that it would say what is not so.
 */
const events: Readonly<Record<string, boolean>> = {
  BeforeTool: true,
  AfterTool: false,
  BeforeAgent: true,
  AfterAgent: false,
  SessionStart: false,
  SessionEnd: false,
  Notification: false,
};

export const hookName = 'writ';

/** Hooks of its settings by their events, with Writ's after them. */
export function hooksAfter(own: Readonly<Record<string, unknown[]>>, hook: HookPlace): Record<string, unknown[]> {
  const hooks: Record<string, unknown[]> = { ...own };
  for (const [event, waits] of Object.entries(events))
    hooks[event] = [
      ...(hooks[event] ?? []),
      {
        matcher: '*',
        hooks: [{ type: 'command', name: hookName, command: hookCommand(hook, waits), timeout: hookTimeoutS * 1_000 }],
      },
    ];
  return hooks;
}

/** What has Node load `gemini-hooks.cjs` before the program: files of the session's folder, and options of Node's after the person's. */
export function inItsOwnProcess({
  hook,
  folder,
  patienceS,
  env,
}: Pick<StartPlace, 'hook' | 'folder' | 'patienceS' | 'env'>): {
  readonly files: readonly SessionFile[];
  readonly nodeOptions: string;
} {
  const before = env['NODE_OPTIONS'] ?? '';
  const { urlVariable, tokenVariable } = hook;
  const told = {
    ...{ urlVariable, tokenVariable, refusalsBegin, nodeOptions: before, patienceMs: patienceS * 1_000 },
    ...{ asks: hookCommand(hook, true), tells: hookCommand(hook, false) },
  };
  return {
    files: [
      { path: 'hooks.cjs', text: readFileSync(new URL('gemini-hooks.cjs', import.meta.url), 'utf8') },
      { path: 'hooks.json', text: JSON.stringify(told) },
    ],
    nodeOptions: `${before} --require=${JSON.stringify(join(folder, 'hooks.cjs'))}`.trim(),
  };
}
