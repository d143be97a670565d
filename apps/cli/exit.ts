/**
 * Exit codes, and how a command ends early.
 *
 * The codes are part of the interface (`writ help exit-codes`): scripts branch on them, nobody branches on a message. One rule divides the first two: what the command line alone shows to be wrong,
 * with the files and folders it names, is usage; what Writ had to be asked for, an id that nobody knows included, is a failure.
 */

import type { ProblemWire } from '@writ/protocol';

export const exitCodes = {
  done: 0,
  failed: 1,
  usage: 2,
  refused: 3,
  unreachable: 4,
  waiting: 5,
  interrupted: 130,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** What each code means, in the words of `writ help exit-codes`. */
export const exitCodeMeanings: readonly (readonly [ExitCode, string])[] = [
  [exitCodes.done, 'done: what was asked for happened'],
  [exitCodes.failed, 'failed: it was tried and did not work'],
  [exitCodes.usage, 'usage: the command line, or a file it names, is not what it has to be; nothing was tried'],
  [exitCodes.refused, 'refused: the authority that was approved, or the credential used, does not allow it'],
  [exitCodes.unreachable, 'unreachable: Writ is not running here, or does not answer'],
  [exitCodes.waiting, 'waiting: it cannot go on before a person answers'],
  [exitCodes.interrupted, 'interrupted: Ctrl-C; what had been started goes on'],
];

/** Ends the command from anywhere inside it with an explanation; caught in one place, `run-cli.ts`. */
export class CommandEnd extends Error {
  readonly exitCode: ExitCode;
  readonly problem: ProblemWire;

  constructor(problem: ProblemWire, exitCode: ExitCode = exitCodeOf(problem)) {
    super(problem.detail);
    this.name = 'CommandEnd';
    this.problem = problem;
    this.exitCode = exitCode;
  }
}

/** A problem of the command line's own making: `detail` says what and where, `wayOut` what to do. */
export const problem = (code: string, status: number, detail: string, wayOut: string | null): ProblemWire => ({
  type: `urn:writ:problem:${code}`,
  title: code.replaceAll('_', ' '),
  status,
  detail,
  way_out: wayOut,
  code,
});

/** Ends the command because its arguments make no sense. */
export const usage = (detail: string, wayOut: string | null): CommandEnd =>
  new CommandEnd(problem('usage', 400, detail, wayOut), exitCodes.usage);

/** Ends the command because it was tried and did not work. */
export const failed = (detail: string, wayOut: string | null): CommandEnd =>
  new CommandEnd(problem('failed', 500, detail, wayOut), exitCodes.failed);

const waitingCodes: ReadonlySet<string> = new Set(['approval_required']);
const unreachableCodes: ReadonlySet<string> = new Set([
  'control_unreachable',
  'unreachable',
  'not_running',
  'timeout',
  'transport',
]);
/** What authority answers, whatever the transport made of it. */
const refusedCodes: ReadonlySet<string> = new Set([
  'not_an_approver',
  'not_yours',
  'wrong_caller',
  'unattended_insufficient',
  'approval_refused',
  'not_allowed',
  'mandate_inactive',
  'ancestor_inactive',
  'condition_failed',
  'condition_unknown',
  'out_of_authority',
  'out_of_bounds',
  'budget_spent',
  'actor_mismatch',
  'credential_unusable',
  'policy_refused',
]);
const failedCodes: ReadonlySet<string> = new Set(['malformed_request', 'unknown_mandate', 'store_failed']);

/** The exit code for a problem a plane answered with. */
export function exitCodeOf({ code, status }: Pick<ProblemWire, 'code' | 'status'>): ExitCode {
  if (waitingCodes.has(code)) return exitCodes.waiting;
  if (failedCodes.has(code)) return exitCodes.failed;
  if (unreachableCodes.has(code) || status === 0 || status === 502 || status === 503 || status === 504)
    return exitCodes.unreachable;
  if (refusedCodes.has(code)) return exitCodes.refused;
  if (status === 401 || status === 403) return exitCodes.refused;
  return exitCodes.failed;
}
