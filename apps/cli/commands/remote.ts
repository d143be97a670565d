/** `writ remote`: where the pushes of a project go, by names a person gives. Nobody who starts a run can choose another place. */

import { reachableUrl, withoutUserinfo } from '@writ/enforce';
import { controlApi, projectName } from '@writ/protocol';
import { exitCodes, failed, usage } from '../exit.ts';
import { remotesIn } from '../place/remotes.ts';
import { repositoryAround } from '../place/repository.ts';
import { textOption } from '../program/command.ts';
import type { CommandRun, Input } from '../program/command.ts';
import type { Context } from '../program/context.ts';
import { safeText } from '../render/safe-text.ts';
import { table } from '../render/width.ts';

type Kind = 'fenced' | 'observable' | 'blind';

export const runList: CommandRun = async (context, input) => {
  const { project } = await placeOf(context, input);
  const control = await context.planes.control();
  const found = await control.call(controlApi.listSinks, { params: { id: project } });
  context.answer(found);
  const style = context.style();
  if (found.items.length === 0)
    context.say(`nobody has said where pushes of ${safeText(project)} go; \`writ run\` and \`writ remote add\` do`);
  context.say(
    ...table(
      found.items.map(({ name, url, kind, named_by: by }) => [
        safeText(name),
        safeText(url),
        kind,
        style.dim(`named by ${safeText(by)}`),
      ]),
    ),
  );
  return exitCodes.done;
};

export const runAdd: CommandRun = async (context, input) => {
  const [name = '', given] = input.words;
  const { project, repository } = await placeOf(context, input);
  const url = given === undefined ? await urlIn(repository, name) : addressFrom(given, repository ?? context.io.cwd);
  // The choices are checked before the command runs.
  const kind = (textOption(input, 'kind') ?? 'observable') as Kind;
  const control = await context.planes.control();
  await control.call(controlApi.createProject, { body: { id: project, title: '' } });
  const named = await control.call(controlApi.nameSink, { params: { id: project, name }, body: { url, kind } });
  context.answer(named);
  const style = context.style();
  context.say(
    `${style.tone('good', style.mark('done'))} pushes of ${safeText(project)} to ${safeText(name)} go to ${safeText(named.url)}`,
  );
  return exitCodes.done;
};

export const runRemove: CommandRun = async (context, input) => {
  const [name = ''] = input.words;
  const { project } = await placeOf(context, input);
  const control = await context.planes.control();
  const gone = await control.call(controlApi.forgetSink, { params: { id: project, name } });
  context.answer(gone);
  const style = context.style();
  context.say(
    `${style.tone('good', style.mark('done'))} nothing of ${safeText(project)} goes to ${safeText(name)} any more`,
  );
  return exitCodes.done;
};

/** The project named, or the one of the repository around. */
async function placeOf(
  { io }: Context,
  input: Input,
): Promise<{ readonly project: string; readonly repository: string | null }> {
  const around = await repositoryAround(io.cwd);
  const repository = around.kind === 'found' ? around.root : null;
  const project = textOption(input, 'project') ?? (repository === null ? undefined : projectName(repository));
  if (project === undefined)
    throw usage('it is not said which project', 'give `--project NAME`, or go to its repository');
  return { project, repository };
}

async function urlIn(repository: string | null, name: string): Promise<string> {
  const found = repository === null ? undefined : (await remotesIn(repository)).find((remote) => remote.name === name);
  if (found === undefined)
    throw usage(
      `there is no remote \`${name}\` in the repository here`,
      `give its address: \`writ remote add ${name} URL\``,
    );
  if (!found.address.ok) throw failed(found.address.why, null);
  return found.address.url;
}

function addressFrom(typed: string, base: string): string {
  if (withoutUserinfo(typed) !== typed)
    throw usage(
      'the address holds a user name or password',
      'leave them out, and keep them in a credential helper of Git',
    );
  const address = reachableUrl(typed, base);
  if (!address.ok) throw usage(address.why, null);
  return address.url;
}
