/**
 * `writ credential`: secrets that agents use without holding them. The secret is typed at the terminal or read from standard input; it is never an
 * argument, and never shown again.
 */

import { text } from 'node:stream/consumers';
import { enforcerApi, projectName } from '@writ/protocol';
import { CommandEnd, exitCodes, problem, usage } from '../exit.ts';
import { readPassphrase } from '../place/passphrase.ts';
import { repositoryAround } from '../place/repository.ts';
import { flagOption, textOption } from '../program/command.ts';
import type { CommandRun, Input } from '../program/command.ts';
import type { Context } from '../program/context.ts';
import { safeText } from '../render/safe-text.ts';
import { table } from '../render/width.ts';
import { refuseInside } from '../program/refuse-inside.ts';

export const runList: CommandRun = async (context, input) => {
  const only = textOption(input, 'project');
  const enforcer = await context.planes.enforcer();
  const { items } = await enforcer.call(enforcerApi.listCredentials);
  const shown = items.filter(({ project }) => only === undefined || project === only);
  context.answer({ items: shown });
  const style = context.style();
  if (shown.length === 0) context.say('agents are given none; `writ credential add` keeps one for them');
  context.say(
    ...table(
      shown.map((one) => [
        safeText(one.name),
        safeText(one.project),
        safeText(`${one.origin}${one.path}`),
        style.dim(safeText(one.env === null ? one.header : `${one.header}, as ${one.env} inside`)),
      ]),
    ),
  );
  return exitCodes.done;
};

export const runAdd: CommandRun = async (context, input) => {
  refuseInside(context, 'give agents a credential');
  const [name = ''] = input.words;
  const project = await projectOf(context, input);
  const where = textOption(input, 'for');
  const url = where === undefined ? null : URL.parse(where);
  if (url === null) throw usage('it is not said where it may go', 'give `--for https://HOST/`');
  const git = flagOption(input, 'git');
  const secret = flagOption(input, 'stdin') ? (await text(context.io.stdin)).trim() : await typed(name);
  const enforcer = await context.planes.enforcer();
  const added = await enforcer.call(enforcerApi.addCredential, {
    params: { project, name },
    body: {
      origin: url.origin,
      path: url.pathname,
      header: (textOption(input, 'header') ?? 'authorization').toLowerCase(),
      template: textOption(input, 'as') ?? (git ? 'basic:x-access-token' : 'Bearer {secret}'),
      env: textOption(input, 'env') ?? null,
      base_url_env: textOption(input, 'baseUrl') ?? null,
      git,
      secret,
    },
  });
  context.answer(added);
  const style = context.style();
  context.say(
    `${style.tone('good', style.mark('done'))} agents of ${safeText(project)} use ${safeText(name)} at ${safeText(`${added.origin}${added.path}`)}, where their mandate permits it`,
  );
  return exitCodes.done;
};

export const runRemove: CommandRun = async (context, input) => {
  refuseInside(context, 'take a credential away');
  const [name = ''] = input.words;
  const project = await projectOf(context, input);
  const enforcer = await context.planes.enforcer();
  const gone = await enforcer.call(enforcerApi.removeCredential, { params: { project, name } });
  context.answer(gone);
  const style = context.style();
  context.say(
    `${style.tone('good', style.mark('done'))} nothing of ${safeText(project)} uses ${safeText(name)} any more`,
  );
  return exitCodes.done;
};

async function typed(name: string): Promise<string> {
  const secret = await readPassphrase(`the secret of ${safeText(name)}, not shown: `);
  if (secret !== null && secret !== '') return secret.trim();
  throw new CommandEnd(problem('interrupted', 400, 'nothing was kept', null), exitCodes.interrupted);
}

async function projectOf({ io }: Context, input: Input): Promise<string> {
  const around = await repositoryAround(io.cwd);
  const project = textOption(input, 'project') ?? (around.kind === 'found' ? projectName(around.root) : undefined);
  if (project === undefined)
    throw usage('it is not said which project', 'give `--project NAME`, or go to its repository');
  return project;
}
