/**
 * What `writ managed install` writes for everybody on a machine: hooks in the places that a harness reads as its administrator's, which its own arguments do not switch off.
 * Seen with Claude Code 2.1.329, Codex 0.169 and Gemini CLI 0.61. Pure.
 *
 * It refuses to guess: a file that cannot be read as it should be, or where nothing can be added without changing what is there, is left alone.
 */

import { guardTimeoutS, managedCommand } from './guard-command.ts';
import type { OfferedPreset } from '../launcher/preset-choice.ts';
import { offeredPresets } from '../launcher/preset-choice.ts';
import { withHooks } from '../adopt/own-part.ts';

export type ManagedFile = {
  readonly harness: string;
  /** Below the root of the machine. */
  readonly path: string;
  readonly kind: 'guard' | 'part';
  /** What is put in, of a part. */
  readonly part: string;
  /** The text with the hooks; null where they cannot be added. */
  readonly with: (before: string) => string | null;
};

/** Folders of an administrator's settings, as the documentation of each harness has them for this system. Codex reads /etc on both. */
const managedFolders = (platform: NodeJS.Platform): { readonly claude: string; readonly gemini: string } =>
  platform === 'darwin'
    ? {
        claude: 'Library/Application Support/ClaudeCode',
        gemini: 'Library/Application Support/GeminiCli',
      }
    : { claude: 'etc/claude-code', gemini: 'etc/gemini-cli' };

/** For the presets of `preset` where nobody chose another. */
export function managedFiles(preset: OfferedPreset, platform: NodeJS.Platform): readonly ManagedFile[] {
  const folders = managedFolders(platform);
  const command = (name: string): string => managedCommand(name, preset);
  const hook = (name: string, timeout: number, more: object = {}): object => ({
    matcher: '*',
    hooks: [{ type: 'command', ...more, command: command(name), timeout }],
  });
  const codex = codexPart(command('codex'));
  return [
    {
      harness: 'Claude Code',
      path: `${folders.claude}/managed-settings.json`,
      kind: 'guard',
      part: '',
      with: (before) => withHooks(before, { PreToolUse: hook('claude', guardTimeoutS) }),
    },
    {
      harness: 'Codex',
      path: 'etc/codex/requirements.toml',
      kind: 'part',
      part: codex,
      // Its tables can stand in a file only once: beside others nothing is added.
      with: (before) => (before === '' || isOwnPart(before) ? codex : null),
    },
    {
      harness: 'Gemini CLI',
      path: `${folders.gemini}/settings.json`,
      kind: 'guard',
      part: '',
      with: (before) => withHooks(before, { BeforeTool: hook('gemini', guardTimeoutS * 1_000, { name: 'writ' }) }),
    },
  ];
}

const isOwnPart = (text: string): boolean =>
  offeredPresets.some((preset) => codexPart(managedCommand('codex', preset)) === text);

/** The hook, and what keeps hooks switched on: without, `--disable hooks` leaves out those of the administrator, too. */
const codexPart = (command: string): string =>
  [
    '# Put here by `writ managed install`; `writ managed remove` takes it out.',
    '[features]',
    'hooks = true',
    '',
    '[[hooks.PreToolUse]]',
    'matcher = ".*"',
    '',
    '[[hooks.PreToolUse.hooks]]',
    'type = "command"',
    // Strings of TOML are written as those of JSON.
    `command = ${JSON.stringify(command)}`,
    `timeout = ${String(guardTimeoutS)}`,
    '',
  ].join('\n');
