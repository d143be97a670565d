/**
 * What Writ puts into files that belong to a repository, and how it is taken out again: a marked part of a text, and entries of a harness's settings. Pure.
 *
 * It refuses to guess: what it put there is found as it was put, or it is left alone.
 */

import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { guardCommand, guardStartCommand, guardTimeoutS, isGuardCommand } from '../guard/guard-command.ts';

const begins = '<!-- writ: begin -->';
const ends = '<!-- writ: end -->';

/** What agents read of it. `tests`: how the work is checked here. */
export const agentsPart = (tests: readonly string[]): string =>
  [
    begins,
    '## Working under a mandate',
    '',
    'A person may have started you with `writ`. Then what you may do here is what they approved:',
    '',
    '- A refusal says what would be allowed instead. Do not retry it or work around it: go on with what is allowed, and say what you could not do.',
    '- `writ whoami` says what you work under; `writ check ACTION RESOURCE` asks beforehand; `writ request` asks for exactly what was refused.',
    ...(tests.length === 0 ? [] : [`- Work is checked with ${tests.map((test) => `\`${test}\``).join(', ')}.`]),
    ends,
    '',
  ].join('\n');

/** `before` with the part at its end; as it is where one is there already. */
export function withPart(before: string, part: string): string {
  if (before.includes(begins)) return before;
  const gap = before === '' ? '' : before.endsWith('\n') ? '\n' : '\n\n';
  return `${before}${gap}${part}`;
}

/** The text without the part, and without the empty line before it; null where the part was changed, or is not there. */
export function withoutPart(now: string, part: string): string | null {
  const at = now.indexOf(part);
  if (at === -1) return null;
  return `${now.slice(0, at).replace(/\n$/, '')}${now.slice(at + part.length)}`;
}

/** The hooks of a harness's settings, by event: one before each call, and one that says at the start why it holds nothing. */
type GuardHooks = Readonly<Record<string, object>>;
const claudeHooks: GuardHooks = {
  PreToolUse: { matcher: '*', hooks: [{ type: 'command', command: guardCommand('claude'), timeout: guardTimeoutS }] },
  SessionStart: {
    matcher: 'startup|resume',
    hooks: [{ type: 'command', command: guardStartCommand('claude'), timeout: guardTimeoutS }],
  },
};
/** Gemini CLI counts milliseconds, and asks its person once about a hook of a repository, by its name. */
const geminiHook = (command: string): object => ({
  matcher: '*',
  hooks: [{ type: 'command', name: 'writ', command, timeout: guardTimeoutS * 1_000 }],
});
const geminiHooks: GuardHooks = {
  BeforeTool: geminiHook(guardCommand('gemini')),
  SessionStart: geminiHook(guardStartCommand('gemini')),
};

const entry = z.looseObject({ hooks: z.array(z.looseObject({ command: z.string().optional() })) });
const settings = z.looseObject({ hooks: z.record(z.string(), z.array(z.unknown())).optional() });

type Settings = {
  readonly all: Readonly<Record<string, unknown>>;
  readonly hooks: Readonly<Record<string, readonly unknown[]>>;
};

/** In the order of the text. */
function parsed(text: string): Settings | null {
  try {
    const json: unknown = text.trim() === '' ? {} : JSON.parse(text);
    const found = settings.safeParse(json);
    // An object, as the schema found.
    return found.success ? { all: json as Record<string, unknown>, hooks: found.data.hooks ?? {} } : null;
  } catch {
    return null; // the harness will say so
  }
}
const written = (value: unknown, like: string): string => {
  const indent = /^[\t ]+(?=")/m.exec(like)?.[0] ?? '  ';
  return `${JSON.stringify(value, null, indent)}\n`;
};
/** Of this Writ or an older one. */
const isOwn = (one: unknown): boolean =>
  entry.safeParse(one).data?.hooks.some(({ command }) => isGuardCommand(command ?? '')) ?? false;

/** Claude Code's settings with the hooks of a repository; null where they cannot be read. */
export const withGuard = (before: string): string | null => withHooks(before, claudeHooks);

/** Settings of a repository that a harness reads, and what they are with the hooks; null where they cannot be read. */
export const guardedSettings = [
  { path: '.claude/settings.json', with: withGuard, isFor: null },
  // In a repository where nobody works with it, it would only be one file more.
  { path: '.gemini/settings.json', with: (before: string) => withHooks(before, geminiHooks), isFor: '.gemini' },
] as const;

/** Settings with `own` hooks, by event, in the place of older ones; null where they cannot be read. */
export function withHooks(before: string, own: Readonly<Record<string, object>>): string | null {
  const found = parsed(before);
  if (found === null) return null;
  const hooks: Record<string, readonly unknown[]> = { ...found.hooks };
  for (const [event, hook] of Object.entries(own))
    hooks[event] = [...(hooks[event] ?? []).filter((one) => !isOwn(one)), hook];
  const after = { ...found.all, hooks };
  return isDeepStrictEqual(after, found.all) ? before : written(after, before);
}

/** The settings without the hooks, everything else as it is; null where they cannot be read or it is not there. */
export function withoutGuard(now: string): string | null {
  const found = parsed(now);
  if (found === null || !Object.values(found.hooks).some((all) => all.some(isOwn))) return null;
  const left = Object.entries(found.hooks).flatMap(([event, all]) => {
    const others = all.filter((one) => !isOwn(one));
    return others.length === 0 ? [] : [[event, others] as const];
  });
  const { hooks: _, ...rest } = found.all;
  return written(left.length === 0 ? rest : { ...found.all, hooks: Object.fromEntries(left) }, now);
}
