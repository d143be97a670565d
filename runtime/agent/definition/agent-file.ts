/**
 * An agent as a Markdown file with front matter describes it: name, prompt, tools, model, driver, configuration. Reads Writ's own form, and those of Claude Code and opencode as
 * they are. Pure.
 *
 * It refuses to guess: a tool it does not know gives nothing and is said, and a rule it cannot hold (a pattern of commands, a question before each call) takes the tool away.
 */

import { parseDocument } from 'yaml';
import type { JsonValue } from '@writ/journal';
import type { Result } from '../../refusal.ts';
import { accept, refuse, reject } from '../../refusal.ts';
import { parseCommand } from '../../mission/command-line.ts';
import type { AgentFormat } from './tool-table.ts';
import { askedBy, toolTable } from './tool-table.ts';

export type AgentDriver = 'command' | 'acp' | 'model' | 'person';

export type AgentDefinition = {
  readonly name: string;
  readonly description: string;
  readonly prompt: string;
  /** Actions and lines of `allow`; null: whatever the session has. */
  readonly asked: readonly string[] | null;
  /** What it names and does not get, with why. */
  readonly withheld: readonly string[];
  /** Null: as its program does. */
  readonly model: string | null;
  /** Null: the session's. */
  readonly driver: AgentDriver | null;
  readonly argv: readonly string[];
  readonly config: Readonly<Record<string, JsonValue>>;
};

/** The most an agent's file may be, in bytes. */
export const maxAgentBytes = 65_536;

const drivers: readonly AgentDriver[] = ['command', 'acp', 'model', 'person'];

/** Reads `source`, the file `base.md`. */
export function parseAgent(source: string, format: AgentFormat, base: string): Result<AgentDefinition> {
  const text = source.replace(/^\uFEFF/, '').replaceAll('\r\n', '\n');
  const match = /^---[ \t]*\n([\s\S]*?\n)??---[ \t]*(?:\n|$)/.exec(text);
  const front = match === null ? {} : frontOf(match[1] ?? '');
  if (front === null) return wrong(base, 'its front matter is not a list of keys in YAML');
  const name = textOf(front['name']) ?? base;
  if (!/^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/.test(name))
    return wrong(base, `\`${name.slice(0, 80).toWellFormed()}\` cannot be the name of an agent`);
  const driver = textOf(front['driver']);
  const known = drivers.find((one) => one === driver) ?? null;
  if (driver !== null && known === null) return wrong(base, `there is no driver \`${driver}\``);
  const run = format === 'writ' ? textOf(front['run']) : null;
  const model = textOf(front['model']);
  const config = front['config'];
  return accept({
    name,
    description: (textOf(front['description']) ?? '').slice(0, 2_000).toWellFormed(),
    prompt: text.slice(match?.[0].length ?? 0).trim(),
    ...toolsOf(front, format),
    model: model === 'inherit' ? null : model,
    driver: format === 'writ' ? known : null,
    argv: run === null ? [] : parseCommand(run).argv,
    // Read from YAML by a parser that makes plain data alone.
    config: isMap(config) ? (config as Record<string, JsonValue>) : {},
  });
}

type Front = Readonly<Record<string, unknown>>;
type Tools = Pick<AgentDefinition, 'asked' | 'withheld'>;

const wrong = (base: string, why: string) =>
  reject(refuse('invalid', `\`${base}.md\` describes no agent: ${why}`, 'mend the file and commit it'));

const isMap = (value: unknown): value is Front => typeof value === 'object' && value !== null && !Array.isArray(value);
const textOf = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null);

/** Null where it is no map. Aliases are not followed, so that a small file stays small. */
function frontOf(yaml: string): Front | null {
  const document = parseDocument(yaml, { merge: false, prettyErrors: false });
  if (document.errors.length > 0) return null;
  try {
    const value: unknown = document.toJS({ maxAliasCount: 0 }) ?? {};
    return isMap(value) ? value : null;
  } catch {
    return null; // it has aliases
  }
}

function toolsOf(front: Front, format: AgentFormat): Tools {
  const { tools } = front;
  if (format === 'opencode') return switchedOn(front);
  const denied = new Set(wordsOf(front['disallowedTools']));
  if (tools === undefined || tools === null) {
    if (denied.size === 0) return { asked: null, withheld: [] };
    return given(Object.keys(toolTable[format]), denied, format);
  }
  return given(wordsOf(tools), denied, format);
}

/** A list, or words between commas that are not in brackets. */
const wordsOf = (value: unknown): readonly string[] =>
  (Array.isArray(value) ? value.map(String) : typeof value === 'string' ? value.split(/,(?![^(]*\))/) : [])
    .map((word) => word.trim())
    .filter((word) => word !== '');

function given(named: readonly string[], denied: ReadonlySet<string>, format: AgentFormat): Tools {
  const asked = new Set<string>();
  const withheld: string[] = [];
  for (const tool of named) {
    if (denied.has(tool)) continue;
    const actions = askedBy(format, tool);
    if (actions === null) withheld.push(`\`${tool.slice(0, 120).toWellFormed()}\` is no tool that is known here`);
    else for (const action of actions) asked.add(action);
  }
  return { asked: [...asked], withheld };
}

/** opencode says which of its tools are off, and asks before some: all others are on. */
function switchedOn({ tools, permission }: Front): Tools {
  const withheld: string[] = [];
  const off = new Set<string>();
  for (const [tool, on] of Object.entries(isMap(tools) ? tools : {})) {
    const meant = Object.keys(toolTable.opencode).filter((name) => isNamed(tool, name));
    if (on !== true) for (const name of meant) off.add(name);
    else if (meant.length === 0)
      withheld.push(`\`${tool.slice(0, 120).toWellFormed()}\` is no tool that is known here`);
  }
  const rules = isMap(permission) ? permission : permission === undefined ? {} : { '*': permission };
  for (const [tool, rule] of Object.entries(rules)) {
    const isWhole = rule === 'allow' || (isMap(rule) && Object.values(rule).every((one) => one === 'allow'));
    if (isWhole) continue;
    const meant = Object.keys(toolTable.opencode).filter((name) => tool === '*' || governs(tool, name));
    for (const name of meant) off.add(name);
    if (rule !== 'deny')
      withheld.push(
        `\`${tool.slice(0, 120).toWellFormed()}\` is asked about or bounded by a pattern there, which is not held here`,
      );
  }
  const { asked, withheld: unknown } = given(Object.keys(toolTable.opencode), off, 'opencode');
  return { asked, withheld: [...withheld, ...unknown] };
}

/** A star stands for any letters. */
const isNamed = (pattern: string, tool: string): boolean =>
  new RegExp(
    `^${pattern
      .split('*')
      .map((part) => part.replace(/[^\w-]/g, (odd) => `\\${odd}`))
      .join('.*')}$`,
  ).test(tool);

/** A permission of opencode is for all tools that do the same: `edit` is for everything that writes. */
const governs = (permission: string, tool: string): boolean => {
  const [own, other] = [toolTable.opencode[permission], toolTable.opencode[tool]];
  return own !== undefined && own === other;
};
