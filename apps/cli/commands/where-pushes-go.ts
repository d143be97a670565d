/**
 * Where the pushes of a mission go: shown before it is approved, and said to control with the approval, so that nobody who starts its runs can
 * send them elsewhere.
 *
 * It refuses to change what a person said before with nobody there to see the difference.
 */

import { controlApi } from '@writ/protocol';
import type { CompiledWire } from '../connect/wire.ts';
import { failed } from '../exit.ts';
import { remotesIn } from '../place/remotes.ts';
import type { Context } from '../program/context.ts';
import { bullet, section } from '../render/block.ts';
import { safeText } from '../render/safe-text.ts';

export type Naming = { readonly name: string; readonly url: string };

/** What is to be said to control once the mission is approved. Shows where pushes go; ends the command where that changed and nobody is asked. */
export async function whereItPushes(
  context: Context,
  plan: CompiledWire,
  repository: string,
  yes: boolean,
): Promise<readonly Naming[]> {
  if (!plan.authorization_details.some(({ resource }) => resource.startsWith('git://'))) return [];
  const remotes = (await remotesIn(repository)).filter(({ name }) => plan.remote === null || plan.remote === name);
  const control = await context.planes.control();
  const known = await control.attempt(controlApi.listSinks, { params: { id: plan.project } });
  const urls = new Map((known.ok ? known.value.items : []).map(({ name, url }) => [name, url]));
  const style = context.style();
  const lines = remotes.flatMap(({ name, address }) => {
    if (!address.ok) return bullet(`${safeText(name)}: ${safeText(address.why)}`, style, style.mark('ask'));
    const before = urls.get(name);
    const moved = before !== undefined && before !== address.url;
    const text = `${safeText(name)} is ${safeText(address.url)}${moved ? `, and was ${safeText(before)} until now` : ''}`;
    return moved ? bullet(text, style, style.tone('held', style.mark('ask'))) : bullet(text, style);
  });
  context.say(...section('Pushes go to', lines, style));
  const namings = remotes.flatMap(({ name, address }) => (address.ok ? [{ name, url: address.url }] : []));
  const moved = namings.find(({ name, url }) => urls.has(name) && urls.get(name) !== url);
  if (moved !== undefined && yes)
    throw failed(
      `\`${moved.name}\` of this repository is somewhere else than a person said before`,
      `say so with \`writ remote add ${moved.name}\`, or run it without --yes`,
    );
  return namings.filter(({ name, url }) => urls.get(name) !== url);
}

/** Says it to control. */
export async function nameRemotes(context: Context, project: string, namings: readonly Naming[]): Promise<void> {
  const control = await context.planes.control();
  for (const { name, url } of namings)
    await control.call(controlApi.nameSink, { params: { id: project, name }, body: { url, kind: 'observable' } });
}
