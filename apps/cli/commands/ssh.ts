/**
 * `writ ssh`: keys of the person's own SSH agent that agents of a project may have used, and what for.
 *
 * No key is ever kept here, and none is shown to an agent: what is written down is which one, by its fingerprint.
 */

import type { SshKey } from '@writ/enforce';
import { changeSshKeys, readSshKeys, whyNoSshKey } from '@writ/enforce';
import { projectName } from '@writ/protocol';
import { exitCodes, usage } from '../exit.ts';
import { repositoryAround } from '../place/repository.ts';
import { listOption, textOption } from '../program/command.ts';
import type { CommandRun, Input } from '../program/command.ts';
import type { Context } from '../program/context.ts';
import { safeText } from '../render/safe-text.ts';
import { table } from '../render/width.ts';
import { refuseInside } from '../program/refuse-inside.ts';

export const runList: CommandRun = async (context) => {
  refuseInside(context, 'see which keys may be used');
  const items = readSshKeys(context.home.root);
  context.answer({ items });
  const style = context.style();
  if (items.length === 0) context.say('no key of your SSH agent was given to agents; `writ ssh add` does it');
  context.say(
    ...table(
      items.map(({ name, project, fingerprint, uses }) => [
        safeText(name),
        safeText(project),
        uses.map(safeText).join(', '),
        style.dim(fingerprint),
      ]),
    ),
  );
  return Promise.resolve(exitCodes.done);
};

export const runAdd: CommandRun = async (context, input) => {
  const [name = '', fingerprint = ''] = input.words;
  const key: SshKey = { name, fingerprint, project: await projectOf(context, input), uses: listOption(input, 'for') };
  const why = whyNoSshKey(key);
  if (why !== undefined) throw usage(why, null);
  return keep(
    context,
    (keys) => [...without(keys, key), key],
    `agents of ${safeText(key.project)} may use ${safeText(name)}`,
  );
};

export const runRemove: CommandRun = async (context, input) => {
  const [name = ''] = input.words;
  const key = { name, project: await projectOf(context, input) };
  const taken = (keys: readonly SshKey[]): readonly SshKey[] => {
    const left = without(keys, key);
    if (left.length < keys.length) return left;
    throw usage(`there is no key \`${name}\` of \`${key.project}\``, '`writ ssh list` shows them');
  };
  return keep(context, taken, `agents of ${safeText(key.project)} use ${safeText(name)} no more`);
};

const without = (keys: readonly SshKey[], { name, project }: Pick<SshKey, 'name' | 'project'>): readonly SshKey[] =>
  keys.filter((one) => one.name !== name || one.project !== project);

function keep(context: Context, change: (keys: readonly SshKey[]) => readonly SshKey[], said: string): Promise<number> {
  refuseInside(context, 'say which keys may be used');
  const keys = changeSshKeys(context.home.root, change);
  context.answer({ items: keys });
  const style = context.style();
  context.say(`${style.tone('good', style.mark('done'))} ${said}`);
  return Promise.resolve(exitCodes.done);
}

async function projectOf({ io }: Context, input: Input): Promise<string> {
  const named = textOption(input, 'project');
  if (named !== undefined) return named;
  const around = await repositoryAround(io.cwd);
  return projectName(around.kind === 'found' ? around.root : io.cwd);
}
