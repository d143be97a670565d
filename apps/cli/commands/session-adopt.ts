/** `writ session adopt`: what a fork came to, brought home. First a preview, then exactly that. */

import { runtimeApi } from '@writ/protocol';
import { exitCodes, usage } from '../exit.ts';
import { textOption } from '../program/command.ts';
import type { CommandRun } from '../program/command.ts';
import { bullet, count, section } from '../render/block.ts';
import { safeText } from '../render/safe-text.ts';
import { namedSession } from './session.ts';

export const run: CommandRun = async (context, input) => {
  const fork = await namedSession(context, input);
  if (fork.forked_from === null) throw usage(`session \`${fork.id}\` is no fork`, '`writ session list` says which are');
  const runtime = await context.planes.runtime();
  const { session: home } = fork.forked_from;
  const digest = textOption(input, 'commit') ?? null;
  const adopted = await runtime.call(runtimeApi.adoptFork, { params: { id: home }, body: { fork: fork.id, digest } });
  context.answer(adopted);
  const style = context.style();
  const marks = { write: 'changed', restore: 'new', delete: 'gone', leave: 'left' } as const;
  const { done, files, notes, decisions, undo } = adopted;
  const title = `${done ? 'Brought home' : 'Would come home'} into ${safeText(home)}: ${count(files.length, 'file')}`;
  context.say(
    style.bold(title),
    ...files.map(({ path, does }) => `  ${style.dim(marks[does].padEnd(8))} ${safeText(path)}`),
    ...section(
      'Notes',
      notes.flatMap(({ by, text }) => bullet(`${safeText(text)}  (${safeText(by)})`, style)),
      style,
    ),
    ...section(
      'Decisions',
      decisions.flatMap(({ ask, answer, by }) => bullet(safeText(`${ask}: ${answer}  (${by})`), style)),
      style,
    ),
    '',
    done
      ? `  ${style.dim(style.mark('way'))} ${undo === null ? 'nothing was written' : `writ session rewind ${safeText(home)} --to ${safeText(undo)} takes it back`}`
      : `  ${style.dim(style.mark('way'))} writ session adopt ${safeText(fork.id)} --commit ${safeText(adopted.digest)}`,
  );
  return exitCodes.done;
};
