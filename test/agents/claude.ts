/**
 * Runs the real Claude Code headless against a scripted model server, as `README.md` describes it.
 *
 * It never reads the person's settings or credentials: the home is the caller's, the key is a dummy, and every network
 * use beside the model is switched off.
 */
import { freshEnvironment, runProgram } from './program.ts';

export type RunClaudeOptions = {
  /** The folder it works in. */
  readonly cwd: string;
  /** Its HOME; give the same one again to resume a session. */
  readonly home: string;
  /** The model server, without a path. */
  readonly modelUrl: string;
  /** Such as `['-p', 'do it']`; these come last, so they can set another model or permission mode. */
  readonly args: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  /** Given as `--settings`, in addition to what HOME and the folder hold. */
  readonly settings?: { readonly [key: string]: unknown };
  /** Ends the run when aborted; by default a minute after its start. */
  readonly signal?: AbortSignal;
};

/** One line of `--output-format stream-json`. */
export type ClaudeEvent = { readonly type: string; readonly [key: string]: unknown };

export type ClaudeRun = {
  /** 0 also when a hook refused what was asked: look at effects and events. Null when the run was aborted. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly events: readonly ClaudeEvent[];
};

/** The environment of a Claude Code that talks to `modelUrl` and to nobody else. */
export function claudeEnvironment(home: string, modelUrl: string, extra: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  return freshEnvironment(home, {
    ANTHROPIC_BASE_URL: modelUrl,
    ANTHROPIC_API_KEY: 'sk-local',
    IS_SANDBOX: '1',
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
    DISABLE_AUTOUPDATER: '1',
    ...extra,
  });
}

/** Starts it, waits for its end and parses its events. Throws when it is not installed or prints no event stream. */
export async function runClaude(options: RunClaudeOptions): Promise<ClaudeRun> {
  const fixed = ['--output-format', 'stream-json', '--verbose', '--model', 'claude-sonnet-4-5'];
  const settings = options.settings === undefined ? [] : ['--settings', JSON.stringify(options.settings)];
  const ended = await runProgram(
    {
      program: 'claude',
      args: [...fixed, '--permission-mode', 'bypassPermissions', ...settings, ...options.args],
      cwd: options.cwd,
      env: claudeEnvironment(options.home, options.modelUrl, options.env),
    },
    options.signal ?? AbortSignal.timeout(60_000),
  );
  return {
    ...ended,
    events: ended.stdout
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map(readEvent),
  };
}

function readEvent(line: string): ClaudeEvent {
  const event: unknown = JSON.parse(line);
  if (typeof event !== 'object' || event === null || !('type' in event) || typeof event.type !== 'string') {
    throw new Error(`claude printed a line that is no event: \`${line.slice(0, 200)}\``);
  }
  return { ...event, type: event.type };
}
