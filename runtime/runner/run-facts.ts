/** What a run that ended leaves on record for later: its command with its end and output, and what its tests said. It believes nothing an agent says of them. */

import type { Ports } from '../ports.ts';
import { recordFact } from '../session/look-around.ts';
import type { TestsFact } from '../session/workspace-fact.ts';
import { findReports } from '../workspace/tests/find-reports.ts';
import { readTests } from '../workspace/tests/read-tests.ts';

export type EndedRun = {
  readonly command: string;
  readonly exitCode: number | null;
  /** The end of what it printed. */
  readonly output: string;
  /** When it began, milliseconds since the epoch; null where nobody knows, and so which files are its. */
  readonly since: number | null;
};

const mostOutput = 4_000;

/** Records it in the log of `session`. */
export async function recordRunFacts(ports: Ports, session: string, run: EndedRun): Promise<void> {
  const cwd = ports.records.sessions.get(session)?.workspace?.path ?? null;
  const { command, exitCode, output, since } = run;
  const shown = {
    kind: 'command' as const,
    command: brief(command),
    cwd,
    exitCode,
    output: ending(output),
    by: 'run' as const,
  };
  await recordFact(ports, session, shown, { method: 'a run', always: true });
  const said = testsIn(output, command);
  if (said !== null) await recordFact(ports, session, said, { method: 'the output of a run', always: true });
  const files = cwd === null || since === null ? null : await findReports(cwd, since);
  if (files !== null)
    await recordFact(
      ports,
      session,
      { kind: 'tests', command: brief(command), ...files },
      { method: 'a report file', always: true },
    );
}

/** What `output` of `command` says of tests; null where it says nothing. */
export function testsIn(output: string, command: string | null): TestsFact | null {
  const report = readTests(output);
  return report === null ? null : { kind: 'tests', command: command === null ? null : brief(command), ...report };
}

export const ending = (output: string): string => output.slice(-mostOutput).toWellFormed();
const brief = (command: string): string => command.slice(0, 500).toWellFormed();

/** A command line as a person would type it. */
export function commandOf(argv: readonly string[]): string {
  const [program = '', option, script] = argv;
  if (/(?:^|\/)(?:ba|da|z)?sh$/.test(program) && option !== undefined && /^-\w*c$/.test(option) && script !== undefined)
    return script;
  return argv.join(' ');
}
