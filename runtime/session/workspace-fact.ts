/**
 * What was seen of the world a session works in: one union, each member a kind of thing, each with when and how it was seen and on which tree of files. A fact is evidence of what was, never of
 * what is; whoever shows it says how old it is, and nothing is run again because a fact says that it once ran.
 *
 * No member holds a credential, an environment or the text of a file.
 */

/** When and how something was seen. */
export type Seen = {
  /** RFC 3339. */
  readonly seenAt: string;
  /** How, in a few words: `git`, `the output of a run`, `a hook of the harness`, `posted by ci`. */
  readonly method: string;
  /** The Git tree of the files it was seen on; null where nobody knows. */
  readonly tree: string | null;
};

export type GitFact = {
  readonly kind: 'git';
  readonly branch: string | null;
  readonly head: string | null;
  readonly upstream: string | null;
  readonly ahead: number;
  readonly behind: number;
  /** How many files are changed or untracked, and the first of them. */
  readonly dirty: number;
  readonly paths: readonly string[];
  readonly stashes: number;
  /** A merge, rebase, cherry-pick, revert or bisect that was begun and not ended. */
  readonly underWay: string | null;
  /** Why the branch was made, and who says so; null where nobody said. */
  readonly reason: { readonly text: string; readonly from: string } | null;
};

export type CommandFact = {
  readonly kind: 'command';
  readonly command: string;
  readonly cwd: string | null;
  readonly exitCode: number | null;
  /** The end of what it printed. */
  readonly output: string;
  readonly by: 'run' | 'harness' | 'person';
};

export type FailingTest = { readonly name: string; readonly file: string | null; readonly message: string };

export type TestsFact = {
  readonly kind: 'tests';
  /** Which runner, or the format where nobody knows the runner. */
  readonly runner: string;
  readonly command: string | null;
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly failing: readonly FailingTest[];
};

export type McpFact = {
  readonly kind: 'mcp';
  readonly server: string;
  /** Of the schemas of all its tools. */
  readonly digest: string;
  readonly tools: number;
};

export type DataStoreFact = {
  readonly kind: 'data_store';
  readonly path: string;
  readonly engine: string;
  /** The newest migration that is in the files; whether it was applied is not known from there. */
  readonly newest: string | null;
  readonly migrations: number;
};

export type PinFact = {
  readonly kind: 'pin';
  /** An address, or a path in the place. */
  readonly target: string;
  readonly note: string;
  /** Of the file as it was pinned; null of an address, or of a file that is not there. */
  readonly digest: string | null;
};

export type OutsideFact = {
  readonly kind: 'outside';
  /** Such as `ci`, `deploy`, `alert`. */
  readonly source: string;
  readonly subject: string;
  readonly status: 'good' | 'bad' | 'pending' | 'unknown';
  readonly sentence: string;
  readonly url: string | null;
};

export type ServiceFact = {
  readonly kind: 'service';
  readonly service: string;
  readonly port: number;
  readonly address: string;
  readonly pid: number;
  /** Of its process, as the system counts: with `pid` it names one process for good. */
  readonly startTime: string;
  readonly program: string;
  readonly run: string | null;
  readonly state: 'listening' | 'adopted' | 'reaped' | 'gone';
};

export type TerminalFact = {
  readonly kind: 'terminal';
  readonly terminal: string;
  readonly shell: string;
  readonly exitCode: number | null;
  readonly columns: number;
  readonly rows: number;
  /** The last screen, without escapes. */
  readonly screen: string;
};

export type Fact =
  GitFact | CommandFact | TestsFact | McpFact | DataStoreFact | PinFact | OutsideFact | ServiceFact | TerminalFact;
export type WorkspaceFact = Fact & Seen;

/** What a later fact takes the place of: the newest of each key is what is known now. */
export function factKey(fact: Fact): string {
  switch (fact.kind) {
    case 'git':
      return 'git';
    case 'command':
      return `command:${fact.command.slice(0, 200)}`;
    case 'tests':
      return `tests:${fact.runner}:${(fact.command ?? '').slice(0, 200)}`;
    case 'mcp':
      return `mcp:${fact.server}`;
    case 'data_store':
      return `data_store:${fact.path}`;
    case 'pin':
      return `pin:${fact.target}`;
    case 'outside':
      return `outside:${fact.source}:${fact.subject}`;
    case 'service':
      return `service:${fact.service}`;
    case 'terminal':
      return `terminal:${fact.terminal}`;
  }
}
