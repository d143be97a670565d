/** `writ facts`, `writ session pin|observe|seen-before`: what is known of a workspace, with its age. An agent inside a run reads the same, through its door. */

import { agentDoorApi, runtimeApi } from '@writ/protocol';
import { everything } from '../connect/find.ts';
import { exitCodes, usage } from '../exit.ts';
import { textOption } from '../program/command.ts';
import type { CommandRun, Input } from '../program/command.ts';
import type { Context } from '../program/context.ts';
import { renderFacts, renderSightings } from '../render/workspace-fact.ts';
import { namedSession } from './session.ts';

export const runFacts: CommandRun = async (context, input) => {
  const known =
    context.door === null
      ? await (
          await context.planes.runtime()
        ).call(runtimeApi.facts, { params: { id: await sessionOf(context, input) } })
      : await (await context.planes.door()).call(agentDoorApi.facts);
  context.answer(known);
  context.say(...renderFacts(known.items, context.style()));
  return exitCodes.done;
};

async function sessionOf(context: Context, input: Input): Promise<string> {
  if (input.words.length > 0) return (await namedSession(context, input)).id;
  await context.planes.runtime();
  const { sessions } = await everything(context);
  const newest = sessions.toSorted((a, b) => b.updated_at.localeCompare(a.updated_at))[0];
  if (newest === undefined) throw usage('there is no session yet', 'start one with `writ claude` or `writ run`');
  return newest.id;
}

export const runPin: CommandRun = async (context, input) => {
  const { id } = await namedSession(context, input);
  const target = input.words[1] ?? '';
  const runtime = await context.planes.runtime();
  const body = { kind: 'pin' as const, target, note: textOption(input, 'note') ?? '' };
  context.answer(await runtime.call(runtimeApi.tellFact, { params: { id }, body }));
  context.say('pinned');
  return exitCodes.done;
};

const statuses = ['good', 'bad', 'pending', 'unknown'] as const;

export const runObserve: CommandRun = async (context, input) => {
  const { id } = await namedSession(context, input);
  const [, source = '', subject = ''] = input.words;
  const wanted = textOption(input, 'status') ?? 'unknown';
  const status = statuses.find((name) => name === wanted);
  if (status === undefined) throw usage(`\`${wanted}\` is no status`, `one of ${statuses.join(', ')}`);
  const runtime = await context.planes.runtime();
  const body = {
    ...{ kind: 'outside' as const, source, subject, status },
    ...{ sentence: textOption(input, 'say') ?? '', url: textOption(input, 'url') ?? null },
  };
  context.answer(await runtime.call(runtimeApi.tellFact, { params: { id }, body }));
  context.say('recorded');
  return exitCodes.done;
};

export const runSeenBefore: CommandRun = async (context, input) => {
  const runtime = await context.planes.runtime();
  const [first = ''] = input.words;
  const { sessions } = await everything(context);
  const session = input.words.length === 1 ? sessions.find(({ id }) => id === first) : undefined;
  const project = textOption(input, 'project');
  const query: Readonly<Record<string, string>> =
    session !== undefined
      ? { session: session.id }
      : { text: input.words.join(' '), ...(project === undefined ? {} : { project }) };
  const seen = await runtime.call(runtimeApi.seenBefore, { query });
  context.answer(seen);
  if (seen.items.length === 0) context.say('it was not met before');
  context.say(...renderSightings(seen.items, context.style()));
  if (!seen.is_all)
    context.say(context.style().dim(`  looked through ${String(seen.events_read)} events; there is more`));
  return exitCodes.done;
};
