/**
 * A command as data: what `--help`, shell completion and the argument parser are made from is this one value. The code behind it is loaded
 * only when it runs.
 */

import type { Context } from './context.ts';

export type OptionSpec = {
  /** As commander spells it: `--reason <text>`, `-f, --follow`. */
  readonly flags: string;
  readonly description: string;
  /** The values it takes, where they are a closed list. */
  readonly choices?: readonly string[];
  /** May be given more than once. */
  readonly repeat?: true;
};

export type ArgumentSpec = {
  /** As commander spells it: `<file>`, `[id]`, `[words...]`. */
  readonly name: string;
  readonly description: string;
};

export type CommandGroup = 'front' | 'daily' | 'authority' | 'evidence' | 'service' | 'inside' | 'hidden';

export type CommandSpec = {
  /** The words that call it: `stop`, or `mandate approve`. */
  readonly path: string;
  readonly group: CommandGroup;
  readonly summary: string;
  /** More than the summary, for its own `--help`. */
  readonly about?: string;
  readonly arguments?: readonly ArgumentSpec[];
  readonly options?: readonly OptionSpec[];
  readonly examples: readonly string[];
  /** Everything after its name belongs to another program, options too. */
  readonly passThrough?: true;
  readonly load: () => Promise<{ readonly run: CommandRun }>;
};

/** What the person typed, parsed: positional words, and options by their camelCase name. */
export type Input = { readonly words: readonly string[]; readonly options: Readonly<Record<string, unknown>> };

/** Does the command and says with which exit code; ends early by throwing `CommandEnd`. */
export type CommandRun = (context: Context, input: Input) => Promise<number>;

/** The option `name` as text; undefined when it was not given. */
export function textOption(input: Input, name: string): string | undefined {
  const value = input.options[name];
  return typeof value === 'string' ? value : undefined;
}

/** Whether the flag `name` was given. */
export const flagOption = (input: Input, name: string): boolean => input.options[name] === true;

/** All values of the repeatable option `name`. */
export function listOption(input: Input, name: string): readonly string[] {
  const value = input.options[name];
  return Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : [];
}
