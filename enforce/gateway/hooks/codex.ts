/**
 * Codex's hooks: which events Writ listens to, how they reach its endpoint, how Codex is told to trust them and nothing else, and which arguments would
 * go around them. Seen with Codex 0.169.
 *
 * Only translates. Codex runs commands as hooks, and only those whose hash a person trusted: a hook of another hash is silently left out. So the settings of
 * a session carry the hash of Writ's own hooks, as Codex itself states it, and no other hook becomes trusted by it. A hook that fails or is slow lets the call
 * run, so that the command ends with 2, which blocks, whatever happens to it.
 */

import type { HookAnswer } from './claude.ts';

/** The events Writ answers, and what Codex calls them in the keys of its trust. */
export const codexEvents = {
  PreToolUse: 'pre_tool_use',
  PostToolUse: 'post_tool_use',
  UserPromptSubmit: 'user_prompt_submit',
  Stop: 'stop',
} as const;

/** What the command of a hook finds in its environment. */
export type CodexHookEnvironment = { readonly urlVariable: string; readonly tokenVariable: string };

const post = ({ urlVariable, tokenVariable }: CodexHookEnvironment): string =>
  `curl -fsS -m 8 -H "Authorization: Bearer $${tokenVariable}" -H "content-type: application/json" --data-binary @- "$${urlVariable}"`;
const blocking = `{ echo "writ did not answer, so this was not allowed" >&2; exit 2; }`;

/** `-c` arguments with the hooks. The same for every session, so that their hashes are the same. */
export function codexHookArgs(names: CodexHookEnvironment): readonly string[] {
  return Object.keys(codexEvents).flatMap((event) => {
    // What only says that something is over is not blocked: a harness that may not stop goes on.
    const otherwise = event === 'Stop' || event === 'PostToolUse' ? 'true' : blocking;
    const command = JSON.stringify(`${post(names)} || ${otherwise}`);
    return ['-c', `hooks.${event}=[{matcher=".*",hooks=[{type="command",command=${command},timeout=10}]}]`];
  });
}

/** Where Codex keeps the trust of a hook that came with its arguments. */
const keyOf = (name: string): string => `/<session-flags>/config.toml:${name}:0:0`;

/** `-c` arguments that switch hooks on and say that these are trusted, by the hashes Codex gave them. */
export function codexTrustArgs(hashes: ReadonlyMap<string, string>): readonly string[] {
  const entries = Object.values(codexEvents).flatMap((name) => {
    const hash = hashes.get(keyOf(name));
    return hash === undefined ? [] : [`${JSON.stringify(keyOf(name))}={trusted_hash=${JSON.stringify(hash)}}`];
  });
  return ['-c', 'features.hooks=true', '-c', `hooks.state={${entries.join(',')}}`];
}

/** Whether every hook of Writ's has a hash. Without, one of them would be left out without a word. */
export const areAllTrusted = (hashes: ReadonlyMap<string, string>): boolean =>
  Object.values(codexEvents).every((name) => hashes.has(keyOf(name)));

/** The reply body for an answer. `{}` is no objection: Codex takes no explicit yes. */
export function codexReply(event: string, answer: HookAnswer): Record<string, unknown> {
  if (answer.kind !== 'refuse') return {};
  if (event === 'UserPromptSubmit') return { decision: 'block', reason: answer.why };
  if (event !== 'PreToolUse') return {};
  return {
    ...(answer.tell === undefined ? {} : { systemMessage: answer.tell }),
    hookSpecificOutput: {
      hookEventName: 'PreToolUse',
      permissionDecision: 'deny',
      permissionDecisionReason: answer.why,
    },
  };
}

type Bypass = { readonly flag: string; readonly why: string };

const bypasses: readonly (Bypass & { readonly matches: RegExp })[] = [
  {
    flag: '--dangerously-bypass-hook-trust',
    matches: /^--dangerously-bypass-hook-trust$/,
    why: 'it runs hooks that nobody looked at',
  },
  {
    flag: '--remote',
    matches: /^--remote(?:=|$)/,
    why: 'the work would be done by another process, without these hooks',
  },
];
/** Subcommands whose work is done somewhere else, or later. */
const elsewhere = ['app-server', 'remote-control', 'exec-server', 'mcp-server', 'cloud', 'agents', 'queue'];
const switchesHooks = /^(?:hooks\b|features\s*=|features\.hooks\b|"|'|\s)/;

/** The first argument that goes around the hooks, or undefined. */
export function codexBypassOf(args: readonly string[]): Bypass | undefined {
  for (const [index, arg] of args.entries()) {
    if (arg === '--') return undefined;
    const known = bypasses.find(({ matches }) => matches.test(arg));
    if (known !== undefined) return known;
    const [, config] = /^(?:-c=?|--config=)(.+)$/.exec(arg) ?? [];
    const value = config ?? (arg === '-c' || arg === '--config' ? (args[index + 1] ?? '') : undefined);
    if (value !== undefined && switchesHooks.test(value))
      return { flag: `-c ${value.split('=')[0] ?? ''}`, why: 'it can switch the hooks off, and Writ passes its own' };
    const disabled = /^--disable(?:=(.*))?$/.exec(arg);
    if (disabled !== null && (disabled[1] ?? args[index + 1]) === 'hooks')
      return { flag: '--disable hooks', why: 'it switches the hooks off' };
  }
  const command = args.find((arg) => !arg.startsWith('-'));
  return command !== undefined && elsewhere.includes(command)
    ? { flag: command, why: 'its work is done elsewhere, where these hooks are not' }
    : undefined;
}
