/** `writ session list|fork|archive|unarchive`: whole sessions. None of it gives or takes authority. */

import { randomUUID } from 'node:crypto';
import { controlApi, resetPart, runtimeApi } from '@writ/protocol';
import { everything, findThing } from '../connect/find.ts';
import type { SessionWire } from '../connect/wire.ts';
import { exitCodes, failed, usage } from '../exit.ts';
import { flagOption, textOption } from '../program/command.ts';
import type { CommandRun, Input } from '../program/command.ts';
import type { Context } from '../program/context.ts';
import { bullet, section } from '../render/block.ts';
import { safeText } from '../render/safe-text.ts';
import { renderSession, sessionRow } from '../render/session.ts';
import { table } from '../render/width.ts';

/** The session that is named first; ends the command where it names none. */
export async function namedSession(context: Context, input: Input): Promise<SessionWire> {
  // Inside a run this refuses, before anything is looked up.
  await context.planes.runtime();
  const [id = ''] = input.words;
  const thing = findThing(id, await everything(context));
  if (thing.kind === 'session') return thing.session;
  throw usage(`\`${thing.id}\` is a ${thing.kind} and no session`, '`writ session list` lists the sessions');
}

const over: ReadonlySet<string> = new Set(['closed', 'inert']);

export const runList: CommandRun = async (context, input) => {
  const runtime = await context.planes.runtime();
  const all = flagOption(input, 'all');
  const { items } = await runtime.call(runtimeApi.listSessions, { query: { archived: String(all) } });
  const shown = items.filter(({ state }) => all || !over.has(state));
  context.answer(shown);
  const style = context.style();
  if (shown.length === 0)
    context.say(
      items.length === 0 ? 'there is no session yet' : 'no session is open; `writ session list --all` shows all',
    );
  context.say(...table(shown.map((session) => sessionRow(session, style))));
  return exitCodes.done;
};

export const runFork: CommandRun = async (context, input) => {
  const session = await namedSession(context, input);
  const runtime = await context.planes.runtime();
  const asked = textOption(input, 'at');
  const at = asked === undefined ? null : Number(asked);
  if (at !== null && !(Number.isSafeInteger(at) && at > 0))
    throw usage(`\`${asked ?? ''}\` is no event of a session`, 'give its number, as `writ log --json` shows it');
  const [, ...argv] = input.words;
  const agent = textOption(input, 'agent') ?? session.agent;
  const run = argv.length === 0 ? null : { driver: 'command' as const, agent, argv };
  const fork = await runtime.call(runtimeApi.forkSession, {
    params: { id: session.id },
    body: { at, title: textOption(input, 'title') ?? null, run },
  });
  context.answer(fork);
  const style = context.style();
  context.say(
    ...renderSession(fork, style),
    '',
    `  ${style.dim(style.mark('way'))} it may do nothing yet: \`writ session grant ${safeText(fork.id)}\` gives it a mandate`,
  );
  return exitCodes.done;
};

export const runNote: CommandRun = async (context, input) => {
  const { id } = await namedSession(context, input);
  const [, ...words] = input.words;
  const whom = textOption(input, 'for') ?? null;
  const runtime = await context.planes.runtime();
  const after = await runtime.call(runtimeApi.leaveNote, {
    params: { id },
    body: { text: words.join(' '), for: whom },
  });
  context.answer(after);
  context.say(`noted${whom === null ? '' : ` for ${safeText(whom)}`}; \`writ back ${safeText(id)}\` shows it`);
  return exitCodes.done;
};

export const runReset: CommandRun = async (context, input) => {
  const { id } = await namedSession(context, input);
  const wanted = resetPart.safeParse(input.words[1]);
  if (!wanted.success)
    throw usage(`\`${input.words[1] ?? ''}\` is no part of a session`, `one of ${resetPart.options.join(', ')}`);
  const runtime = await context.planes.runtime();
  const receipt = await runtime.call(runtimeApi.resetSession, {
    params: { id },
    body: { what: wanted.data, dry_run: flagOption(input, 'dryRun') },
  });
  context.answer(receipt);
  const style = context.style();
  const { cleared, kept, done, what, undo } = receipt;
  const lines = (list: readonly string[]): readonly string[] => list.flatMap((one) => bullet(safeText(one), style));
  context.say(
    style.bold(
      cleared.length === 0 ? `nothing of its ${what} to clear` : `${done ? 'Cleared' : 'Would be cleared'}: ${what}`,
    ),
    ...lines(cleared),
    ...section('Kept', lines(kept), style),
    ...(cleared.length === 0 ? [] : ['', `  ${style.dim(style.mark('way'))} ${safeText(undo)}`]),
  );
  return exitCodes.done;
};

export const runTake: CommandRun = async (context, input) => {
  const { id, mandate } = await namedSession(context, input);
  if (mandate === null) throw failed(`session \`${id}\` has no mandate`, `\`writ session grant ${id}\` gives it one`);
  const [control, runtime] = await Promise.all([context.planes.control(), context.planes.runtime()]);
  const { credential } = await control.call(controlApi.issueCredential, {
    params: { id: mandate },
    body: { run: `session-${id}-${randomUUID()}`, program: { harness: 'writ' } },
  });
  const after = await runtime.call(runtimeApi.renewCredential, { params: { id }, body: { credential, take: true } });
  context.answer(after);
  context.say(...renderSession(after, context.style()));
  return after.state === 'paused' || after.state === 'inert' ? exitCodes.refused : exitCodes.done;
};

const moved =
  (route: typeof runtimeApi.archiveSession, word: string): CommandRun =>
  async (context, input) => {
    const { id } = await namedSession(context, input);
    const runtime = await context.planes.runtime();
    const after = await runtime.call(route, { params: { id }, body: { reason: textOption(input, 'reason') ?? '' } });
    context.answer(after);
    context.say(`session ${safeText(id)} ${word}`);
    return exitCodes.done;
  };

export const runArchive = moved(runtimeApi.archiveSession, 'is archived; `writ session list --all` still shows it');
export const runUnarchive = moved(runtimeApi.unarchiveSession, 'is in the lists again');
