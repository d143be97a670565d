/** `writ session search|join|leave|share|who`: what was said where, and who is in a session. None of it says what may be done there. */

import { runtimeApi } from '@writ/protocol';
import { exitCodes, usage } from '../exit.ts';
import { flagOption, listOption, textOption } from '../program/command.ts';
import type { CommandRun } from '../program/command.ts';
import { safeText } from '../render/safe-text.ts';
import { relative } from '../render/when.ts';
import { namedSession } from './session.ts';

export const runSearch: CommandRun = async (context, input) => {
  const runtime = await context.planes.runtime();
  const words = input.words.join(' ');
  const session = textOption(input, 'in');
  const of = session === undefined ? undefined : (await namedSession(context, { ...input, words: [session] })).id;
  const query = { q: words, ...(of === undefined ? {} : { session: of }), limit: textOption(input, 'lines') ?? '20' };
  const found = await runtime.call(runtimeApi.searchSessions, { query });
  context.answer(found);
  const style = context.style();
  if (found.items.length === 0) context.say('nothing that you may see says that');
  for (const { session: id, version, title, at, actor, snippet } of found.items) {
    // Somebody else's words: everything but our own two marks is neutralised.
    const shown = snippet
      .split('\u0001')
      .map((part, index) => {
        const [hit = '', rest = ''] = index === 0 ? ['', part] : part.split('\u0002');
        return `${style.bold(safeText(hit))}${safeText(rest)}`;
      })
      .join('');
    context.say(
      `${style.bold(safeText(id))} ${style.dim(`event ${String(version)}, ${safeText(actor)}, ${relative(at, style.now)}: ${safeText(title)}`)}`,
      `  ${shown}`,
    );
  }
  return exitCodes.done;
};

const takesPart =
  (route: typeof runtimeApi.joinSession, word: string): CommandRun =>
  async (context, input) => {
    const { id } = await namedSession(context, input);
    const after = await (await context.planes.runtime()).call(route, { params: { id }, body: {} });
    context.answer(after);
    context.say(
      `you ${word} session ${safeText(id)}; in it: ${after.participants.map(safeText).join(', ') || 'nobody'}`,
    );
    return exitCodes.done;
  };

export const runJoin = takesPart(runtimeApi.joinSession, 'take part in');
export const runLeave = takesPart(runtimeApi.leaveSession, 'left');

export const runShare: CommandRun = async (context, input) => {
  const { id, visibility, members } = await namedSession(context, input);
  const more = listOption(input, 'with');
  const all = flagOption(input, 'all');
  if (all === more.length > 0)
    throw usage('it is not said with whom', 'give `--with NAME`, or `--all` for the project');
  const body = all
    ? { to: 'project' as const }
    : { to: 'private' as const, members: [...new Set([...members, ...more])] };
  if (visibility === 'project') context.progress(`session ${id} is seen by everybody in its project already`);
  const after = await (await context.planes.runtime()).call(runtimeApi.shareSession, { params: { id }, body });
  context.answer(after);
  context.say(
    after.visibility === 'project'
      ? `session ${safeText(id)} is seen by everybody with a role in ${safeText(after.project)}`
      : `session ${safeText(id)} is seen by ${after.members.map(safeText).join(', ')}`,
  );
  return exitCodes.done;
};

export const runWho: CommandRun = async (context, input) => {
  const { id, participants, agent } = await namedSession(context, input);
  const runtime = await context.planes.runtime();
  const { present } = await runtime.call(runtimeApi.presence, { params: { id } });
  context.answer({ participants, present, agent });
  const style = context.style();
  context.say(
    ...participants.map(
      (name) => `${safeText(name)}${present.includes(name) ? style.tone('good', ', there now') : ''}`,
    ),
    ...present.filter((name) => !participants.includes(name)).map((name) => `${safeText(name)}, reading now`),
    style.dim(`${safeText(agent)} works in it`),
  );
  return exitCodes.done;
};
