/** `writ session open|send`: a session by itself, and what is said in it. Opening gives no authority; a person approves what it may do, or it may only read. */

import { randomUUID } from 'node:crypto';
import { runtimeApi, projectName } from '@writ/protocol';
import { exitCodes, failed, usage } from '../exit.ts';
import { repositoryAround } from '../place/repository.ts';
import { flagOption, listOption, textOption } from '../program/command.ts';
import type { CommandRun, Input } from '../program/command.ts';
import type { Context } from '../program/context.ts';
import { safeText } from '../render/safe-text.ts';
import { renderSession } from '../render/session.ts';
import { ensureUp } from '../supervisor/ensure-up.ts';
import { needsSomebody } from './approval.ts';
import { grantTo } from './session-grant.ts';
import { namedSession } from './session.ts';

type Driver = (typeof runtimeApi.createSession.body)['_zod']['output']['driver'];
const drivers: readonly Driver[] = ['command', 'acp', 'model', 'person'];

/** The repository around, and its project. */
export async function projectHere({ io }: Context): Promise<{ readonly root: string; readonly project: string }> {
  const around = await repositoryAround(io.cwd);
  if (around.kind === 'unusable') throw failed(around.sentence, around.wayOut);
  const root = around.kind === 'found' ? around.root : io.cwd;
  return { root, project: projectName(root) };
}

export const runOpen: CommandRun = async (context, input) => {
  // Inside a run this refuses.
  await context.planes.runtime();
  const isBound = !flagOption(input, 'withoutMandate');
  if (isBound) needsSomebody(context, flagOption(input, 'yes'));
  const style = context.style();
  await ensureUp(context, 'always', (plane) => context.progress(style.dim(`${plane} started`)));
  const { root, project } = await projectHere(context);
  const runtime = await context.planes.runtime();
  const session = await runtime.call(runtimeApi.createSession, {
    body: { ...whatWorks(input), project, workspace: root, mandate: null },
  });
  if (isBound) return grantTo(context, session, input);
  context.answer(session);
  context.say(...renderSession(session, style));
  return exitCodes.done;
};

function whatWorks(input: Input) {
  const [title = 'a session', ...argv] = input.words;
  const actAs = textOption(input, 'agent') ?? null;
  const named = textOption(input, 'driver');
  const driver = drivers.find((one) => one === named) ?? (argv.length > 0 || actAs !== null ? 'command' : 'person');
  if (argv.length === 0 && named !== undefined && driver !== 'person' && driver !== 'model')
    throw usage(`a \`${driver}\` session needs a program`, 'give it after `--`');
  const members = listOption(input, 'with');
  return { title, agent: actAs ?? argv[0] ?? driver, act_as: actAs, driver, argv, ...privately(input, members) };
}

const privately = (input: Input, members: readonly string[]) =>
  flagOption(input, 'private') ? { private_to: [...members] } : {};

export const runSend: CommandRun = async (context, input) => {
  const session = await namedSession(context, input);
  const text = input.words.slice(1).join(' ');
  if (text === '')
    throw usage('there is nothing to send', 'write it after the session: `writ session send ID "look again"`');
  const runtime = await context.planes.runtime();
  const expected = textOption(input, 'expectTurn');
  const admitted = await runtime.call(runtimeApi.admit, {
    params: { id: session.id },
    idempotencyKey: randomUUID(),
    body: {
      text,
      delivery: flagOption(input, 'steer') ? 'steer' : 'queue',
      agent: textOption(input, 'agent') ?? null,
      ...(expected === undefined ? {} : { expected_turn: expected === 'none' ? null : expected }),
    },
  });
  context.answer(admitted);
  const style = context.style();
  const { state, state_detail: detail } = admitted.session;
  context.say(
    admitted.drives
      ? `${style.tone('good', style.mark('done'))} sent, input ${safeText(admitted.input)}`
      : `${style.tone('held', style.mark('held'))} kept, input ${safeText(admitted.input)}; nothing is done by it: its mandate says who may steer, and you are not named there`,
    `  session ${safeText(session.id)} is ${safeText(state)}${detail === '' ? '' : `: ${safeText(detail)}`}`,
  );
  return exitCodes.done;
};
