/** The programs the launcher knows how to start: where each is, what it keeps in a home, how its hooks are passed. */

import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { bypassOf, claudeSettings } from '@writ/enforce';
import { failed, usage } from '../exit.ts';

export type Harness = {
  /** As a person calls it. */
  readonly title: string;
  readonly program: string;
  readonly args: readonly string[];
  /** Whether its tool calls come to Writ before they run. */
  readonly hooked: boolean;
  readonly state: readonly string[];
};

export type HookAddress = { readonly url: string; readonly tokenVariable: string };

/** The real program behind `writ claude` or `writ exec`, with its arguments. */
export function harnessOf(kind: 'claude' | 'exec', argv: readonly string[], hook: HookAddress, path: string): Harness {
  if (kind === 'exec') {
    const [program = '', ...args] = argv;
    return {
      title: program,
      program: find(program, path, {
        problem: `there is no program \`${program}\` on the PATH`,
        wayOut: 'install it, or give its path, such as `writ exec -- ./agent.sh`',
      }),
      args,
      hooked: false,
      state: [],
    };
  }
  const bypass = bypassOf(argv);
  if (bypass !== undefined)
    throw usage(
      `\`${bypass.flag}\` cannot be used under Writ: ${bypass.why}`,
      'leave it out, or start `claude` itself, without a mandate',
    );
  const program = find('claude', path, {
    problem: 'Claude Code is not installed: there is no `claude` on the PATH',
    wayOut:
      'install it with `npm install -g @anthropic-ai/claude-code`, or run another program with `writ exec -- COMMAND`',
  });
  const args = ['--settings', JSON.stringify(claudeSettings(hook)), ...argv];
  return {
    title: 'Claude Code',
    program,
    args,
    hooked: true,
    state: ['.claude', '.claude.json', '.config/claude', '.cache/claude', '.local/state/claude'],
  };
}

type Missing = { readonly problem: string; readonly wayOut: string };

function find(name: string, path: string, missing: Missing): string {
  const candidates = name.includes('/') ? [name] : path.split(delimiter).map((folder) => join(folder, name));
  const found = candidates.find((file) => {
    try {
      accessSync(file, constants.X_OK);
      return true;
    } catch {
      return false; // not there, or not a program
    }
  });
  if (found === undefined) throw failed(missing.problem, missing.wayOut);
  return found;
}
