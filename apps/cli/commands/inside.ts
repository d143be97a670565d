/**
 * What a governed process can ask, through the door of its run: who it is, whether something is allowed, a person, a sub-agent, a note.
 * It never holds a credential; the door adds the run's own.
 */

import { agentDoorApi, controlApi } from '@writ/protocol';
import { CommandEnd, exitCodes, problem, usage } from '../exit.ts';
import { timeSpan } from '../place/time-span.ts';
import { listOption, textOption } from '../program/command.ts';
import type { CommandRun } from '../program/command.ts';
import { safeLines, safeText } from '../render/safe-text.ts';

export const runWhoami: CommandRun = async (context) => {
  if (context.door === null) {
    const me = await (await context.planes.control()).call(controlApi.whoami);
    context.answer(me);
    context.say(`a ${safeText(me.kind)}, ${safeText(me.name)}; may approve and stop`);
    return exitCodes.done;
  }
  const me = await (await context.planes.door()).call(agentDoorApi.whoami);
  context.answer(me);
  context.say(
    `run ${safeText(me.run)} of session ${safeText(me.session)}, under mandate ${safeText(me.mandate)}${me.project === null ? '' : `, project ${safeText(me.project)}`}`,
  );
  return exitCodes.done;
};

export const runCheck: CommandRun = async (context, input) => {
  const [action = '', resource = ''] = input.words;
  const verdict =
    context.door === null
      ? await asPerson(context, action, resource, textOption(input, 'mandate'))
      : await (await context.planes.door()).call(agentDoorApi.check, { body: { action, resource } });
  context.answer(verdict);
  const style = context.style();
  const yes = verdict.decision === 'permit';
  const mark = yes
    ? style.tone('good', `${style.mark('done')} yes`)
    : verdict.decision === 'hold'
      ? style.tone('held', `${style.mark('held')} after a person’s yes`)
      : style.tone('bad', `${style.mark('failed')} no`);
  context.say(
    `${mark}: ${safeText(verdict.sentence)}`,
    ...(verdict.way_out === null ? [] : [`  ${style.dim(style.mark('way'))} ${safeText(verdict.way_out)}`]),
    ...(yes || context.door === null
      ? []
      : [
          `  ${style.dim(style.mark('way'))} to ask people for it: writ request ${safeText(action)} ${safeText(resource)}`,
        ]),
  );
  return yes ? exitCodes.done : verdict.decision === 'hold' ? exitCodes.waiting : exitCodes.refused;
};

async function asPerson(
  context: Parameters<CommandRun>[0],
  action: string,
  resource: string,
  mandate: string | undefined,
) {
  if (mandate === undefined) throw usage('it is not said under which mandate', 'outside a run give `--mandate ID`');
  const control = await context.planes.control();
  const verdict = await control.call(controlApi.check, {
    body: { mandate, action, resource, facts: {}, parameters: {}, session: null },
  });
  return { ...verdict, sentence: verdict.reason.sentence, way_out: verdict.reason.way_out };
}

/** Asks people for exactly what was refused. Ends with 5 while nobody has answered. */
export const runRequest: CommandRun = async (context, input) => {
  const [action = '', resource = ''] = input.words;
  const { mandate, session } = await (await context.planes.door()).call(agentDoorApi.whoami);
  const control = await context.planes.control();
  const reason = textOption(input, 'reason') ?? '';
  const body = { mandate, session, action, resource, facts: {}, parameters: {}, reason };
  const requested = await control.call(controlApi.requestAuthority, { body });
  context.answer(requested);
  const style = context.style();
  context.say(
    requested.state === 'given'
      ? `${style.tone('good', style.mark('done'))} somebody said yes already: do it`
      : `${style.tone('held', style.mark('ask'))} a person is asked as ${safeText(requested.id)}; nothing is allowed by asking`,
    ...requested.changes.map((change) => `  ${style.mark('dot')} ${safeText(change)}`),
    ...(requested.state === 'given' ? [] : [style.dim('  go on with what is allowed, and try it again later')]),
  );
  return requested.state === 'given' ? exitCodes.done : exitCodes.waiting;
};

export const runAsk: CommandRun = async (context, input) => {
  const door = await context.planes.door();
  const options = listOption(input, 'option').map((option) => {
    const at = option.indexOf('=');
    if (at < 1) throw usage(`\`${option}\` is no answer to offer`, 'such as `--option yes="Yes, go on"`');
    return { key: option.slice(0, at), label: option.slice(at + 1), consequence: '' };
  });
  const recommendation = textOption(input, 'recommend') ?? null;
  if (recommendation !== null && !options.some(({ key }) => key === recommendation))
    throw usage(`\`${recommendation}\` is none of the answers offered`, 'recommend the key of one of the options');
  const wait_ms = Math.min(3_600_000, timeSpan(textOption(input, 'wait') ?? '10m'));
  const reply = await door.call(agentDoorApi.ask, {
    body: { question: input.words.join(' '), options, recommendation, wait_ms },
    timeoutMs: wait_ms + 15_000,
  });
  context.answer(reply);
  if (!reply.answered)
    throw new CommandEnd(
      problem(
        'approval_required',
        409,
        `nobody has answered yet; the question stays open as ${reply.item}`,
        'ask again with the same words later, or go on without',
      ),
      exitCodes.waiting,
    );
  context.say(safeText(reply.answer ?? ''));
  return exitCodes.done;
};

export const runSpawn: CommandRun = async (context, input) => {
  const door = await context.planes.door();
  const argv = [...input.words];
  const actions = [...listOption(input, 'allow')];
  const [agent, purpose] = [textOption(input, 'agent'), textOption(input, 'purpose')];
  if (agent === undefined || purpose === undefined || actions.length === 0)
    throw usage(
      'a sub-agent needs a name, a purpose and at least one action',
      'such as `writ spawn --agent tester --purpose "run the tests" --allow file.read -- npm test`',
    );
  const wait = input.options['wait'] !== false;
  const reply = await door.call(agentDoorApi.spawn, {
    body: { agent, purpose, argv, actions, wait },
    timeoutMs: 24 * 3_600_000,
  });
  context.answer(reply);
  context.say(
    `${safeText(agent)} ${safeText(reply.outcome)}, session ${safeText(reply.session)}, mandate ${safeText(reply.mandate)}`,
  );
  if (reply.said !== '') for (const line of safeLines(reply.said)) context.say(line);
  // The sub-agent's own exit code is the answer to whoever waits for it.
  return wait ? (reply.exit_code ?? exitCodes.failed) : exitCodes.done;
};

export const runNote: CommandRun = async (context, input) => {
  const door = await context.planes.door();
  const reply = await door.call(agentDoorApi.note, { body: { text: input.words.join(' ') } });
  context.answer(reply);
  context.say('noted');
  return exitCodes.done;
};
