/** The commands about the place a session works in, as `registry.ts` shows them. Data only. */

import type { ArgumentSpec, CommandSpec } from './command.ts';

const sessionId: ArgumentSpec = { name: '<id>', description: 'the session; its first letters are enough' };

export const workspaceCommands: readonly CommandSpec[] = [
  {
    path: 'session checkpoints',
    group: 'daily',
    summary: 'where a session can be taken back to',
    about:
      'Its files, untracked ones and edits made in a shell included, are kept at the beginning and the end of each turn. Nothing is kept of what `.gitignore` names.',
    arguments: [sessionId],
    options: [{ flags: '--take', description: 'keep the files as they are now, too' }],
    examples: ['writ session checkpoints s-1', 'writ session checkpoints s-1 --take'],
    load: async () => ({ run: (await import('../commands/session-rewind.ts')).runCheckpoints }),
  },
  {
    path: 'session rewind',
    group: 'daily',
    summary: 'take files and conversation back to a checkpoint, after a look',
    about:
      'Shows first what would be written, brought back and deleted. Only what the session’s own turns made since is deleted, and commits, branches and the index are not touched. Going back is kept as well, and undone the same way.',
    arguments: [sessionId],
    options: [
      { flags: '--to <checkpoint>', description: 'which (default: before its newest turn)' },
      { flags: '--preview <hash>', description: 'do what the preview of this name showed, or nothing' },
      { flags: '-y, --yes', description: 'do what is shown without asking' },
    ],
    examples: ['writ session rewind s-1', 'writ session rewind s-1 --to c-1 --json'],
    load: async () => ({ run: (await import('../commands/session-rewind.ts')).runRewind }),
  },
];
