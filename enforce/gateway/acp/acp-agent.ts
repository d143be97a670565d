/**
 * The agents of the Agent Client Protocol that are known by the command they are started with: whose state and hosts they have, which of their modes ask, and what
 * they are told besides.
 *
 * One that is not known is bounded all the same, by what it asks and by its sandbox; it keeps nothing in the home and reaches what its preset names.
 */

import { basename } from 'node:path';
import type { Escape } from '../adapters/adapter.ts';
import type { Message } from '../mcp/json-rpc.ts';
import type { AskingModes } from './modes.ts';

export type AcpAgent = {
  readonly name: string;
  readonly title: string;
  /** Whose folders in the home it keeps, whose provider it reaches, and in whose words its calls are. */
  readonly harness: 'claude' | 'codex' | 'gemini' | 'opencode' | null;
  readonly modes: AskingModes;
  /** Whether its harness asks by its hooks besides, in every mode, and how it is told of them; null: what the protocol asks is all. */
  readonly hooks: 'settings' | 'environment' | null;
  /** What its environment says so that it asks over the protocol, where its hooks do not. */
  readonly asking?: Readonly<Record<string, string>>;
};

const unknownModes: AskingModes = ['default', 'ask', 'manual', 'read-only', 'plan'];

type Known = { readonly agent: AcpAgent; readonly is: (words: readonly string[]) => boolean };
/** Of a program's path, of a package, with a version or an ending or without. */
const called = (words: readonly string[], ...names: readonly string[]): boolean =>
  words.some((word) => {
    const base = basename(word)
      .replace(/\.(?:[cm]?js|cmd|exe)$/, '')
      .replace(/(?<=.)@.*$/, '');
    return names.includes(base) || names.some((name) => new RegExp(`(?:^|/)${name}(?:@[^/]*)?/`).test(word));
  });

const known: readonly Known[] = [
  {
    agent: {
      name: 'claude-agent-acp',
      title: 'Claude Code',
      harness: 'claude',
      modes: ['default', 'plan'],
      hooks: 'settings',
    },
    is: (words) => called(words, 'claude-agent-acp', 'claude-code-acp'),
  },
  {
    agent: { name: 'codex-acp', title: 'Codex', harness: 'codex', modes: ['read-only'], hooks: null },
    is: (words) => called(words, 'codex-acp'),
  },
  {
    agent: { name: 'gemini', title: 'Gemini CLI', harness: 'gemini', modes: ['default', 'plan'], hooks: null },
    is: (words) => called(words, 'gemini', 'gemini-cli'),
  },
  {
    agent: {
      name: 'opencode',
      title: 'opencode',
      harness: 'opencode',
      modes: 'any',
      hooks: 'environment',
      // Laid over every other configuration of it; by itself it asks about nothing.
      asking: { OPENCODE_PERMISSION: '{"bash":"ask","edit":"ask","webfetch":"ask","task":"ask"}' },
    },
    is: (words) => called(words, 'opencode', 'opencode-ai'),
  },
];

/** What an agent that speaks with an editor cannot be held to. */
export const acpEscapes = ({ hooks }: Pick<AcpAgent, 'hooks'>): readonly Escape[] => [
  {
    actionClass: 'every class',
    what: hooks === null ? 'a call it asks nobody about' : 'a call that neither it nor its hooks ask about',
  },
  { actionClass: 'every class', what: 'whether what it does is what it asked' },
  ...(hooks === null
    ? [{ actionClass: 'every class', what: 'a helper of it, which acts as the agent itself' } as const]
    : [
        {
          actionClass: 'every class',
          what: 'at the work of a mission, where its hooks do not ask: a helper of it, which acts as the agent itself',
        } as const,
      ]),
];

/** How one that is installed is started, by the names its program has. */
export type InstalledAcpAgent = {
  readonly agent: AcpAgent;
  readonly commands: readonly string[];
  readonly args: readonly string[];
};

const startedAs: Readonly<Record<string, Pick<InstalledAcpAgent, 'commands' | 'args'>>> = {
  'claude-agent-acp': { commands: ['claude-agent-acp', 'claude-code-acp'], args: [] },
  'codex-acp': { commands: ['codex-acp'], args: [] },
  gemini: { commands: ['gemini'], args: ['--acp', '-m', 'gemini-2.5-flash'] },
  opencode: { commands: ['opencode'], args: ['acp'] },
};

/** Every agent that is known, as its canary is started. */
export const acpAgents: readonly InstalledAcpAgent[] = known.flatMap(({ agent }) => {
  const started = startedAs[agent.name];
  return started === undefined ? [] : [{ agent, ...started }];
});

/** The name under which is kept what the canary of `agent` showed: that of its harness is another's. */
export const shownName = ({ name }: Pick<AcpAgent, 'name'>): string => `acp:${name}`;

/** Who `argv` starts. */
export function acpAgentOf(argv: readonly string[]): AcpAgent {
  // A program, what runs it, and the options between: the agent's own arguments name nobody.
  const found = known.find(({ is }) => is(argv.slice(0, 4)));
  const name = basename(argv[0] ?? '');
  return found?.agent ?? { name, title: name, harness: null, modes: unknownModes, hooks: null };
}

/** What a conversation of `agent` is opened with, so that its harness takes what `args` would say to it at a start; null where there is nothing to say. */
export function openingMeta({ hooks }: AcpAgent, args: readonly string[]): Message | null {
  const at = args.indexOf('--settings');
  if (hooks !== 'settings' || at < 0) return null;
  return { claudeCode: { options: { settings: JSON.parse(args[at + 1] ?? '{}') as unknown } } };
}
