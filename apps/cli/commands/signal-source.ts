/** `writ signal sources` and `writ signal source add|remove`: who may report facts that mandates depend on. */

import { controlApi, sourceAskWire } from '@writ/protocol';
import type { z } from 'zod';
import { exitCodes, usage } from '../exit.ts';
import { readNamedJson } from '../place/named-file.ts';
import { listOption, textOption } from '../program/command.ts';
import type { CommandRun, Input } from '../program/command.ts';
import type { Context } from '../program/context.ts';
import { safeText } from '../render/safe-text.ts';
import { relative } from '../render/when.ts';
import { table } from '../render/width.ts';

type SourceAsk = z.input<typeof sourceAskWire>;

export const runSources: CommandRun = async (context) => {
  const control = await context.planes.control();
  const sources = await control.call(controlApi.listSources);
  context.answer(sources);
  const style = context.style();
  if (sources.items.length === 0) context.say('nobody was added: people report, on whatever they like');
  context.say(
    ...table(
      sources.items.map(({ id, kind, subjects, last }) => [
        style.bold(safeText(id)),
        kind,
        safeText(subjects.join(' ')),
        style.dim(
          last === null
            ? ''
            : safeText(
                `${relative(last.at, style.now)}: ${last.type} ${last.outcome}${last.note === '' ? '' : `, ${last.note}`}`,
              ),
        ),
      ]),
    ),
  );
  return exitCodes.done;
};

export const runAddSource: CommandRun = async (context, input) => {
  const ask = await sourceAsked(context, input);
  const control = await context.planes.control();
  const added = await control.call(controlApi.addSource, { body: ask });
  context.answer(added);
  const style = context.style();
  const { source, credential } = added;
  context.say(
    `${style.tone('good', style.mark('done'))} ${safeText(source.id)} speaks for ${safeText(source.subjects.join(', '))}`,
  );
  if (source.path !== null) context.say(`  it pushes to ${source.path}`);
  if (credential !== null)
    context.say(
      `  ${source.kind === 'github' ? 'the secret of its webhook' : 'its token'}, shown this once: ${style.bold(credential)}`,
    );
  return exitCodes.done;
};

export const runRemoveSource: CommandRun = async (context, input) => {
  const control = await context.planes.control();
  const removed = await control.call(controlApi.removeSource, { params: { id: input.words[0] ?? '' } });
  context.answer(removed);
  const style = context.style();
  context.say(`${style.tone('good', style.mark('done'))} ${safeText(removed.id)} is heard no more; what it said stays`);
  return exitCodes.done;
};

/** What the options ask for; ends the command, naming what is missing. */
async function sourceAsked(context: Context, input: Input): Promise<SourceAsk> {
  const [id = ''] = input.words;
  const subjects = [...listOption(input, 'subject')];
  const kind = textOption(input, 'kind');
  if (kind === undefined) throw usage('it is not said how it reports', 'give `--kind api`, `cli`, `github` or `ssf`');
  if (subjects.length === 0)
    throw usage('it is not said what it speaks for', 'such as `--subject branch:` or `--subject ci:app/`');
  const ask = {
    id,
    kind,
    subjects,
    ...(kind === 'github' && { names: namesIn(input) }),
    ...(kind === 'ssf' && (await transmitterIn(context, input))),
  };
  const parsed = sourceAskWire.safeParse(ask);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw usage(`${issue?.path.join('.') ?? ''}: ${issue?.message.toLowerCase() ?? ''}`, '`writ help signal source add`');
}

/** `OWNER/REPO=NAME` by repository. */
function namesIn(input: Input): Readonly<Record<string, string>> {
  const names = new Map<string, string>();
  for (const text of listOption(input, 'repository')) {
    const [, repository, name] = /^([^/=]+\/[^/=]+)=(.+)$/.exec(text) ?? [];
    if (repository === undefined || name === undefined)
      throw usage(`\`${text}\` names no repository`, 'such as `--repository acme/app=app`');
    names.set(repository, name);
  }
  return Object.fromEntries(names);
}

async function transmitterIn(context: Context, input: Input) {
  const [issuer, audience] = [textOption(input, 'issuer'), textOption(input, 'audience')];
  const [file, url] = [textOption(input, 'jwks'), textOption(input, 'jwksUrl')];
  if (issuer === undefined || audience === undefined)
    throw usage('a transmitter needs `--issuer` and `--audience`', 'they are in its stream configuration');
  if ((file === undefined) === (url === undefined))
    throw usage('it is not said where its keys are', 'give one of `--jwks FILE` and `--jwks-url URL`');
  const keys =
    file === undefined
      ? { url, addresses: [...listOption(input, 'allowAddress')] }
      : {
          jwks: await readNamedJson(context.io, file, 'name a JSON Web Key Set, or give its address with `--jwks-url`'),
        };
  return { issuer, audience, keys };
}
