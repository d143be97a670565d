/** Where hooks of Writ can stand, what an answer that does not come does there, and who gets around them. Data: `writ scope` and docs/guide/guarantees.md say the same. */

export type HookLevel = {
  readonly level: string;
  /** What becomes of a call that nobody answers. */
  readonly unanswered: 'blocked' | 'goes on';
  readonly bypassed_by: string;
};

export const hookLevels: readonly HookLevel[] = [
  {
    level: 'one session: `writ claude` and its like',
    unanswered: 'blocked',
    bypassed_by:
      'a start of the harness without Writ; arguments that switch hooks off are refused, what the harness does outside its hooks is held by the sandbox alone',
  },
  {
    level: 'a repository: `writ init --guard`, for Claude Code, and Gemini CLI where the repository has a `.gemini`',
    unanswered: 'goes on',
    bypassed_by:
      'an argument of the harness (`--bare`, `--safe-mode`, `--setting-sources`, `disableAllHooks`), another harness, an edit of the settings, a folder that Gemini CLI is not told to trust, a Writ that is not there',
  },
  {
    level: 'a machine: `writ managed install`, for Claude Code, Codex and Gemini CLI',
    unanswered: 'blocked',
    bypassed_by:
      'who can write to /etc, brings another copy of the program or another harness, or chooses the environment it is started in (`WRIT_SESSION`, `WRIT_HOME`, `PATH`); the Writ that answers is the one of the same account; Gemini CLI driven by an editor asks no hook, and it takes such an environment also from a `.env` of the folder it works in',
  },
  {
    level: 'a repository, for Codex and opencode',
    unanswered: 'goes on',
    bypassed_by:
      'nothing is installed: Codex leaves out hooks of a repository that its person did not trust, without a word, and a plugin of opencode would be code that runs from the repository',
  },
  {
    level: 'a machine, for opencode',
    unanswered: 'goes on',
    bypassed_by: 'nothing is installed: `--pure` leaves a plugin out wherever it is configured',
  },
];
