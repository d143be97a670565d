/**
 * Asks for a passphrase at the terminal of this process: what is typed is not shown, and comes from the terminal itself, never from an argument, the
 * environment or a pipe. It refuses where there is no terminal.
 */

import { openSync, writeSync } from 'node:fs';
import { ReadStream } from 'node:tty';
import { CommandEnd, exitCodes, problem } from '../exit.ts';

/** The line that was typed; null for Ctrl-C, Ctrl-D or Escape. */
export function readPassphrase(question: string): Promise<string | null> {
  const fd = openTerminal();
  const terminal = new ReadStream(fd);
  let typed = '';
  return new Promise((resolve) => {
    const end = (answer: string | null): void => {
      terminal.setRawMode(false);
      writeSync(fd, '\r\n');
      terminal.destroy();
      resolve(answer);
    };
    writeSync(fd, question);
    terminal.setRawMode(true);
    terminal.setEncoding('utf8');
    terminal.on('data', (chunk: string) => {
      for (const key of chunk) {
        if (key === '\r' || key === '\n') return end(typed);
        if (key === '\u0003' || key === '\u0004' || key === '\u001b') return end(null);
        if (key === '\u007f' || key === '\b') typed = Array.from(typed).slice(0, -1).join('');
        else if (key === '\u0015') typed = '';
        else if (key >= ' ') typed += key;
      }
    });
  });
}

function openTerminal(): number {
  try {
    return openSync('/dev/tty', 'r+');
  } catch {
    throw new CommandEnd(
      problem(
        'approval_required',
        409,
        'this needs your passphrase, and there is no terminal to ask for it here',
        'run it in a terminal; a passphrase is taken from nowhere else',
      ),
      exitCodes.waiting,
    );
  }
}
