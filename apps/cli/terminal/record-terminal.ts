/**
 * A terminal that is recorded: a shell of the person's own in a pseudo-terminal, passed through as it is, and what it printed kept as timed events (those of asciicast), within a bound. The last
 * screen is kept without escapes.
 *
 * The keys are not recorded, and neither is the environment: both hold secrets. What a shell shows of a line while it is typed, and what a program prints of a secret, is in the recording like everything else that is printed.
 */

import xterm from '@xterm/headless';
import type { Io } from '../io.ts';

/** Seconds since the start, kind (`o`: output), text: an event of asciicast. */
export type CastEvent = readonly [number, 'o', string];

export type RecordedShell = {
  readonly exitCode: number;
  readonly columns: number;
  readonly rows: number;
  readonly screen: string;
  /** Characters that were printed and not kept. */
  readonly dropped: number;
};

export type ShellPlan = {
  readonly shell: string;
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  /** Given what was printed, in order; resolves when it is kept. */
  readonly keep: (events: readonly CastEvent[]) => Promise<void>;
};

const flushMs = 500;
const mostInOne = 32_768;
const mostKept = 8 * 1024 * 1024;
const mostScreen = 8_000;

/** The pseudo-terminal; null where this machine has none. */
export async function loadPty(): Promise<typeof import('@lydell/node-pty') | null> {
  try {
    return await import('@lydell/node-pty');
  } catch {
    return null; // optional: not built for this platform
  }
}

/** Runs the shell to its end on the person's terminal. */
export async function recordTerminal(
  pty: typeof import('@lydell/node-pty'),
  { shell, cwd, env, keep }: ShellPlan,
  { stdin, stdout }: Io,
): Promise<RecordedShell> {
  // One without a size is a terminal all the same.
  const sizeNow = (): readonly [number, number] => [stdout.columns || 80, stdout.rows || 24];
  let [columns, rows] = sizeNow();
  const screen = new xterm.Terminal({ cols: columns, rows, scrollback: 0, allowProposedApi: true });
  const child = pty.spawn(shell, [], { name: env['TERM'] ?? 'xterm-256color', cols: columns, rows, cwd, env });
  const begun = performance.now();
  let waiting: CastEvent[] = [];
  let [size, kept, dropped] = [0, 0, 0];
  let keeping: Promise<void> = Promise.resolve();
  const flush = (): void => {
    if (waiting.length === 0) return;
    const events = waiting;
    [waiting, size] = [[], 0];
    // A runtime that is away loses a part of the recording, and never the person's shell.
    keeping = keeping.then(() => keep(events)).catch(() => undefined);
  };
  const timer = setInterval(flush, flushMs);
  child.onData((text) => {
    stdout.write(text);
    screen.write(text);
    const part = text.slice(0, Math.max(0, mostKept - kept)).toWellFormed();
    dropped += text.length - part.length;
    kept += part.length;
    if (part === '') return;
    waiting.push([Math.round(performance.now() - begun) / 1_000, 'o', part]);
    size += part.length;
    if (size >= mostInOne) flush();
  });
  const onInput = (keys: Buffer): void => child.write(keys.toString('utf8'));
  const onResize = (): void => {
    [columns, rows] = sizeNow();
    child.resize(columns, rows);
    screen.resize(columns, rows);
  };
  stdin.setRawMode(true);
  stdin.resume();
  stdin.on('data', onInput);
  stdout.on('resize', onResize);
  try {
    const exitCode = await new Promise<number>((resolve) => {
      child.onExit(({ exitCode: code, signal }) => resolve(signal === undefined || signal === 0 ? code : 128 + signal));
    });
    flush();
    await keeping;
    await new Promise<void>((resolve) => screen.write('', resolve));
    return { exitCode, columns, rows, screen: textOf(screen), dropped };
  } finally {
    clearInterval(timer);
    stdin.off('data', onInput);
    stdout.off('resize', onResize);
    stdin.setRawMode(false);
    stdin.pause();
    screen.dispose();
  }
}

/** The screen as text, without escapes and empty lines at its end. */
function textOf(screen: InstanceType<typeof xterm.Terminal>): string {
  const { active } = screen.buffer;
  const lines = Array.from({ length: active.length }, (_, at) => active.getLine(at)?.translateToString(true) ?? '');
  return lines.join('\n').trimEnd().slice(-mostScreen).toWellFormed();
}
