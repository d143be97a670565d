/** The programs the launcher knows how to start: where each is, what it keeps in a home, how its hooks are passed. */

import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { bypassOf, claudeSettings, codexBypassOf, codexHookArgs, codexTrustArgs } from '@writ/enforce';
import { failed, usage } from '../exit.ts';

/** Which door a person came through: a harness of its own, or any program. */
export type HarnessKind = 'claude' | 'codex' | 'exec';

export type Harness = {
  /** As a person calls it. */
  readonly title: string;
  readonly program: string;
  readonly args: readonly string[];
  /** Whether its tool calls come to Writ before they run. */
  readonly hooked: boolean;
  readonly state: readonly string[];
};

export type HookAddress = {
  readonly url: string;
  readonly urlVariable: string;
  readonly tokenVariable: string;
  /** The hashes by which Codex knows Writ's hooks. */
  readonly trusted: ReadonlyMap<string, string>;
  /** Whether Writ's sandbox stands around the program. */
  readonly contained: boolean;
};

/** The real program behind `writ claude`, `writ codex` or `writ exec`, with its arguments. */
export function harnessOf(kind: HarnessKind, argv: readonly string[], hook: HookAddress, path: string): Harness {
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
  const bypass = kind === 'codex' ? codexBypassOf(argv) : bypassOf(argv);
  if (bypass !== undefined)
    throw usage(
      `\`${bypass.flag}\` cannot be used under Writ: ${bypass.why}`,
      `leave it out, or start \`${kind}\` itself, without a mandate`,
    );
  if (kind === 'codex') {
    const sandbox = argv.find((arg) => /^(?:-s|--sandbox)(?:=|$)/.test(arg));
    if (sandbox !== undefined && hook.contained)
      throw usage(
        `\`${sandbox}\` cannot be used under Writ: the sandbox of Codex cannot start inside Writ's, which stands in its place`,
        'leave it out, and choose with `writ codex --preset`',
      );
    find('curl', path, {
      problem: 'there is no `curl` on the PATH, by which the hooks of Codex reach Writ',
      wayOut: 'install it; without, every call would be blocked',
    });
    return {
      title: 'Codex',
      program: find('codex', path, {
        problem: 'Codex is not installed: there is no `codex` on the PATH',
        wayOut: 'install it with `npm install -g @openai/codex`, or run another program with `writ exec -- COMMAND`',
      }),
      // Its own sandbox cannot start inside ours, and every command would fail: ours stands in its place.
      args: [
        ...codexHookArgs(hook),
        ...codexTrustArgs(hook.trusted),
        ...(hook.contained ? ['-c', 'sandbox_mode="danger-full-access"'] : []),
        ...argv,
      ],
      hooked: true,
      state: ['.codex', '.cache/codex'],
    };
  }
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
