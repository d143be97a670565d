/**
 * `writ stop`: ends work and its authority, and shows the receipt. With `--local` also when control is dead: through the enforcer, or, where
 * that is dead too, from what it left on disk; the revocation reaches control when it is back.
 */

import { controlApi, enforcerApi } from '@writ/protocol';
import { everything, findThing, mandateIdOf, theLiveWork } from '../connect/find.ts';
import { followReceipts } from '../connect/receipts.ts';
import type { RunWire } from '../connect/wire.ts';
import { CommandEnd, exitCodes, usage } from '../exit.ts';
import type { ExitCode } from '../exit.ts';
import { flagOption, textOption } from '../program/command.ts';
import type { CommandRun, Input } from '../program/command.ts';
import type { Context } from '../program/context.ts';
import { count } from '../render/block.ts';
import { bulkStop } from '../render/bulk-stop.ts';
import { safeText } from '../render/safe-text.ts';

export const run: CommandRun = async (context, input) => {
  const [id] = input.words;
  const reason = textOption(input, 'reason') ?? '';
  const wait = input.options['wait'] !== false;
  const [all, local] = [flagOption(input, 'all'), flagOption(input, 'local')];
  const filter = filterOf(input);
  const many = all || local || filters.some((name) => filter[name] !== null);
  if (id !== undefined && many)
    throw usage(
      `\`${id}\` and \`--${all ? 'all' : local ? 'local' : (filters.find((name) => filter[name] !== null) ?? '')}\` say different things`,
      'leave one of them out',
    );
  if (!many && (filter.dryRun || filter.act === 'suspend'))
    throw usage(
      '`--dry-run` and `--hold` are for stops of many',
      'add `--all` or a filter; for one, `writ mandate suspend ID` holds it',
    );
  // An agent's stop always goes to control, as the agent's.
  if (local && context.door === null) return stopLocal(context, reason);
  try {
    const control = await context.planes.control();
    if (many) {
      const { dryRun, ...which } = filter;
      const stopped = await control.call(controlApi.stopAll, { body: { ...which, reason, dry_run: dryRun } });
      context.say(...bulkStop(stopped, { dryRun, held: which.act === 'suspend' }, context.style()));
      if (dryRun) context.answer(stopped);
      if (dryRun) return exitCodes.done;
      const { last, exitCode } = await followReceipts(context, stopped.receipts, wait);
      context.answer({ ...stopped, receipts: last });
      return exitCode;
    }
    const receipt = await control.call(controlApi.revoke, {
      params: { id: await mandateFor(context, input) },
      body: { reason },
    });
    const { last, exitCode } = await followReceipts(context, [receipt], wait);
    context.answer(last[0]);
    return exitCode;
  } catch (error) {
    throw withLocalWayOut(error, context);
  }
};

const filters = ['project', 'agent', 'harness', 'model'] as const;

/** What a stop of many is to hit, and how. */
function filterOf(input: Input) {
  const given = (name: (typeof filters)[number]): string | null => textOption(input, name) ?? null;
  return {
    act: flagOption(input, 'hold') ? ('suspend' as const) : ('revoke' as const),
    project: given('project'),
    agent: given('agent'),
    harness: given('harness'),
    model: given('model'),
    dryRun: flagOption(input, 'dryRun'),
  };
}

/** The mandate that ends: of the thing named, or of the one thing that is live. Inside a run the id is sent as typed. */
async function mandateFor(context: Context, input: Input): Promise<string> {
  const [id] = input.words;
  if (context.door !== null) {
    if (id === undefined) throw usage('it is not said what to stop', '`writ stop ID`');
    return id;
  }
  const all = await everything(context);
  const thing = id === undefined ? theLiveWork(all, 'stop') : findThing(id, all);
  const mandate = mandateIdOf(thing);
  const mission = all.missions.find((candidate) => candidate.mandate === mandate);
  if (thing.kind === 'session' && mission !== undefined)
    context.progress(
      context
        .style()
        .dim(
          `session ${safeText(thing.id)} works under the mandate of mission ${safeText(mission.id)}, which ends with it`,
        ),
    );
  return mandate;
}

/** With control dead, or unable to write, there still is a way to stop. */
function withLocalWayOut(error: unknown, context: Context): unknown {
  if (!(error instanceof CommandEnd) || context.door !== null) return error;
  if (error.exitCode !== exitCodes.unreachable && error.problem.code !== 'store_failed') return error;
  return new CommandEnd({
    ...error.problem,
    way_out: 'stop what runs on this machine with `writ stop --local`; control hears of it when it is back',
  });
}

async function stopLocal(context: Context, reason: string): Promise<number> {
  const enforcer = await context.planes.enforcer();
  const answer = await enforcer.attempt(enforcerApi.stopLocal, { body: { reason } });
  if (answer.ok) {
    context.answer({ by: 'enforcer', ...answer.value });
    return sayLocal(context, answer.value);
  }
  const { stopLocalFromDisk } = await import('@writ/enforce');
  const stopped = await stopLocalFromDisk(context.home.root, { reason, now: context.io.now() });
  context.progress(context.style().dim('the enforcer does not answer; stopped from what it left on disk'));
  context.answer({ by: 'disk', ...stopped });
  return sayLocal(context, stopped);
}

type StoppedHere = {
  readonly killed: readonly Pick<RunWire, 'id' | 'session' | 'mandate'>[];
  readonly sessions: readonly { readonly session: string; readonly mandate: string; readonly survivors: number }[];
  readonly queued: readonly string[];
  readonly unqueued: readonly string[];
};

/** Says what ended. Fails where something did not, or where the revocation could not be kept. */
function sayLocal(context: Context, { killed, sessions, queued, unqueued }: StoppedHere): ExitCode {
  const style = context.style();
  const good = style.tone('good', style.mark('done'));
  const bad = style.tone('bad', style.mark('failed'));
  const held = style.tone('held', style.mark('held'));
  const alive = sessions.filter(({ survivors }) => survivors > 0);
  if (killed.length + sessions.length === 0) context.say(`${good} nothing was running on this machine`);
  for (const run of killed)
    context.say(
      `${good} killed  run ${safeText(run.id)}  session ${safeText(run.session)}  mandate ${safeText(run.mandate)}`,
    );
  for (const { session, mandate, survivors } of sessions)
    context.say(
      survivors === 0
        ? `${good} killed  session ${safeText(session)} at a terminal  mandate ${safeText(mandate)}`
        : `${bad} ${count(survivors, 'process', 'processes')} of session ${safeText(session)} did not end`,
    );
  if (queued.length > 0)
    context.say(
      `${held} the revocation of ${count(queued.length, 'mandate')} waits for control: ${queued.map(safeText).join(', ')}`,
    );
  if (unqueued.length > 0)
    context.say(
      `${bad} the disk did not take the revocation of ${unqueued.map(safeText).join(', ')}: make room, then \`writ stop --local\` again`,
    );
  return alive.length + unqueued.length === 0 ? exitCodes.done : exitCodes.failed;
}
