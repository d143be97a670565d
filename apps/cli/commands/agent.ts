/** `writ agent list|show|accept`: the agents a repository describes. What came with a clone counts for nothing until a person accepted exactly its bytes. */

import { runtimeApi } from '@writ/protocol';
import { exitCodes } from '../exit.ts';
import { canAsk, readKey } from '../place/keyboard.ts';
import { flagOption } from '../program/command.ts';
import type { CommandRun } from '../program/command.ts';
import type { Context } from '../program/context.ts';
import { safeLines, safeText } from '../render/safe-text.ts';
import type { Style } from '../render/style.ts';
import { table } from '../render/width.ts';
import { needsSomebody } from './approval.ts';
import { projectHere } from './session-open.ts';

type AgentWire = (typeof runtimeApi.listAgents.reply)['_zod']['output']['items'][number];

async function placeHere(context: Context): Promise<{ readonly project: string; readonly repository: string }> {
  const { root, project } = await projectHere(context);
  return { project, repository: root };
}

const standings = {
  accepted: ['good', 'accepted'],
  changed: ['held', 'another version of it is accepted'],
  new: ['quiet', 'nobody accepted it'],
} as const;

const standingOf = ({ standing }: AgentWire, style: Style): string => {
  const [tone, words] = standings[standing];
  return style.tone(tone, words);
};

export const runList: CommandRun = async (context) => {
  const runtime = await context.planes.runtime();
  const found = await runtime.call(runtimeApi.listAgents, { query: await placeHere(context) });
  context.answer(found);
  const style = context.style();
  if (found.items.length === 0)
    context.say(
      'the newest commit here describes no agent; they are in .writ/agents, .claude/agents and .opencode/agent',
    );
  context.say(
    ...table(
      found.items.map((agent) => [
        style.bold(safeText(agent.name)),
        standingOf(agent, style),
        style.dim(safeText(agent.path)),
        safeText(agent.description.split('\n')[0] ?? ''),
      ]),
    ),
    ...found.unread.map(({ path, why }) => style.dim(`  ${safeText(path)}: ${safeText(why)}`)),
  );
  return exitCodes.done;
};

export const runShow: CommandRun = async (context, { words: [name = ''] }) => {
  const runtime = await context.planes.runtime();
  const agent = await runtime.call(runtimeApi.getAgent, { params: { name }, query: await placeHere(context) });
  context.answer(agent);
  context.say(...described(agent, context.style()), '', ...safeLines(agent.source));
  return exitCodes.done;
};

function described(agent: AgentWire, style: Style): readonly string[] {
  const { asked, driver, model, run, withheld } = agent;
  const tools = asked === null ? 'whatever its session may do' : asked.length === 0 ? 'nothing' : asked.join(', ');
  return [
    `${style.bold(safeText(agent.name))}, ${standingOf(agent, style)}`,
    ...table([
      ['  file', safeText(`${agent.path} at ${agent.commit.slice(0, 10)}`)],
      ['  hash', safeText(agent.hash)],
      ['  asks for', safeText(tools)],
      ...withheld.map((line) => ['  does not get', safeText(line)]),
      [
        '  works by',
        safeText([driver ?? 'the driver of its session', model ?? '', run.join(' ')].filter(Boolean).join(', ')),
      ],
    ]),
  ];
}

export const runAccept: CommandRun = async (context, input) => {
  const [name = ''] = input.words;
  // Inside a run this refuses.
  const runtime = await context.planes.runtime();
  const yes = flagOption(input, 'yes');
  needsSomebody(context, yes);
  const place = await placeHere(context);
  const agent = await runtime.call(runtimeApi.getAgent, { params: { name }, query: place });
  const style = context.style();
  if (agent.standing === 'accepted') {
    context.answer(agent);
    context.say(...described(agent, style));
    return exitCodes.done;
  }
  context.say(...described(agent, style), '', ...safeLines(agent.source), '');
  const key =
    yes || !canAsk(context.io)
      ? 'a'
      : await readKey(context.io, `${style.bold('[a]')} accept  ${style.bold('[n]')} not now `, ['a', 'n']);
  if (key !== 'a') {
    context.say('nothing was accepted');
    return exitCodes.refused;
  }
  const accepted = await runtime.call(runtimeApi.acceptAgent, {
    params: { name },
    body: { ...place, hash: agent.hash },
  });
  context.answer(accepted);
  context.say(`${style.tone('good', style.mark('done'))} accepted ${safeText(name)} as ${safeText(agent.hash)}`);
  return exitCodes.done;
};
