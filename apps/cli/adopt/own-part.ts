/**
 * What Writ puts into files that belong to a repository, and how it is taken out again: a marked part of a text, and entries of a harness's settings. Pure.
 *
 * It refuses to guess: what it put there is found as it was put, or it is left alone.
 */

import { z } from 'zod';

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

/**
 * What the harness runs. INVARIANT: where there is no Writ, or one that is too old, it says nothing and ends with 0, so that nobody's harness stops working.
 */
export const guardCommand = 'command -v writ >/dev/null 2>&1 && writ hook claude 2>/dev/null || true';
const guardHook = { type: 'command', command: guardCommand, timeout: 10 } as const;
export const guardEvents = ['PreToolUse'] as const;

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
const isOwn = (one: unknown): boolean =>
  entry.safeParse(one).data?.hooks.some(({ command }) => command === guardCommand) ?? false;

/** Claude Code's settings with the hook; null where they cannot be read. */
export function withGuard(before: string): string | null {
  const found = parsed(before);
  if (found === null) return null;
  const hooks: Record<string, readonly unknown[]> = { ...found.hooks };
  for (const event of guardEvents) {
    const others = hooks[event] ?? [];
    if (!others.some(isOwn)) hooks[event] = [...others, { matcher: '*', hooks: [guardHook] }];
  }
  return written({ ...found.all, hooks }, before);
}

/** The settings without the hook, everything else as it is; null where they cannot be read or it is not there. */
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
