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
  {
    path: 'facts',
    group: 'daily',
    summary: 'what is known of a workspace, and how old each of it is',
    about:
      'Git with why its branch was made, commands, failing tests, data stores, MCP servers, services, what CI or others reported, and what was pinned. Looking runs nothing. Inside a run an agent reads the same.',
    arguments: [{ name: '[id]', description: 'the session (the newest)' }],
    examples: ['writ facts', 'writ facts s-1 --json'],
    load: async () => ({ run: (await import('../commands/facts.ts')).runFacts }),
  },
  {
    path: 'session pin',
    group: 'daily',
    summary: 'keep a page or a file at hand: a dashboard, a runbook',
    arguments: [sessionId, { name: '<target>', description: 'an address, or a path in its folder' }],
    options: [{ flags: '--note <text>', description: 'what it is for' }],
    examples: [
      'writ session pin s-1 docs/runbook.md',
      'writ session pin s-1 https://grafana.example/d/1 --note latency',
    ],
    load: async () => ({ run: (await import('../commands/facts.ts')).runPin }),
  },
  {
    path: 'session observe',
    group: 'daily',
    summary: 'record what was seen outside: CI, a deploy, an alert',
    arguments: [
      sessionId,
      { name: '<source>', description: 'such as ci, deploy, alert' },
      { name: '<subject>', description: 'what it is about, such as build' },
    ],
    options: [
      { flags: '--status <status>', description: 'good, bad, pending or unknown' },
      { flags: '--say <text>', description: 'in a sentence' },
      { flags: '--url <url>', description: 'where to look' },
    ],
    examples: ['writ session observe s-1 ci build --status bad --say "lint failed"'],
    load: async () => ({ run: (await import('../commands/facts.ts')).runObserve }),
  },
  {
    path: 'session seen-before',
    group: 'daily',
    summary: 'where a failing test, an error or a path was met before, and what followed',
    arguments: [
      { name: '<sought...>', description: 'a session, for what fails there; or words of an error, a test, a path' },
    ],
    options: [{ flags: '--project <name>', description: 'only there' }],
    examples: ['writ session seen-before s-1', 'writ session seen-before "ECONNREFUSED 127.0.0.1"'],
    load: async () => ({ run: (await import('../commands/facts.ts')).runSeenBefore }),
  },
  {
    path: 'services',
    group: 'daily',
    summary: 'what listens on this machine for sessions: port, program, whose',
    about:
      'What is left when its session is over is ended, unless somebody adopted it. What is gone is never started again.',
    examples: ['writ services'],
    load: async () => ({ run: (await import('../commands/services.ts')).runList }),
  },
  {
    path: 'services adopt',
    group: 'daily',
    summary: 'take one over: it goes on when its session is over',
    arguments: [{ name: '<service>', description: 'as `writ services` names it' }],
    examples: ['writ services adopt v-5173-4711'],
    load: async () => ({ run: (await import('../commands/services.ts')).runAdopt }),
  },
  {
    path: 'services reap',
    group: 'daily',
    summary: 'end one, and free its port',
    arguments: [{ name: '<service>', description: 'as `writ services` names it' }],
    examples: ['writ services reap v-5173-4711'],
    load: async () => ({ run: (await import('../commands/services.ts')).runReap }),
  },
  {
    path: 'shell',
    group: 'daily',
    summary: 'your own shell, recorded in a session',
    about:
      'In the folder of the session, or here with a session of its own. What is printed is recorded, up to 8 MiB, and can be played again: the lines you see yourself type too. What is typed unseen, as a password is, and your environment are not. It is your act: no mandate is asked.',
    arguments: [{ name: '[id]', description: 'the session (a new one)' }],
    options: [
      {
        flags: '--replay',
        description: 'play the newest recording of the session again; with --json as asciicast events',
      },
    ],
    examples: ['writ shell', 'writ shell s-1', 'writ shell s-1 --replay'],
    load: () => import('../commands/shell.ts'),
  },
];
