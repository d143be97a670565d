/** Every command there is, in the order the help shows them. Data only: the code behind a command is loaded when it runs. */

import type { Role } from '@writ/authority';
import { logFormats, logLevelNames } from '../place/log-names.ts';
import type { ArgumentSpec, CommandSpec, OptionSpec } from './command.ts';
import { workspaceCommands } from './workspace-commands.ts';

const reason: OptionSpec = { flags: '--reason <text>', description: 'why, in a few words; recorded' };
const anyId: ArgumentSpec = {
  name: '[id]',
  description: 'a mission, session or mandate; its first letters are enough',
};
const roleNames: readonly Role[] = ['viewer', 'operator', 'approver', 'admin'];
const role: OptionSpec = {
  flags: '--role <role>',
  description: 'what they may do; `writ people roles` shows it',
  choices: roleNames,
};
const project: OptionSpec = {
  flags: '--project <name>',
  description: 'where; repeatable (default: everywhere)',
  repeat: true,
};
const ofProject: OptionSpec = { flags: '--project <name>', description: 'the project (default: the repository here)' };
const mandateId: ArgumentSpec = { name: '<id>', description: 'the mandate; its first letters are enough' };

/** Of a program that has help of its own, which is asked for behind `--`. */
const ownArguments = (name: string) => [
  {
    name: '[arguments...]',
    description: `the program's own arguments, passed on untouched; its own help: writ ${name} -- --help`,
  },
];

/** Of every attended start. */
const startOptions: readonly OptionSpec[] = [
  {
    flags: '--preset <name>',
    description: 'what it may do without asking',
    choices: ['watch', 'read-only', 'worktree', 'pr'],
  },
  {
    flags: '--network <kind>',
    description: 'through the gate, where a sandbox holds it (the usual), open, or none',
    choices: ['gated', 'open', 'none'],
  },
  {
    flags: '--reach <host>',
    description: 'a host more for this start, such as docs.example.com or http://127.0.0.1:11434',
    repeat: true,
  },
  {
    flags: '--mission <id>',
    description:
      'beside the agents of a mission: under a part of its mandate, told what it is about, and ended with it',
  },
  {
    flags: '--order <rules>',
    description: 'what has to come before what, such as "git.commit before git.push; first git.push asks"',
  },
];

const front: readonly CommandSpec[] = [
  {
    path: 'look',
    group: 'front',
    summary: 'what your agents did so far, and what each preset would have said',
    about:
      'Reads the histories that Claude Code, Codex and opencode keep on this machine, offline, and writes nothing. Each recorded call is judged under each preset, as if it had been asked. Prices are of the list that was installed with it; a model without one is said to have none.',
    options: [
      {
        flags: '--detail [heading]',
        description: 'all there is, of everything or of one heading',
        choices: ['did', 'presets', 'after-stop', 'cost'],
      },
      { flags: '--since <when>', description: 'only since then: a time such as 7d, or a day such as 2026-11-01' },
    ],
    examples: ['writ look', 'writ look --since 7d --detail presets', 'writ look --json'],
    load: () => import('../commands/look.ts'),
  },
  {
    path: 'init',
    group: 'front',
    summary: 'set this repository up, with one question',
    about:
      'Finds how the work is tested, which branches are protected, where it pushes and what it tells agents, and proposes the preset that fits what agents did here. With --guard it also hooks sessions of Claude Code, and of Gemini CLI where the repository has a `.gemini`, that are started without Writ; a teammate without Writ is held back from nothing. `writ off` puts every file back.',
    options: [
      {
        flags: '--preset <name>',
        description: 'what agents may do without asking',
        choices: ['read-only', 'worktree', 'pr'],
      },
      { flags: '--guard', description: "also put hooks into the repository's settings of Claude Code and Gemini CLI" },
      { flags: '-y, --yes', description: 'ask nothing' },
    ],
    examples: ['writ init', 'writ init --preset pr --yes --json'],
    load: () => import('../commands/init.ts'),
  },
  {
    path: 'run',
    group: 'front',
    summary: 'carry out a mission file: show the plan, ask for approval, work, report',
    about:
      'Compiles the file, shows what would be done and what the agents would be allowed to do, and starts nothing before you approved it. Ctrl-C only stops watching; the work goes on. How to write one: docs/guide/getting-started.md.',
    arguments: [{ name: '<file>', description: 'a mission file, such as mission.md' }],
    options: [
      {
        flags: '-y, --yes',
        description:
          'approve without asking; recorded as unattended, and never enough for the highest classes of action',
      },
      { flags: '-d, --detach', description: 'return as soon as it runs' },
    ],
    examples: ['writ run mission.md', 'writ run mission.md --yes --json'],
    load: () => import('../commands/run.ts'),
  },
  {
    path: 'claude',
    group: 'front',
    summary: 'run Claude Code under a mandate; also codex, opencode, gemini',
    arguments: ownArguments('claude'),
    options: startOptions,
    examples: [
      'writ claude',
      'writ claude --preset worktree -p "fix the failing test"',
      "writ claude --preset pr --order 'git.commit before git.push; first git.push asks'",
    ],
    passThrough: true,
    load: async () => ({ run: (await import('../commands/launch-harness.ts')).runClaude }),
  },
  {
    path: 'codex',
    group: 'daily',
    summary: 'run Codex with your own arguments, under a mandate',
    arguments: ownArguments('codex'),
    options: startOptions,
    examples: ['writ codex', 'writ codex resume --last', 'writ codex --preset worktree exec "fix the failing test"'],
    passThrough: true,
    load: async () => ({ run: (await import('../commands/launch-harness.ts')).runCodex }),
  },
  {
    path: 'opencode',
    group: 'daily',
    summary: 'run opencode with your own arguments, under a mandate',
    arguments: ownArguments('opencode'),
    options: startOptions,
    examples: ['writ opencode', 'writ opencode run "fix the failing test"'],
    passThrough: true,
    load: async () => ({ run: (await import('../commands/launch-harness.ts')).runOpencode }),
  },
  {
    path: 'gemini',
    group: 'daily',
    summary: 'run Gemini CLI with your own arguments, under a mandate',
    arguments: ownArguments('gemini'),
    options: startOptions,
    examples: ['writ gemini', 'writ gemini --resume latest'],
    passThrough: true,
    load: async () => ({ run: (await import('../commands/launch-harness.ts')).runGemini }),
  },
  {
    path: 'adapter test',
    group: 'evidence',
    summary: 'walk a harness adapter through the conformance kit',
    about:
      'Loads the module, which runs it as you. Its words are held against its own recorded hooks; then its program is started on a scripted model, in an empty home, and judged by what it left on disk. What cannot be tried here is not shown, and never passed. What was shown of one of your own is kept, until it or its program is another. docs/guide/adapters.md builds one.',
    arguments: [{ name: '<adapter>', description: 'a module, a folder with one, or one of ours, such as `claude`' }],
    options: [{ flags: '--program <path>', description: 'the program to try (default: the one on the PATH)' }],
    examples: ['writ adapter test ./mine', 'writ adapter test claude --json'],
    load: async () => ({ run: (await import('../commands/adapter.ts')).runTest }),
  },
  {
    path: 'adapter run',
    group: 'daily',
    summary: 'run the program of an adapter of your own under a mandate',
    about:
      "Loads the module, which runs it as you, and starts its program as `writ claude` starts Claude Code. Options of Writ come before the adapter; everything after it is the program's.",
    arguments: [
      { name: '<adapter>', description: 'a module, or a folder with one' },
      { name: '[arguments...]', description: "the program's own arguments, passed on untouched" },
    ],
    options: startOptions,
    examples: [
      'writ adapter run ./mine -p "fix the failing test"',
      'writ adapter run --preset read-only --reach http://127.0.0.1:11434 ./mine',
    ],
    passThrough: true,
    load: async () => ({ run: (await import('../commands/adapter.ts')).runRun }),
  },
  {
    path: 'acp',
    group: 'front',
    summary: 'stand between an editor and its agent (Agent Client Protocol)',
    about:
      'An editor such as Zed starts it in place of the agent. At a terminal it asks once what an agent may do in this repository, and prints what to put into the settings of the editor. What was approved is not asked about again; what a person is to say yes to, the editor shows. See docs/guide/editor.md.',
    arguments: [{ name: '<agent...>', description: 'the agent and its arguments' }],
    options: startOptions,
    examples: ['writ acp -- claude-agent-acp', 'writ acp --preset worktree -- gemini --acp'],
    passThrough: true,
    load: () => import('../commands/acp.ts'),
  },
  {
    path: 'exec',
    group: 'front',
    summary: 'run any program under a mandate',
    arguments: [{ name: '<command...>', description: 'the program and its arguments' }],
    options: startOptions,
    examples: ['writ exec -- make test', 'writ exec --preset read-only -- ./agent.sh'],
    passThrough: true,
    load: async () => ({ run: (await import('../commands/launch-harness.ts')).runExec }),
  },
  {
    path: 'show',
    group: 'front',
    summary: 'what is going on, or one mission, session or mandate',
    arguments: [anyId],
    options: [{ flags: '-a, --all', description: 'ended ones too' }],
    examples: ['writ show', 'writ show mission-1'],
    load: () => import('../commands/show.ts'),
  },
  {
    path: 'inbox',
    group: 'front',
    summary: 'what waits for you; answer it',
    about:
      'Without arguments: the questions, held actions, proposals and outcomes nobody knows that wait for a person, those that unblock most first. In a terminal each is answered with one key. A held action is shown with its exact parameters; a yes is for that alone, once, and `remember` (the key m) is for its target, or the host that is asked for, in this repository for 30 days, where that can be. Control’s own are there with the runtime gone.',
    arguments: [
      { name: '[id]', description: 'the item to answer' },
      {
        name: '[answer...]',
        description:
          "one of its options' keys, or your own words; yes, remember, or no and a reason; done or failed, and how you know",
      },
    ],
    options: [
      { flags: '-a, --all', description: 'answered ones too' },
      { flags: '-l, --list', description: 'only list them, ask nothing' },
      {
        flags: '--per-hour <n>',
        description:
          'how many questions an hour of an agent may interrupt you in the repository here; more wait in the inbox',
      },
    ],
    examples: ['writ inbox', 'writ inbox a-1 yes', 'writ inbox a-1 no "not on a Friday"'],
    load: () => import('../commands/inbox.ts'),
  },
  {
    path: 'pause',
    group: 'front',
    summary: 'hold the work where it stands; `writ unpause` lets it go on',
    about:
      'Freezes what runs, sub-agents included, and starts nothing more until `writ unpause`. With --end-turn the turn of a session is ended with everything it left running; what waits for it stays, and its sub-agents stay frozen. To end the work and its authority: `writ stop`.',
    arguments: [anyId],
    options: [reason, { flags: '--end-turn', description: 'of a session: end the turn it is at' }],
    examples: ['writ pause', 'writ pause mission-1 --reason "back after lunch"', 'writ pause s-1 --end-turn'],
    load: async () => ({ run: (await import('../commands/pause.ts')).runPause }),
  },
  {
    path: 'unpause',
    group: 'daily',
    summary: 'let held work go on, after asking its mandate',
    arguments: [anyId],
    options: [{ flags: '--here', description: 'of a session whose place changed: go on with it as it is now' }],
    examples: ['writ unpause', 'writ unpause s-1 --here'],
    load: async () => ({ run: (await import('../commands/pause.ts')).runUnpause }),
  },
  {
    path: 'stop',
    group: 'front',
    summary: 'end the work and its authority, for good; shows the receipt',
    about:
      'Revokes the mandate of a mission or session, or a mandate itself with everything under it, and waits for the receipt: one line for each thing that was running, with what became of it and who attests it. With --local it stops everything on this machine even when control is dead.',
    arguments: [anyId],
    options: [
      { flags: '--all', description: 'every live mandate there is' },
      { flags: '--project <id>', description: 'those of a project' },
      { flags: '--agent <name>', description: 'those given to an agent' },
      { flags: '--harness <program>', description: 'those a program works under, such as `claude`' },
      { flags: '--model <name>', description: 'those a model works under' },
      { flags: '--dry-run', description: 'only show what a stop of many would hit' },
      { flags: '--hold', description: 'suspend them instead; `writ mandate reinstate` brings each back' },
      {
        flags: '--local',
        description: 'kill every run on this machine, without control; the revocation follows when it is back',
      },
      { flags: '--no-wait', description: 'do not wait for the receipt to close' },
      reason,
    ],
    examples: [
      'writ stop',
      'writ stop mission-1 --reason "wrong branch"',
      'writ stop --harness claude --dry-run',
      'writ stop --local',
    ],
    load: () => import('../commands/stop.ts'),
  },
  {
    path: 'leave',
    group: 'front',
    summary: 'before you go: say yes to a few things, counted and until a time',
    about:
      'Shows in words what agents here may do without asking you until then, and takes one key. Each is counted and is used up as it is used; what is asked each time (force-pushes, publishing, secrets) cannot be left. Live work that is not allowed it at all is extended by exactly that, until then. `writ remembered list` shows what is left and takes it back; `writ back` tells in the morning what was used.',
    arguments: [{ name: '<what...>', description: 'such as "push to feat/x*, one pull request, before 09:00"' }],
    options: [ofProject, { flags: '-y, --yes', description: 'ask nothing' }],
    examples: [
      'writ leave "push to feat/passkey*, one pull request, before 09:00"',
      'writ leave "3 times git.push on refs/heads/docs/*, for 8h"',
    ],
    load: () => import('../commands/leave.ts'),
  },
  {
    path: 'back',
    group: 'front',
    summary: 'where you were: what happened, what changed, what waits',
    about:
      'Without an id, within a day of a `writ leave` here: what was done since, what was used of what you left, what waits for you, and what it cost. Else the session or mission, or the latest one.',
    arguments: [{ name: '[id]', description: 'a session or mission; without it, the latest' }],
    examples: ['writ back'],
    load: () => import('../commands/back.ts'),
  },
  {
    path: 'log',
    group: 'front',
    summary: 'what happened, in order',
    arguments: [anyId],
    options: [
      { flags: '-f, --follow', description: 'keep showing what comes' },
      { flags: '-a, --all', description: 'housekeeping too' },
      { flags: '--timeline', description: 'of one session, everything that happened there in one order' },
      { flags: '--kinds <names>', description: 'with --timeline: only these, such as tests,git,people' },
      { flags: '-n, --lines <number>', description: 'how many of the latest to start with (50)' },
    ],
    examples: ['writ log', 'writ log mission-1 --follow', 'writ log s-1 --timeline --kinds tests,git'],
    load: () => import('../commands/log.ts'),
  },
  {
    path: 'doctor',
    group: 'front',
    summary: 'what is wrong with this installation, and how to mend it',
    about:
      'Looks at the state folder, the disk, the journals, the processes, keys and the sandbox, and changes nothing. An installed harness of a version that was not tried yet is tried: its program is started on a scripted model, in an empty home, without a key; one call has to run and others must not. On macOS its sandbox is tried as well, which counts only after that. What was shown is kept for `writ scope`.',
    options: [{ flags: '--again', description: 'try what was tried before, too' }],
    examples: ['writ doctor', 'writ doctor --again --json'],
    load: () => import('../commands/doctor.ts'),
  },
  {
    path: 'off',
    group: 'front',
    summary: 'put this repository back as it was before `writ init`',
    about:
      'Each file byte for byte. Of a file that was edited since, only what is Writ’s is taken out, and where that cannot be found it is left and said.',
    examples: ['writ off'],
    load: () => import('../commands/off.ts'),
  },
];

const sessionId: ArgumentSpec = { name: '<id>', description: 'the session; its first letters are enough' };

const agents: readonly CommandSpec[] = [
  {
    path: 'agent list',
    group: 'daily',
    summary: 'the agents that the repository here describes, and what was accepted of them',
    about:
      'Reads .writ/agents, .claude/agents and .opencode/agent as the newest commit has them. What a file says counts for nothing until a person accepted it.',
    examples: ['writ agent list'],
    load: async () => ({ run: (await import('../commands/agent.ts')).runList }),
  },
  {
    path: 'agent show',
    group: 'daily',
    summary: 'one agent: what it asks for, what it does not get, its file',
    arguments: [{ name: '<name>', description: 'the agent' }],
    examples: ['writ agent show reviewer'],
    load: async () => ({ run: (await import('../commands/agent.ts')).runShow }),
  },
  {
    path: 'agent accept',
    group: 'daily',
    summary: 'accept exactly these bytes of an agent; a later version of its file has to be accepted again',
    arguments: [{ name: '<name>', description: 'the agent' }],
    options: [{ flags: '-y, --yes', description: 'accept without asking' }],
    examples: ['writ agent accept reviewer'],
    load: async () => ({ run: (await import('../commands/agent.ts')).runAccept }),
  },
];

const sessions: readonly CommandSpec[] = [
  {
    path: 'session open',
    group: 'daily',
    summary: 'a session by itself: a review, a question, whatever it becomes',
    about:
      'In the repository here. What works in it is an accepted agent, a program after `--`, or a person. Shows what you would approve and asks; without a mandate it may only be read and written in.',
    arguments: [
      { name: '[title]', description: 'what to call it' },
      { name: '[command...]', description: 'the program that works in it, after --' },
    ],
    options: [
      { flags: '--agent <name>', description: 'an accepted agent; each turn acts under a child mandate of its tools' },
      {
        flags: '--driver <driver>',
        description: 'how the program is spoken with (command)',
        choices: ['command', 'acp', 'model', 'person'],
      },
      {
        flags: '--preset <name>',
        description: 'what it may do without asking (worktree)',
        choices: ['read-only', 'worktree', 'pr'],
      },
      { flags: '--model-at <url>', description: 'it may call a model there, such as http://127.0.0.1:11434/v1' },
      { flags: '--private', description: 'nobody else sees it' },
      { flags: '--with <name>', description: 'but this person; repeatable', repeat: true },
      { flags: '--without-mandate', description: 'approve nothing yet' },
      { flags: '-y, --yes', description: 'approve without asking; recorded as unattended' },
    ],
    examples: ['writ session open "why is login slow" --agent reviewer', 'writ session open review -- ./agent.sh'],
    load: async () => ({ run: (await import('../commands/session-open.ts')).runOpen }),
  },
  {
    path: 'session send',
    group: 'daily',
    summary: 'say something in a session; it is kept first, and then worked on as far as its mandate goes',
    arguments: [sessionId, { name: '<text...>', description: 'what to say' }],
    options: [
      { flags: '--agent <name>', description: 'an accepted agent for this message alone' },
      { flags: '--steer', description: 'into the turn that is running; needs --expect-turn' },
      { flags: '--expect-turn <turn>', description: 'refuse it when another turn is running; `none` for no turn' },
    ],
    examples: [
      'writ session send s-1 "look at the cache too"',
      'writ session send s-1 --agent reviewer "is that right?"',
    ],
    load: async () => ({ run: (await import('../commands/session-open.ts')).runSend }),
  },
  {
    path: 'session list',
    group: 'daily',
    summary: 'the sessions, newest first',
    options: [{ flags: '-a, --all', description: 'closed, inert and archived ones too' }],
    examples: ['writ session list', 'writ session list --all --json'],
    load: async () => ({ run: (await import('../commands/session.ts')).runList }),
  },
  {
    path: 'session search',
    group: 'daily',
    summary: 'what was said, printed and noted, in all sessions or one',
    about:
      'All words have to be there; the last may be unfinished. Shows what you may see, and nothing that was erased.',
    arguments: [{ name: '<words...>', description: 'what to look for' }],
    options: [
      { flags: '--in <session>', description: 'in this session alone' },
      { flags: '-n, --lines <number>', description: 'at most so many (20)' },
    ],
    examples: ['writ session search stale cache', 'writ session search --in s-1 timeout'],
    load: async () => ({ run: (await import('../commands/session-people.ts')).runSearch }),
  },
  {
    path: 'session who',
    group: 'daily',
    summary: 'who takes part in a session, and who has it open now',
    arguments: [sessionId],
    examples: ['writ session who s-1'],
    load: async () => ({ run: (await import('../commands/session-people.ts')).runWho }),
  },
  {
    path: 'session join',
    group: 'daily',
    summary: 'take part in a session; its mandate says what may be done in it',
    arguments: [sessionId],
    examples: ['writ session join s-1'],
    load: async () => ({ run: (await import('../commands/session-people.ts')).runJoin }),
  },
  {
    path: 'session leave',
    group: 'daily',
    summary: 'take part in a session no more',
    arguments: [sessionId],
    examples: ['writ session leave s-1'],
    load: async () => ({ run: (await import('../commands/session-people.ts')).runLeave }),
  },
  {
    path: 'session share',
    group: 'daily',
    summary: 'let somebody else see a private session, or everybody in its project',
    arguments: [sessionId],
    options: [
      { flags: '--with <name>', description: 'a person; repeatable', repeat: true },
      { flags: '--all', description: 'everybody with a role in the project; this is not taken back' },
    ],
    examples: ['writ session share s-1 --with ann', 'writ session share s-1 --all'],
    load: async () => ({ run: (await import('../commands/session-people.ts')).runShare }),
  },
  {
    path: 'session fork',
    group: 'daily',
    summary: 'another session with this one’s history, in a worktree of its own',
    about:
      'What it was forked from goes on untouched. The fork has the files as they were at that event, on a branch of its own, and no mandate: `writ session grant` gives it one.',
    arguments: [
      sessionId,
      { name: '[command...]', description: 'what runs in it, after -- (what runs in the session)' },
    ],
    options: [
      { flags: '--at <event>', description: 'after which of its events (the newest)' },
      { flags: '--title <text>', description: 'what to call it' },
      { flags: '--agent <name>', description: 'who works in it' },
    ],
    examples: ['writ session fork s-1', 'writ session fork s-1 --at 40 --title "without the cache"'],
    load: async () => ({ run: (await import('../commands/session.ts')).runFork }),
  },
  {
    path: 'session grant',
    group: 'daily',
    summary: 'approve a mandate for a session that has none',
    about: 'Shows exactly what would be approved and asks. A fork and what came from elsewhere start without one.',
    arguments: [sessionId],
    options: [
      {
        flags: '--preset <name>',
        description: 'what it may do without asking (worktree)',
        choices: ['read-only', 'worktree', 'pr'],
      },
      { flags: '--model-at <url>', description: 'it may call a model there, such as http://127.0.0.1:11434/v1' },
      { flags: '-y, --yes', description: 'approve without asking; recorded as unattended' },
    ],
    examples: ['writ session grant s-1 --preset worktree'],
    load: async () => ({ run: (await import('../commands/session-grant.ts')).run }),
  },
  {
    path: 'session adopt',
    group: 'daily',
    summary: 'bring what a fork came to home: its files, notes and decisions',
    about:
      'Without --commit: what it would do, file by file. With it: exactly that, or nothing where anything moved since. The mandate of the session at home is asked about each file.',
    arguments: [{ name: '<id>', description: 'the fork; its first letters are enough' }],
    options: [{ flags: '--commit <digest>', description: 'do what the preview of this digest showed' }],
    examples: ['writ session adopt s-2', 'writ session adopt s-2 --commit 1f0c…'],
    load: async () => ({ run: (await import('../commands/session-adopt.ts')).run }),
  },
  {
    path: 'session note',
    group: 'daily',
    summary: 'leave a clue for whoever comes back',
    arguments: [sessionId, { name: '<text...>', description: 'the note' }],
    options: [{ flags: '--for <name>', description: 'one person, who sees it first (everybody)' }],
    examples: ['writ session note s-1 "the leak is in the pool, not in the cache" --for ann'],
    load: async () => ({ run: (await import('../commands/session.ts')).runNote }),
  },
  {
    path: 'session export',
    group: 'daily',
    summary: 'carry a session to another machine, as one signed file',
    about:
      'Its events and its files as they are now. No mandate, credential or lease goes along. What is written here afterwards is not in it, and is kept beside the other where both come together again.',
    arguments: [sessionId],
    options: [
      { flags: '--handoff <file>', description: 'where to write it' },
      { flags: '--without-words', description: 'leave out what people and agents said' },
    ],
    examples: ['writ session export s-1 --handoff leak.writ'],
    load: async () => ({ run: (await import('../commands/session-carry.ts')).runExport }),
  },
  {
    path: 'session import',
    group: 'daily',
    summary: 'take in a session that was carried here, or the histories of a harness',
    about: 'Verified as it stands, and by whose key. It arrives without a mandate: `writ session grant` gives it one.',
    arguments: [
      {
        name: '[file]',
        description: 'what `writ session export` wrote; with --from, the first letters of one session',
      },
    ],
    options: [
      ofProject,
      {
        flags: '--from <harness>',
        description: 'the histories on this machine instead: what was said and done in them',
        choices: ['claude', 'codex', 'opencode'],
      },
      { flags: '--key <key>', description: 'the key `writ session export` said there' },
      {
        flags: '--into <repository>',
        description: 'where its files go, in a worktree of their own (the repository here)',
      },
    ],
    examples: ['writ session import leak.writ --key 9ZwY…', 'writ session import --from claude'],
    load: async () => ({ run: (await import('../commands/session-carry.ts')).runImport }),
  },
  {
    path: 'session reset',
    group: 'daily',
    summary: 'clear one part of a session’s state, with a receipt',
    about:
      'Old state keeps confusion too. What is cleared stands in the log as before; only what is gone on from changes, and the receipt says how to get it back.',
    arguments: [
      sessionId,
      { name: '<part>', description: 'context, scratchpad, connections, credentials, services, queue or children' },
    ],
    options: [{ flags: '--dry-run', description: 'only say what it would clear and keep' }],
    examples: ['writ session reset s-1 context --dry-run', 'writ session reset s-1 queue'],
    load: async () => ({ run: (await import('../commands/session.ts')).runReset }),
  },
  {
    path: 'session take',
    group: 'daily',
    summary: 'continue a session on this machine, with a new credential for its mandate',
    about:
      'For a session that another machine wrote, in a store that both use, and for one whose credential is gone. What the other machine still writes is refused from then on; what ran there is recorded as lost.',
    arguments: [sessionId],
    examples: ['writ session take s-1'],
    load: async () => ({ run: (await import('../commands/session.ts')).runTake }),
  },
  {
    path: 'session archive',
    group: 'daily',
    summary: 'take a session out of the lists; it stays readable',
    about: 'What is at work is not archived, and archiving ends nothing.',
    arguments: [sessionId],
    options: [reason],
    examples: ['writ session archive s-1'],
    load: async () => ({ run: (await import('../commands/session.ts')).runArchive }),
  },
  {
    path: 'session unarchive',
    group: 'daily',
    summary: 'bring an archived session back into the lists',
    arguments: [sessionId],
    examples: ['writ session unarchive s-1'],
    load: async () => ({ run: (await import('../commands/session.ts')).runUnarchive }),
  },
];

const authority: readonly CommandSpec[] = [
  {
    path: 'mandate list',
    group: 'authority',
    summary: 'the mandates, as a tree',
    options: [{ flags: '-a, --all', description: 'ended ones too' }],
    examples: ['writ mandate list', 'writ mandate list --json'],
    load: async () => ({ run: (await import('../commands/mandate-read.ts')).runList }),
  },
  {
    path: 'mandate show',
    group: 'authority',
    summary: 'one mandate: what it allows, in whose words, and how it stands now',
    arguments: [mandateId],
    options: [{ flags: '--text', description: 'the exact text an approver approves' }],
    examples: ['writ mandate show m-1'],
    load: async () => ({ run: (await import('../commands/mandate-read.ts')).runShow }),
  },
  {
    path: 'suggest',
    group: 'authority',
    summary: 'the least that would have permitted what was refused; changes nothing',
    about:
      'Reads the refusals, and what was only watched, under a mission, session or mandate, or of a whole project, and proposes entries line by line, with how often each was missed. Secrets, protected branches, publishing and whatever is outside the project are never proposed.',
    arguments: [anyId],
    options: [
      { flags: '--project <id>', description: 'everything that was refused in a project' },
      { flags: '--accept <lines>', description: 'choose lines, such as 1,3' },
      { flags: '--to <path>', description: 'the file the chosen lines go into, beside what is allowed already' },
      {
        flags: '--preset <name>',
        description:
          'what would have to be in this preset, as a diff of its words; with --accept, for the repository here',
        choices: ['read-only', 'worktree', 'pr'],
      },
    ],
    examples: [
      'writ suggest',
      'writ suggest m-1 --accept 1,3 --to wider.json',
      'writ suggest --preset worktree --accept 1',
    ],
    load: () => import('../commands/suggest.ts'),
  },
  {
    path: 'remembered list',
    group: 'authority',
    summary: 'answers that stand: what you had remembered or left, and how often each was used',
    options: [{ flags: '-a, --all', description: 'also those that are over, used up or taken back' }],
    examples: ['writ remembered list', 'writ remembered list --all --json'],
    load: async () => ({ run: (await import('../commands/remembered.ts')).runList }),
  },
  {
    path: 'remembered forget',
    group: 'authority',
    summary: 'take some back: they are asked again from now on',
    arguments: [
      { name: '[id...]', description: 'as `writ remembered list` shows them; their first letters are enough' },
    ],
    options: [{ flags: '--all', description: 'everything that is in force' }, reason],
    examples: ['writ remembered forget y-1'],
    load: async () => ({ run: (await import('../commands/remembered.ts')).runForget }),
  },
  {
    path: 'remote list',
    group: 'authority',
    summary: 'where the pushes of a project go',
    options: [ofProject],
    examples: ['writ remote list'],
    load: async () => ({ run: (await import('../commands/remote.ts')).runList }),
  },
  {
    path: 'remote add',
    group: 'authority',
    summary: 'say where pushes to a name go; `writ run` does it for the remotes of its repository',
    about:
      'Pushes of agents go where a person said, whatever the repository or the runtime says later. Fenced: the remote checks the permit of each push as it commits (the Git hook of Writ). Observable: it can be asked afterwards. Blind: neither.',
    arguments: [
      { name: '<name>', description: 'such as origin' },
      { name: '[url]', description: 'its address; without it, the one the repository here has for the name' },
    ],
    options: [
      {
        flags: '--kind <kind>',
        description: 'what it can say of a push (default: observable)',
        choices: ['fenced', 'observable', 'blind'],
      },
      ofProject,
    ],
    examples: ['writ remote add origin', 'writ remote add origin https://git.example/app.git --kind fenced'],
    load: async () => ({ run: (await import('../commands/remote.ts')).runAdd }),
  },
  {
    path: 'remote remove',
    group: 'authority',
    summary: 'let no push go there any more',
    arguments: [{ name: '<name>', description: 'such as origin' }],
    options: [ofProject],
    examples: ['writ remote remove origin'],
    load: async () => ({ run: (await import('../commands/remote.ts')).runRemove }),
  },
  {
    path: 'credential list',
    group: 'authority',
    summary: 'what agents use without holding it',
    options: [ofProject],
    examples: ['writ credential list'],
    load: async () => ({ run: (await import('../commands/credential.ts')).runList }),
  },
  {
    path: 'credential add',
    group: 'authority',
    summary: 'let agents of a project use a secret at one place, without seeing it',
    about:
      'The egress gate puts it into requests to that place that a mandate permits, and into nothing else; inside a run a placeholder stands for it. It is typed at the terminal or read from standard input, never given as an argument.',
    arguments: [{ name: '<name>', description: 'such as github' }],
    options: [
      { flags: '--for <url>', description: 'where it may go: https://HOST/ or the start of a path there' },
      { flags: '--header <name>', description: 'the header it is put into (default: authorization)' },
      {
        flags: '--as <template>',
        description: 'what is put there, such as `Bearer {secret}` (the default) or `basic:USER`',
      },
      { flags: '--env <variable>', description: 'where a run finds its placeholder' },
      { flags: '--base-url <variable>', description: 'where a run finds the address that leads there' },
      { flags: '--git', description: 'lead Git there by itself, with the secret as password' },
      { flags: '--stdin', description: 'read the secret from standard input' },
      ofProject,
    ],
    examples: [
      'writ credential add github --for https://github.com/ --git',
      'writ credential add openai --for https://api.openai.com/ --env OPENAI_API_KEY --base-url OPENAI_BASE_URL',
    ],
    load: async () => ({ run: (await import('../commands/credential.ts')).runAdd }),
  },
  {
    path: 'credential remove',
    group: 'authority',
    summary: 'forget it; no request carries it any more',
    arguments: [{ name: '<name>', description: 'as it was added' }],
    options: [ofProject],
    examples: ['writ credential remove github'],
    load: async () => ({ run: (await import('../commands/credential.ts')).runRemove }),
  },
  {
    path: 'ssh list',
    group: 'authority',
    summary: 'keys of your SSH agent that agents may have used, and what for',
    examples: ['writ ssh list'],
    load: async () => ({ run: (await import('../commands/ssh.ts')).runList }),
  },
  {
    path: 'ssh add',
    group: 'authority',
    summary: 'let agents of a project have something signed by a key of your SSH agent',
    about:
      'The key stays in your own agent. A session finds an agent of its own, which shows this key and lets each signature through that its mandate permits and that is for what you say here: a login at a host of your known_hosts, or signatures of a namespace, such as those of Git. `ssh-add -l` shows fingerprints.',
    arguments: [
      { name: '<name>', description: 'such as deploy' },
      { name: '<fingerprint>', description: 'SHA256:…' },
    ],
    options: [
      { flags: '--for <use>', description: 'login:HOST or sign:NAMESPACE; repeatable', repeat: true },
      ofProject,
    ],
    examples: ['writ ssh add deploy SHA256:… --for login:github.com --for sign:git'],
    load: async () => ({ run: (await import('../commands/ssh.ts')).runAdd }),
  },
  {
    path: 'ssh remove',
    group: 'authority',
    summary: 'let agents use it no more',
    arguments: [{ name: '<name>', description: 'as it was added' }],
    options: [ofProject],
    examples: ['writ ssh remove deploy'],
    load: async () => ({ run: (await import('../commands/ssh.ts')).runRemove }),
  },
  {
    path: 'network list',
    group: 'authority',
    summary: 'what is open through the egress gate, and which private addresses may be reached',
    examples: ['writ network list'],
    load: async () => ({ run: (await import('../commands/network.ts')).runList }),
  },
  {
    path: 'network allow',
    group: 'authority',
    summary: 'let the egress gate reach an address that is not public',
    about:
      'A run whose network is gated reaches public addresses that its mandate names, and no other: not this machine, not its network, not the metadata of a cloud. An address allowed here can be reached by a mandate that names its host. Of this machine itself, one port at a time.',
    arguments: [{ name: '<address>', description: 'such as 127.0.0.1:11434 or 10.1.0.0/16' }],
    examples: ['writ network allow 127.0.0.1:11434', 'writ network allow 10.1.0.0/16'],
    load: async () => ({ run: (await import('../commands/network.ts')).runAllow }),
  },
  {
    path: 'network forget',
    group: 'authority',
    summary: 'let the egress gate reach it no more',
    arguments: [{ name: '<address>', description: 'as it was allowed' }],
    examples: ['writ network forget 127.0.0.1:11434'],
    load: async () => ({ run: (await import('../commands/network.ts')).runForget }),
  },
  {
    path: 'mcp list',
    group: 'authority',
    summary: 'the MCP servers that runs here may use, and what their tools are judged as',
    arguments: [{ name: '[name]', description: 'one server, with its tools' }],
    examples: ['writ mcp list', 'writ mcp list ledger'],
    load: async () => ({ run: (await import('../commands/mcp.ts')).runList }),
  },
  {
    path: 'mcp add',
    group: 'authority',
    summary: 'give runs an MCP server; each call of its tools is judged',
    about:
      'The server runs outside every sandbox, with what it signs in with; a run reaches its tools only through Writ, as far as its mandate allows. It is started once, to see what it offers: only that is trusted. A tool is judged by what the server says of it (it reads, it changes, or anything), or by something stricter in the file given with `--tools`, as JSON: `{"post_entry": {"action": "mcp.commit", "amount": {"value": "/amount", "currency": "/currency"}}}`.',
    arguments: [
      { name: '<name>', description: 'how it is called; its tools are mcp://NAME/TOOL' },
      { name: '[command...]', description: 'the program that is the server, after `--`' },
    ],
    options: [
      { flags: '--url <url>', description: 'where it is, instead of a program (Streamable HTTP)' },
      { flags: '--env <name=value>', description: 'a variable for the program alone; repeatable', repeat: true },
      { flags: '--header <name=value>', description: 'a header for the address alone; repeatable', repeat: true },
      { flags: '--tools <file>', description: 'what is said of its tools beside what it says itself (JSON)' },
      { flags: '--fenced', description: 'it checks the permit of each call itself, and gets it' },
      { flags: '--everywhere', description: 'for runs of every project here' },
      ofProject,
    ],
    examples: [
      'writ mcp add files -- npx -y @modelcontextprotocol/server-filesystem ./docs',
      'writ mcp add tracker --url https://mcp.example/ --header Authorization="Bearer …"',
    ],
    load: async () => ({ run: (await import('../commands/mcp.ts')).runAdd }),
  },
  {
    path: 'mcp trust',
    group: 'authority',
    summary: 'look at what an MCP server offers now, and trust it',
    arguments: [
      { name: '<name>', description: 'the server' },
      { name: '[tool]', description: 'one tool alone' },
    ],
    examples: ['writ mcp trust ledger', 'writ mcp trust ledger post_entry'],
    load: async () => ({ run: (await import('../commands/mcp.ts')).runTrust }),
  },
  {
    path: 'mcp login',
    group: 'authority',
    summary: 'sign in to an MCP server that wants OAuth',
    about:
      'Its authorization server is found as the protocol says, and a person signs in there in a browser; what it gives is kept with the other credentials, is used for that server alone, renewed by itself, and no run ever has it. Without an id, Writ registers itself there.',
    arguments: [{ name: '<url>', description: 'the address of the server, as it is added' }],
    options: [
      { flags: '--client-id <id>', description: 'an id it gave you, or the https address of a metadata document' },
    ],
    examples: ['writ mcp login https://mcp.example/', 'writ mcp add tracker --url https://mcp.example/'],
    load: async () => ({ run: (await import('../commands/mcp.ts')).runLogin }),
  },
  {
    path: 'mcp pass',
    group: 'authority',
    summary: 'let an agent outside speak to an MCP server under a mandate',
    about:
      'An editor, a desktop program or an agent of your own reaches the server at an address of this machine (MCP over Streamable HTTP) with a token that counts there alone, and each call is judged as one of a run. With `--mandate` the token is shown, once; with `--for` it goes to a client that signs in by itself and shows you a word. It counts for whoever has it, unless its client proves to hold a key (DPoP): then for that key alone. Without a mandate: the address. Without a server: the passes. The end of the mandate ends them.',
    arguments: [{ name: '[name]', description: 'the server' }],
    options: [
      { flags: '--mandate <id>', description: 'the mandate it acts under' },
      { flags: '--as <name>', description: 'who it is for' },
      { flags: '--for <word>', description: 'what the page of a client that signs in shows' },
      { flags: '--hours <n>', description: 'for how long, at most 24; 8 otherwise' },
      { flags: '--key <thumbprint>', description: 'of the key without which the token counts for nobody (RFC 7638)' },
      { flags: '--end <id>', description: 'end one' },
    ],
    examples: ['writ mcp pass ledger --mandate m-1 --as editor', 'writ mcp pass ledger --mandate m-1 --for KX4T-9QRD'],
    load: async () => ({ run: (await import('../commands/mcp-pass.ts')).run }),
  },
  {
    path: 'mcp remove',
    group: 'authority',
    summary: 'let no run use an MCP server any more',
    arguments: [{ name: '<name>', description: 'the server' }],
    examples: ['writ mcp remove ledger'],
    load: async () => ({ run: (await import('../commands/mcp.ts')).runRemove }),
  },
  {
    path: 'mandate budget',
    group: 'authority',
    summary: 'what it and all below it may use, used, hold, and have left',
    about:
      'Held is what was set aside for operations under way, or whose end or use nobody has said yet: it counts as used until somebody does. Promised is what children were given by name. A child without a bound of its own draws on what is above it.',
    arguments: [mandateId],
    examples: ['writ mandate budget m-1', 'writ mandate budget m-1 --json'],
    load: async () => ({ run: (await import('../commands/mandate-read.ts')).runBudget }),
  },
  {
    path: 'mandate evidence',
    group: 'authority',
    summary: 'who approved it, when, what they were shown and how they were known',
    about:
      'Of a mandate, or of a held action. `--json` writes it signed, to be kept; `--file` verifies what was kept, also where control is gone.',
    arguments: [{ name: '[id]', description: 'the mandate, or the held action' }],
    options: [
      {
        flags: '--verify',
        description: 'recompute the text, the revision, the readings, the journal and the signature',
      },
      { flags: '--file <path>', description: 'verify evidence that was kept' },
    ],
    examples: [
      'writ mandate evidence m-1 --verify',
      'writ mandate evidence m-1 --json > m-1.json',
      'writ mandate evidence --file m-1.json',
    ],
    load: () => import('../commands/mandate-evidence.ts'),
  },
  {
    path: 'mandate approve',
    group: 'authority',
    summary: 'approve a proposal, exactly as shown',
    arguments: [mandateId],
    options: [{ flags: '-y, --yes', description: 'approve without asking; recorded as unattended' }],
    examples: ['writ mandate approve m-1'],
    load: async () => ({ run: (await import('../commands/mandate-decide.ts')).runApprove }),
  },
  {
    path: 'mandate revise',
    group: 'authority',
    summary: 'propose other terms in the place of a proposal’s',
    about:
      'What is not said stays as it was proposed. Nothing is approved by it, and a yes to what was shown before counts no more.',
    arguments: [mandateId],
    options: [
      { flags: '--purpose <text>', description: 'what it is for' },
      { flags: '--file <path>', description: 'a JSON file with the authorization details it would have' },
      {
        flags: '--only <action>',
        description: 'an action it would still have, such as `file.read` or `git.*`; repeatable',
        repeat: true,
      },
      {
        flags: '--on <resource>',
        description: 'the resource it would still have those actions on; repeatable (default: those it has)',
        repeat: true,
      },
      { flags: '--for <time>', description: 'it would end then: from now on, such as 30m, 4h, 2d' },
      { flags: '--until <time>', description: 'the same, as an ISO 8601 time' },
      {
        flags: '--budget <kind=amount>',
        description: 'such as calls=100, tokens=200000, money=5.00EUR; repeatable, the others stay',
        repeat: true,
      },
    ],
    examples: [
      'writ mandate revise m-1 --for 2h',
      'writ mandate revise m-1 --only file.read --purpose "look, no more"',
    ],
    load: async () => ({ run: (await import('../commands/mandate-revise.ts')).runRevise }),
  },
  {
    path: 'mandate refuse',
    group: 'authority',
    summary: 'refuse a proposal',
    arguments: [mandateId],
    options: [reason],
    examples: ['writ mandate refuse m-1 --reason "too wide"'],
    load: async () => ({ run: (await import('../commands/mandate-decide.ts')).runRefuse }),
  },
  {
    path: 'mandate suspend',
    group: 'authority',
    summary: 'hold everything under it until it is reinstated',
    arguments: [mandateId],
    options: [reason, { flags: '--no-wait', description: 'do not wait for the receipt to close' }],
    examples: ['writ mandate suspend m-1 --reason "release freeze"'],
    load: async () => ({ run: (await import('../commands/mandate-act.ts')).runSuspend }),
  },
  {
    path: 'mandate reinstate',
    group: 'authority',
    summary: 'end a suspension',
    arguments: [mandateId],
    options: [reason],
    examples: ['writ mandate reinstate m-1'],
    load: async () => ({ run: (await import('../commands/mandate-act.ts')).runReinstate }),
  },
  {
    path: 'mandate narrow',
    group: 'authority',
    summary: 'allow less from now on; it can never widen',
    about:
      'Gives one more authority set that everything must also be inside (--only, --on, --file), an earlier end (--for, --until) or lower budgets (--budget). What runs and is not covered any more is interrupted.',
    arguments: [mandateId],
    options: [
      {
        flags: '--only <action>',
        description: 'an action that stays allowed, such as `file.read` or `git.*`; repeatable',
        repeat: true,
      },
      {
        flags: '--on <resource>',
        description: 'the resource those actions stay allowed on; repeatable (default: those it has)',
        repeat: true,
      },
      { flags: '--file <path>', description: 'a JSON file with the authorization details that stay allowed' },
      { flags: '--for <time>', description: 'it ends then at the latest: from now on, such as 30m' },
      { flags: '--until <time>', description: 'the same, as an ISO 8601 time' },
      { flags: '--budget <amount>', description: 'at most this in all, such as calls=100; repeatable', repeat: true },
      { flags: '--no-wait', description: 'do not wait for the receipt to close' },
      reason,
    ],
    examples: ['writ mandate narrow m-1 --only file.read --only git.commit', 'writ mandate narrow m-1 --for 1h'],
    load: async () => ({ run: (await import('../commands/mandate-amend.ts')).runNarrow }),
  },
  {
    path: 'mandate extend',
    group: 'authority',
    summary: 'approve a successor with more time or budget',
    about:
      'Shows what would take its place, word for word, and asks. What runs goes on under the successor as far as that covers it.',
    arguments: [mandateId],
    options: [
      { flags: '--for <time>', description: 'from now on, such as 30m, 4h, 2d' },
      { flags: '--until <time>', description: 'an ISO 8601 time' },
      { flags: '--file <path>', description: 'a JSON file with the authorization details of the successor' },
      {
        flags: '--budget <kind=amount>',
        description:
          'from now on, such as calls=100, tokens=200000, money=5.00EUR; repeatable, the others keep what is left',
        repeat: true,
      },
      { flags: '-y, --yes', description: 'approve without asking; recorded as unattended' },
      { flags: '--propose', description: 'only propose it: nothing changes until somebody approves exactly that' },
      reason,
    ],
    examples: ['writ mandate extend m-1 --for 4h', 'writ mandate extend m-1 --budget tokens=500000'],
    load: async () => ({ run: (await import('../commands/mandate-amend.ts')).runExtend }),
  },
  {
    path: 'mandate complete',
    group: 'authority',
    summary: 'accept the work and close the mandate',
    arguments: [mandateId],
    options: [reason, { flags: '--no-wait', description: 'do not wait for the receipt to close' }],
    examples: ['writ mandate complete m-1'],
    load: async () => ({ run: (await import('../commands/mandate-act.ts')).runComplete }),
  },
  {
    path: 'mandate revoke',
    group: 'authority',
    summary: 'end it and everything under it, for good',
    arguments: [mandateId],
    options: [reason, { flags: '--no-wait', description: 'do not wait for the receipt to close' }],
    examples: ['writ mandate revoke m-1 --reason "no longer needed"'],
    load: async () => ({ run: (await import('../commands/mandate-act.ts')).runRevoke }),
  },
  {
    path: 'mandate outcome',
    group: 'authority',
    summary: 'say how something ended of which nobody knows it; recorded with your name',
    about:
      'Where an effect may or may not have happened, its sink is asked, and whoever did it; after ten minutes you are. Look for yourself first: nobody checks what you say. `writ show` lists them.',
    arguments: [
      { name: '<operation>', description: 'the operation; its first letters are enough' },
      { name: '<how>', description: 'done or failed' },
    ],
    options: [{ flags: '--reason <text>', description: 'how you know; recorded, and needed' }],
    examples: ['writ mandate outcome op-1 done --reason "the branch is there"'],
    load: () => import('../commands/mandate-outcome.ts'),
  },
  {
    path: 'mandate receipt',
    group: 'authority',
    summary: 'what a stop did, line by line',
    arguments: [{ name: '[id]', description: 'a receipt, or a mandate for its receipts; without it, all' }],
    examples: ['writ mandate receipt', 'writ mandate receipt r-1'],
    load: () => import('../commands/mandate-receipt.ts'),
  },
  {
    path: 'people list',
    group: 'authority',
    summary: 'who may do what here',
    examples: ['writ people list'],
    load: async () => ({ run: (await import('../commands/people.ts')).runList }),
  },
  {
    path: 'people add',
    group: 'authority',
    summary: 'add a person, and show their token once',
    arguments: [{ name: '<name>', description: 'what they are called here, such as ann' }],
    options: [role, project],
    examples: ['writ people add ann --role approver --project harbour', 'writ people add vera --role viewer'],
    load: async () => ({ run: (await import('../commands/people.ts')).runAdd }),
  },
  {
    path: 'people role',
    group: 'authority',
    summary: 'give a person a role, in some projects or everywhere',
    arguments: [{ name: '<name>', description: 'the person' }],
    options: [role, project, { flags: '--only', description: 'and take away every other role they have' }],
    examples: ['writ people role ann --role admin', 'writ people role ann --role viewer --project harbour --only'],
    load: async () => ({ run: (await import('../commands/people.ts')).runRole }),
  },
  {
    path: 'people remove',
    group: 'authority',
    summary: 'remove a person; their token is worth nothing from then on',
    arguments: [{ name: '<name>', description: 'the person' }],
    examples: ['writ people remove ann'],
    load: async () => ({ run: (await import('../commands/people.ts')).runRemove }),
  },
  {
    path: 'people token',
    group: 'authority',
    summary: 'a new token in the place of the old, shown once',
    arguments: [{ name: '<name>', description: 'the person, yourself included' }],
    examples: ['writ people token ann'],
    load: async () => ({ run: (await import('../commands/people.ts')).runToken }),
  },
  {
    path: 'people roles',
    group: 'authority',
    summary: 'the table: which role may do what',
    examples: ['writ people roles'],
    load: async () => ({ run: (await import('../commands/people.ts')).runRoles }),
  },
  {
    path: 'people step-up',
    group: 'authority',
    summary: 'set a key of your own, under a passphrase, for what a token does not suffice for',
    about:
      'Made and kept on this machine; control is told its public half. The passphrase is asked for at the terminal, never taken from an argument, the environment or a pipe. Another key takes the passphrase of the one you have; an admin can drop the key of somebody who lost theirs, and who has no other admin uses the code that was shown, once, with the key.',
    arguments: [{ name: '[name]', description: 'whose key to drop; your own is yours to set' }],
    options: [
      { flags: '--drop', description: 'have none from now on' },
      { flags: '--recover', description: 'set another with the code that was shown with the one you have' },
    ],
    examples: ['writ people step-up', 'writ people step-up --recover', 'writ people step-up ann --drop'],
    load: () => import('../commands/people-step-up.ts'),
  },
  {
    path: 'policy show',
    group: 'authority',
    summary: 'what holds beyond every mandate: who approves what, and how',
    examples: ['writ policy show', 'writ policy show --json'],
    load: async () => ({ run: (await import('../commands/policy.ts')).runShow }),
  },
  {
    path: 'policy adopt',
    group: 'authority',
    summary: 'put a policy in force, exactly as shown, with what it changes for each live mandate',
    about:
      'A policy only tightens. Where the one in force takes two people for anything, so does its change: the first says so, and it is in force once another admin adopts the same file.',
    arguments: [{ name: '<file>', description: 'the policy, as JSON' }],
    options: [
      { flags: '--preview', description: 'only show what it would change' },
      { flags: '-y, --yes', description: 'adopt without asking' },
    ],
    examples: ['writ policy adopt policy.json --preview', 'writ policy adopt policy.json'],
    load: async () => ({ run: (await import('../commands/policy.ts')).runAdopt }),
  },
  {
    path: 'people use',
    group: 'authority',
    summary: 'be somebody else than the owner on this machine',
    options: [
      { flags: '--token-file <path>', description: 'a file with the token you were given' },
      { flags: '--control <url>', description: 'where control listens, when it is not on this machine' },
      { flags: '--owner', description: 'be the owner again' },
    ],
    examples: ['writ people use --token-file token.txt', 'writ people use --owner'],
    load: async () => ({ run: (await import('../commands/people.ts')).runUse }),
  },
  {
    path: 'signal',
    group: 'authority',
    summary: 'report a fact that mandates depend on',
    about:
      'Where a source was added for the subject, only it reports; people do through one of kind cli. `writ signal list` shows what is known, `writ signal sources` who may report.',
    arguments: [
      { name: '<subject>', description: 'what it is about, such as branch:app/release-2' },
      { name: '<value>', description: 'true, false, a number, or text such as frozen' },
    ],
    options: [
      {
        flags: '--source <name>',
        description: 'a source for people, or a word to keep your counts apart (default: you)',
      },
      { flags: '--sequence <number>', description: "the source's own count, where it has one" },
      { flags: '--no-wait', description: 'do not wait for the receipts to close' },
    ],
    examples: ['writ signal branch:app/release-2 frozen'],
    load: async () => ({ run: (await import('../commands/signal.ts')).runSignal }),
  },
  {
    path: 'signal list',
    group: 'authority',
    summary: 'the latest fact about each subject',
    examples: ['writ signal list'],
    load: async () => ({ run: (await import('../commands/signal.ts')).runSignals }),
  },
  {
    path: 'signal sources',
    group: 'authority',
    summary: 'who may report what, and what was last heard of them',
    examples: ['writ signal sources'],
    load: async () => ({ run: (await import('../commands/signal-source.ts')).runSources }),
  },
  {
    path: 'signal source add',
    group: 'authority',
    summary: 'let a source report; its credential is shown this once',
    about:
      'Kinds: api, a program with a token; cli, people; github, webhooks; ssf, a transmitter of Shared Signals (CAEP, RISC). A source speaks for the subjects named and what begins with them.',
    arguments: [{ name: '<id>', description: 'its name, such as github' }],
    options: [
      { flags: '--kind <kind>', description: 'how it reports', choices: ['api', 'cli', 'github', 'ssf'] },
      {
        flags: '--subject <subject>',
        description: 'what it speaks for, such as branch: or ci:app/; repeatable',
        repeat: true,
      },
      {
        flags: '--repository <name>',
        description: 'github: OWNER/REPO=NAME, what it is called in subjects; repeatable',
        repeat: true,
      },
      { flags: '--issuer <url>', description: 'ssf: the transmitter’s `iss`' },
      { flags: '--audience <name>', description: 'ssf: the `aud` it signs for' },
      { flags: '--jwks <file>', description: 'ssf: its public keys, a JWK set' },
      { flags: '--jwks-url <url>', description: 'ssf: where its public keys are, over https' },
      {
        flags: '--allow-address <address>',
        description: 'ssf: an address that is not public and is meant; repeatable',
        repeat: true,
      },
    ],
    examples: [
      'writ signal source add github --kind github --subject branch: --subject ci: --repository acme/app=app',
      'writ signal source add idp --kind ssf --subject person: --issuer https://idp.example --audience writ --jwks-url https://idp.example/jwks',
    ],
    load: async () => ({ run: (await import('../commands/signal-source.ts')).runAddSource }),
  },
  {
    path: 'signal source remove',
    group: 'authority',
    summary: 'hear a source no more; what it said stays until somebody says otherwise',
    arguments: [{ name: '<id>', description: 'the source' }],
    examples: ['writ signal source remove github'],
    load: async () => ({ run: (await import('../commands/signal-source.ts')).runRemoveSource }),
  },
];

const evidence: readonly CommandSpec[] = [
  {
    path: 'keys list',
    group: 'evidence',
    summary: 'the keys control signs with, each for one kind of statement',
    options: [{ flags: '-a, --all', description: 'retired ones too' }],
    examples: ['writ keys list', 'writ keys list --all'],
    load: async () => ({ run: (await import('../commands/keys.ts')).runKeysList }),
  },
  {
    path: 'keys rotate',
    group: 'evidence',
    summary: 'let a new key take over; what the old one signed stays believed until it is over',
    about:
      'The new key is published first and signs a minute later, so that everybody who verifies can know it. The old key is retired by itself once the last it signed is over; one for evidence verifies for as long as it is not retired.',
    arguments: [{ name: '<use>', description: 'permit, artifact or evidence' }],
    options: [{ flags: '--now', description: 'it signs at once: for a key that may be known to somebody else' }],
    examples: ['writ keys rotate permit', 'writ keys rotate artifact --now'],
    load: async () => ({ run: (await import('../commands/keys.ts')).runKeysRotate }),
  },
  {
    path: 'keys retire',
    group: 'evidence',
    summary: 'believe nothing any more that a key signed',
    about: 'Permits signed with it are refused from now on, used or not. The key that signs is rotated first.',
    arguments: [{ name: '<id>', description: 'the key; its first letters are enough' }],
    options: [reason],
    examples: ['writ keys retire k-Zx81 --reason "its disk was lost"'],
    load: async () => ({ run: (await import('../commands/keys.ts')).runKeysRetire }),
  },
  {
    path: 'audit verify',
    group: 'evidence',
    summary: 'prove that no event was changed, or name exactly which',
    about:
      'Recomputes every hash, count and signed checkpoint, and holds each journal against what the other plane has witnessed of it. A checkpoint you keep yourself, or an export, shows with `--witness` whether both were rewritten or set back together.',
    options: [
      {
        flags: '--file <path>',
        description: 'a journal file, or the folder of an export, instead of the running planes',
      },
      {
        flags: '--store <where>',
        description: 'the journals in `embedded` or a PostgreSQL store, whether or not Writ runs',
      },
      {
        flags: '--witness <path>',
        description: 'an earlier export, journal file or `audit verify --json` to hold them against; repeatable',
        repeat: true,
      },
    ],
    examples: [
      'writ audit verify',
      'writ audit verify --file control.db',
      'writ audit verify --file ./evidence --witness ./last-month',
    ],
    load: async () => ({ run: (await import('../commands/audit-verify.ts')).run }),
  },
  {
    path: 'audit export',
    group: 'evidence',
    summary: 'both journals in a folder that anybody can verify, whole or with data withheld',
    about:
      'Writes every event as it stands now, a line each, with a signed manifest, while Writ goes on. What is withheld leaves its envelopes and hashes, so that the rest still verifies; a name that ends in `*` stands for all that begin so.',
    arguments: [{ name: '<folder>', description: 'a new or empty folder' }],
    options: [
      { flags: '--withhold-stream <name>', description: 'leave out the data of a stream; repeatable', repeat: true },
      {
        flags: '--withhold-type <name>',
        description: 'leave out the data of a type of event; repeatable',
        repeat: true,
      },
      { flags: '--withhold-project <name>', description: 'leave out the data of a project; repeatable', repeat: true },
      { flags: '--file <journal>', description: 'of one journal file instead' },
      { flags: '--store <where>', description: 'of the journals in `embedded` or a PostgreSQL store' },
    ],
    examples: ['writ audit export ./evidence', "writ audit export ./for-them --withhold-stream 'session-*'"],
    load: () => import('../commands/audit-export.ts'),
  },
  {
    path: 'audit erase',
    group: 'evidence',
    summary: 'take what was said out of a journal for good; who did it and why stays',
    about:
      'Data and salt of the events go; their envelopes and hashes stay, and verification says by whom, when and why. What authority rests on, or a session could not be continued without, is never erased. Copies elsewhere (exports, backups) are not reached.',
    arguments: [
      { name: '<plane>', description: '`control` or `runtime`: whose journal' },
      { name: '<positions...>', description: 'of the events, as `writ log --json` and `writ audit verify` show them' },
    ],
    options: [reason],
    examples: ['writ audit erase runtime 812 813 --reason "a customer asked"'],
    load: () => import('../commands/audit-erase.ts'),
  },
  {
    path: 'audit trail',
    group: 'evidence',
    summary: 'every effect, with the mandate it was under and who approved that',
    arguments: [{ name: '[mandate]', description: 'only under this mandate' }],
    examples: ['writ audit trail', 'writ audit trail m-1 --json'],
    load: () => import('../commands/audit-trail.ts'),
  },
  {
    path: 'classify',
    group: 'evidence',
    summary: 'what a shell command is taken for, and what each preset says to it',
    about:
      'Reads the command, in pipelines, substitutions and scripts within scripts, and runs nothing. What it cannot read is a program that is run, which may do whatever its sandbox lets it.',
    arguments: [{ name: '<command...>', description: 'the command, in quotes' }],
    examples: ["writ classify 'npm ci && git push origin writ/x'"],
    passThrough: true,
    load: () => import('../commands/classify.ts'),
  },
  {
    path: 'scope',
    group: 'evidence',
    summary: 'what is really enforced on this machine, what is not, and when you are asked',
    options: [
      {
        flags: '--classes',
        description: 'by class of action: what mediates it, what isolates it, what neither reaches',
      },
    ],
    examples: ['writ scope', 'writ scope --classes'],
    load: () => import('../commands/scope.ts'),
  },
];

const service: readonly CommandSpec[] = [
  {
    path: 'managed install',
    group: 'service',
    summary: 'hooks for everybody on this machine, which no argument of a harness switches off',
    about:
      'For whoever administers the machine. Puts hooks into the managed settings of Claude Code, Codex and Gemini CLI: before each call they ask the Writ of the account that runs the harness, and a call that nobody answers is blocked. `writ managed remove` puts the files back byte for byte. What gets around them: `writ scope`.',
    options: [
      {
        flags: '--preset <name>',
        description: 'what agents may do where nobody chose a preset (worktree)',
        choices: ['read-only', 'worktree', 'pr'],
      },
      { flags: '--root <folder>', description: 'another root than /, such as that of an image' },
      { flags: '-y, --yes', description: 'write what is shown without asking' },
    ],
    examples: ['sudo writ managed install', 'writ managed install --root ./image --preset pr --yes'],
    load: async () => ({ run: (await import('../commands/managed.ts')).runInstall }),
  },
  {
    path: 'managed remove',
    group: 'service',
    summary: 'take the hooks of `writ managed install` out again',
    options: [{ flags: '--root <folder>', description: 'as they were installed' }],
    examples: ['sudo writ managed remove'],
    load: async () => ({ run: (await import('../commands/managed.ts')).runRemove }),
  },
  {
    path: 'up',
    group: 'service',
    summary: 'start Writ on this machine; harmless when it runs',
    about:
      'Starts three processes and a supervisor that restarts what dies: control (what is allowed), the enforcer (what runs), the runtime (what is being done).',
    options: [
      { flags: '--foreground', description: 'stay, and stop everything with Ctrl-C' },
      {
        flags: '--restart <when>',
        description: 'whether a process that died is started again, always when not said',
        choices: ['always', 'never'],
      },
      {
        flags: '--store <where>',
        description: 'where the journals are: `embedded`, or a PostgreSQL connection string; remembered',
      },
      {
        flags: '--new-keys',
        description: 'with --store: take the place of an installation that is gone, whose keys nobody has',
      },
      {
        flags: '--log-level <level>',
        description: 'how much the logs say of what is started now (info)',
        choices: logLevelNames,
      },
      {
        flags: '--otlp <url>',
        description: 'send traces and metrics to this OpenTelemetry collector, as `OTEL_EXPORTER_OTLP_ENDPOINT` does',
      },
    ],
    examples: ['writ up', 'writ up --foreground', 'writ up --store postgres://writ@db.internal/writ'],
    load: () => import('../commands/up.ts'),
  },
  {
    path: 'down',
    group: 'service',
    summary: 'stop Writ on this machine; missions go on at the next `writ up`',
    about:
      'Names what is at work and waits for it, 30 seconds unless said otherwise, while nothing new is started. What has not finished then is ended; what it wrote stays, and its task begins anew at the next start. Ctrl-C while it waits ends nothing. Sessions at a terminal are not waited for: they stand still until Writ is up again.',
    options: [
      { flags: '--wait <time>', description: 'wait for at most this long, such as `10m`' },
      { flags: '--now', description: 'wait for nothing' },
    ],
    examples: ['writ down', 'writ down --wait 10m', 'writ down --now'],
    load: () => import('../commands/down.ts'),
  },
  {
    path: 'store copy',
    group: 'service',
    summary: 'take the journals to another store, proved, and use them from there',
    about:
      'Copies both journals event for event, verifies the copies by themselves and against what was copied, and only then switches. The old journals stay where they are; they can be read and verified, and take no more events. Writ has to be down.',
    options: [{ flags: '--to <where>', description: '`embedded`, or a PostgreSQL connection string' }],
    examples: ['writ store copy --to postgres://writ@db.internal/writ', 'writ store copy --to embedded'],
    load: () => import('../commands/store-copy.ts'),
  },
  {
    path: 'store invite',
    group: 'service',
    summary: 'let another machine use this store and be one Writ with this one',
    about:
      'Writes what the other machine needs: where the store is, and the keys and tokens of control. Who reads the file can approve. Keys are rotated on this machine alone; the others join again afterwards.',
    arguments: [{ name: '<file>', description: 'a new file; carry it as you would a password' }],
    examples: ['writ store invite ./laptop.json'],
    load: async () => ({ run: (await import('../commands/store-machines.ts')).runInvite }),
  },
  {
    path: 'store join',
    group: 'service',
    summary: 'use the store of another machine, with the keys it signs with',
    about:
      'Both are one Writ from then on: the same people, mandates and sessions. A session is written by one of them at a time, and `writ session take` continues it on the other. Writ has to be down, and the state folder new.',
    arguments: [{ name: '<file>', description: 'what `writ store invite` wrote there' }],
    examples: ['writ store join ./laptop.json'],
    load: async () => ({ run: (await import('../commands/store-machines.ts')).runJoin }),
  },
  {
    path: 'store retention',
    group: 'service',
    summary: 'how long what was said is kept; what may be erased goes by itself after that',
    about:
      'Without arguments: what is in force. Unless somebody says otherwise everything is kept. What authority rests on, or a session could not be continued without, is kept for ever; what work still goes on from, until it is over. Looked after every hour; each erasure is on record with its rule, and verification says so.',
    arguments: [
      { name: '[plane]', description: '`control` or `runtime`: whose journal' },
      { name: '[type]', description: 'of event, as `writ log --json` shows it' },
    ],
    options: [
      { flags: '--days <number>', description: 'how long its data is kept after it happened; `keep`: for ever' },
      { flags: '--project <id>', description: 'only in this project (every one without a rule of its own)' },
    ],
    examples: [
      'writ store retention',
      'writ store retention runtime output.recorded --days 30',
      'writ store retention runtime output.recorded --project app --days keep',
    ],
    load: () => import('../commands/store-retention.ts'),
  },
  {
    path: 'store backup',
    group: 'service',
    summary: 'both journals as they stand, and the keys, in a folder; Writ goes on',
    about:
      'Copies both journals at one moment that fits them both, whatever store they are in, and verifies the copies. Keys, tokens and secrets of the installation go along unless you say otherwise: who reads the folder can approve.',
    arguments: [{ name: '<folder>', description: 'a new or empty folder' }],
    options: [{ flags: '--without-keys', description: 'leave out keys, tokens and secrets' }],
    examples: ['writ store backup /mnt/backup/writ-monday'],
    load: () => import('../commands/store-backup.ts'),
  },
  {
    path: 'store restore',
    group: 'service',
    summary: 'put a backup back; every mandate in force is suspended until somebody looked at it',
    about:
      'Verifies the backup, sets aside what is there, and puts the backup into the store of this installation. A restore never un-revokes: nobody knows what was revoked since, so the next start begins another incarnation and suspends every mandate in force. Writ has to be down.',
    arguments: [{ name: '<folder>', description: 'what `writ store backup` made' }],
    examples: ['writ store restore /mnt/backup/writ-monday'],
    load: () => import('../commands/store-restore.ts'),
  },
  {
    path: 'serve',
    group: 'service',
    summary: 'run one process in the foreground, for machines of its own',
    options: [
      { flags: '--plane <name>', description: 'which one', choices: ['control', 'runtime', 'enforcer'] },
      { flags: '--dir <path>', description: 'where its state is (default: as for `writ up`)' },
      { flags: '--host <address>', description: 'the address to listen on (127.0.0.1)' },
      { flags: '--port <number>', description: 'the port to listen on (any free one)' },
      { flags: '--log-level <level>', description: 'how much the log says (info)', choices: logLevelNames },
      { flags: '--log-format <format>', description: 'text at a terminal, else json', choices: logFormats },
      { flags: '--log-file <path>', description: 'a file that rotates, instead of standard output' },
    ],
    examples: ['writ serve --plane control --port 7420', 'writ serve --plane runtime --log-level debug'],
    load: () => import('../commands/serve.ts'),
  },
  {
    path: 'first-night',
    group: 'service',
    summary: 'watch a whole mission in a folder of its own: approved, worked on, stopped',
    options: [
      { flags: '-y, --yes', description: 'play the whole night without asking' },
      { flags: '--exit', description: 'stop everything at the end' },
      { flags: '--dir <path>', description: 'where to play it (default: a new folder)' },
    ],
    examples: ['writ first-night', 'writ first-night --yes --exit'],
    load: () => import('../commands/first-night.ts'),
  },
  {
    path: 'completion',
    group: 'service',
    summary: 'shell completion, to be put in your shell’s start file',
    arguments: [{ name: '<shell>', description: 'bash, zsh or fish' }],
    examples: ['writ completion bash >> ~/.bashrc', 'writ completion fish > ~/.config/fish/completions/writ.fish'],
    load: async () => ({ run: (await import('../commands/completion.ts')).completionFor(commands) }),
  },
  {
    path: 'model-turn',
    group: 'hidden',
    summary: 'the program of a turn of a model, inside its run',
    examples: ['writ model-turn'],
    load: () => import('../commands/model-turn.ts'),
  },
  {
    path: 'hook',
    group: 'hidden',
    summary: 'answer a hook of a harness that was started without Writ',
    arguments: [{ name: '<harness>', description: 'such as claude' }],
    options: [
      { flags: '--preset <name>', description: 'as the hook of an administrator: what is not answered is a no' },
    ],
    examples: ['writ hook claude'],
    load: () => import('../commands/hook.ts'),
  },
  {
    path: 'supervise',
    group: 'hidden',
    summary: 'the process behind `writ up`',
    options: [
      {
        flags: '--restart <when>',
        description: 'whether a process that died is started again',
        choices: ['always', 'never'],
      },
    ],
    examples: ['writ up'],
    load: () => import('../commands/supervise.ts'),
  },
];

const inside: readonly CommandSpec[] = [
  {
    path: 'whoami',
    group: 'inside',
    summary: 'whom Writ takes you for: a person, or a run under a mandate',
    examples: ['writ whoami'],
    load: async () => ({ run: (await import('../commands/inside.ts')).runWhoami }),
  },
  {
    path: 'check',
    group: 'inside',
    summary: 'would this be allowed?',
    arguments: [
      { name: '<action>', description: 'such as git.push' },
      { name: '<resource>', description: 'its URI, such as git://app/refs/heads/feature' },
    ],
    options: [{ flags: '--mandate <id>', description: 'under which mandate; inside a run it is its own' }],
    examples: ['writ check git.push git://app/refs/heads/feature'],
    load: async () => ({ run: (await import('../commands/inside.ts')).runCheck }),
  },
  {
    path: 'request',
    group: 'inside',
    summary: 'ask people for exactly what was refused',
    about:
      'What the mandate lacks becomes a proposal in `writ inbox`, with what it changes; an action that only needs a yes is put before people as it is. Nothing is allowed by asking, and what somebody refused stays refused.',
    arguments: [
      { name: '<action>', description: 'such as git.push' },
      { name: '<resource>', description: 'its URI, such as git://app/refs/heads/feature' },
    ],
    options: [{ flags: '--reason <text>', description: 'why, for the person who answers' }],
    examples: ['writ request git.push git://app/refs/heads/feature --reason "the fix belongs there"'],
    load: async () => ({ run: (await import('../commands/inside.ts')).runRequest }),
  },
  {
    path: 'ask',
    group: 'inside',
    summary: 'ask a person, and wait for the answer',
    arguments: [{ name: '<question...>', description: 'in one sentence' }],
    options: [
      { flags: '--option <key=label>', description: 'an answer to offer; repeatable', repeat: true },
      { flags: '--recommend <key>', description: 'the one you would choose' },
      { flags: '--wait <time>', description: 'how long, such as 30s or 10m (10m)' },
    ],
    examples: ['writ ask "Which database?" --option pg=PostgreSQL --option sqlite=SQLite --recommend pg'],
    load: async () => ({ run: (await import('../commands/inside.ts')).runAsk }),
  },
  {
    path: 'mcp connect',
    group: 'inside',
    summary: 'speak to an MCP server through the door, over standard input and output',
    about:
      'What an agent’s own configuration names as the command of the server. Without a name: the servers there are for this run. `writ` is always there: by it an agent reads facts, decisions and what was said before.',
    arguments: [{ name: '[name]', description: 'the server' }],
    examples: ['writ mcp connect ledger', 'writ mcp connect writ'],
    load: async () => ({ run: (await import('../commands/mcp-connect.ts')).run }),
  },
  {
    path: 'spawn',
    group: 'inside',
    summary: 'start a sub-agent under a mandate within your own',
    arguments: [{ name: '<command...>', description: 'the program and its arguments, after --' }],
    options: [
      { flags: '--agent <name>', description: 'what to call it' },
      { flags: '--purpose <text>', description: 'what it is for' },
      { flags: '--allow <action>', description: 'an action it may take; repeatable', repeat: true },
      { flags: '--no-wait', description: 'do not wait for its end' },
    ],
    examples: ['writ spawn --agent tester --purpose "run the tests" --allow file.read -- npm test'],
    load: async () => ({ run: (await import('../commands/inside.ts')).runSpawn }),
  },
  {
    path: 'note',
    group: 'inside',
    summary: 'leave a note in the session',
    arguments: [{ name: '<text...>', description: 'the note' }],
    examples: ['writ note "the cache was the cause"'],
    load: async () => ({ run: (await import('../commands/inside.ts')).runNote }),
  },
];

export const commands: readonly CommandSpec[] = [
  ...front,
  ...sessions,
  ...workspaceCommands,
  ...agents,
  ...authority,
  ...evidence,
  ...service,
  ...inside,
];
