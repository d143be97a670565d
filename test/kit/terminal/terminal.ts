/**
 * A terminal of its own for a program under test, as a person has one: `script` (util-linux) makes the pseudo-terminal, keys go in through its
 * standard input, and what the screen was sent comes back.
 *
 * It refuses to guess when something is ready: who presses a key waits for what it answers.
 */

import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, readlinkSync } from 'node:fs';

export interface Terminal extends AsyncDisposable {
  /** The text sent to the screen so far, without carriage returns and control sequences (ECMA-48). */
  readonly screen: string;
  /** Keys, as a keyboard sends them: Enter is `\r`, Ctrl-C `\u0003`. */
  press(keys: string): void;
  /** What came on the screen after this call, once it matches; fails with the whole screen after `timeoutMs`. */
  expect(wanted: string | RegExp, timeoutMs?: number): Promise<string>;
  /** Gives it another size, as dragging its corner does (TIOCSWINSZ, and SIGWINCH for who is in front). Linux alone. */
  resize(columns: number, rows: number): void;
  /** Takes the terminal away, as closing its window does. */
  close(): void;
  /** Resolves with the exit code of the program. */
  readonly ended: Promise<number>;
}

export type TerminalOptions = { readonly cwd: string; readonly env: NodeJS.ProcessEnv };

const quote = (word: string): string => `'${word.replaceAll("'", `'\\''`)}'`;

/** Runs `words` as the one program of a new terminal. */
export function openTerminal(words: readonly string[], { cwd, env }: TerminalOptions): Terminal {
  const child = spawn('script', ['-qefc', `exec ${words.map(quote).join(' ')}`, '/dev/null'], {
    cwd,
    env: { TERM: 'xterm-256color', ...env },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  child.stdin.on('error', () => undefined); // it ended; the test waits for that
  let screen = '';
  let seen = 0;
  let raw = '';
  // A character may come in two parts, too.
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    raw += chunk;
    // A sequence that has not come whole yet waits for its end.
    const whole = raw.replace(/\u001b(?:\[[0-9;?]*)?$/, '');
    screen += whole.replace(/\u001b\[[0-9;?]*[A-Za-z]/g, '').replaceAll('\r', '');
    raw = raw.slice(whole.length);
  });
  // The signature of the event.
  const ended = once(child, 'close').then(([code]) => (code as number | null) ?? 255);
  return {
    get screen() {
      return screen;
    },
    press(keys) {
      child.stdin.write(keys);
    },
    async expect(wanted, timeoutMs = 60_000) {
      const end = performance.now() + timeoutMs;
      for (;;) {
        const since = screen.slice(seen);
        const match = typeof wanted === 'string' ? since.indexOf(wanted) : since.search(wanted);
        if (match !== -1) {
          const length = typeof wanted === 'string' ? wanted.length : (wanted.exec(since)?.[0].length ?? 0);
          seen += match + length;
          return since.slice(0, match + length);
        }
        if (performance.now() > end) throw new Error(`\`${String(wanted)}\` never came on this screen:\n${screen}`);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    },
    resize(columns, rows) {
      const own = String(child.pid);
      const [first = ''] = readFileSync(`/proc/${own}/task/${own}/children`, 'utf8').split(' ');
      const tty = readlinkSync(`/proc/${first}/fd/0`);
      execFileSync('stty', ['-F', tty, 'cols', String(columns), 'rows', String(rows)]);
    },
    close() {
      child.kill('SIGKILL');
    },
    ended,
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
      await ended;
    },
  };
}
