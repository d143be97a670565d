/**
 * What a harness says of a shell command that it ran: the command, how it ended, the end of what it printed. Its word, recorded as such; a field it does not have is not guessed.
 *
 * Claude Code gives an object with `stdout` and `stderr`, and for a call that failed a text that begins with its exit code; Codex a text, or an object with `output`.
 */

import type { HarnessEvent } from '@writ/enforce/attended';

export type CommandSeen = { readonly command: string; readonly exit_code: number | null; readonly output: string };

const mostOutput = 200_000;

/** The command of a call that ended; null where it was none. */
export function commandSeen(event: Extract<HarnessEvent, { readonly kind: 'call_ended' }>): CommandSeen | null {
  const { input, outcome, result } = event;
  // What was denied did not run.
  if (outcome !== 'done' && outcome !== 'failed') return null;
  const asked = input['command'];
  const command = Array.isArray(asked) ? asked.map(String).join(' ') : asked;
  if (typeof command !== 'string' || command === '') return null;
  const output = outputOf(result).slice(-mostOutput).toWellFormed();
  return { command: command.slice(0, 4_000).toWellFormed(), exit_code: exitCode(result, outcome === 'failed'), output };
}

const field = (said: unknown, name: string): unknown =>
  typeof said === 'object' && said !== null ? (said as Readonly<Record<string, unknown>>)[name] : undefined; // an object by the line

function outputOf(said: unknown): string {
  if (typeof said === 'string') return said;
  return ['stdout', 'stderr', 'output', 'content']
    .map((name) => field(said, name))
    .filter((text) => typeof text === 'string' && text !== '')
    .join('\n');
}

function exitCode(said: unknown, failed: boolean): number | null {
  for (const place of [said, field(said, 'metadata')])
    for (const name of ['exit_code', 'exitCode']) {
      const code = field(place, name);
      if (typeof code === 'number' && Number.isInteger(code)) return code;
    }
  if (failed && typeof said === 'string') {
    const [, code] = /^(?:Error: )?(?:Command failed with )?exit code:? (\d{1,3})\b/i.exec(said) ?? [];
    return code === undefined ? null : Number(code);
  }
  return failed || said === undefined || field(said, 'interrupted') === true ? null : 0;
}
