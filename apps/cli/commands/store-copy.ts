/** `writ store copy`: takes both journals to another store, proves the copies, and only then uses them. The old ones stay, readable, and take nothing more. */

import type { StoreCopy } from '@writ/journal';
import { copyStore } from '@writ/journal';
import type { Store } from '@writ/server';
import { chooseStore, placeOfPlane, storeOf } from '@writ/server';
import { exitCodes, usage } from '../exit.ts';
import type { Home } from '../place/home.ts';
import { asFailure, journalPlanes, showStore, storeNamed } from '../place/store-choice.ts';
import { textOption } from '../program/command.ts';
import type { CommandRun } from '../program/command.ts';
import { count } from '../render/block.ts';
import { refuseWhileRunning } from '../supervisor/refuse-while-running.ts';
import { refuseInside } from '../program/refuse-inside.ts';

export const run: CommandRun = async (context, input) => {
  refuseInside(context, 'move what governs it');
  const words = textOption(input, 'to');
  if (words === undefined) throw usage('it is not said where to', 'such as `writ store copy --to postgres://…`');
  const { home } = context;
  const [from, to] = [storeOf(home.root), storeNamed(words)];
  if (from === to) throw usage(`the journals are in ${showStore(to)} already`, null);
  refuseWhileRunning(home);
  const style = context.style();
  await using stack = new AsyncDisposableStack();
  const copies: { plane: string; copy: StoreCopy }[] = [];
  for (const plane of journalPlanes) {
    const copy = stack.use(await copyPlane(home, plane, from, to));
    copies.push({ plane, copy });
    const size = `${count(copy.copied.events, 'event')} in ${count(copy.copied.streams, 'stream')}`;
    context.say(
      `${style.tone('good', style.mark('done'))} ${plane}: ${size} copied and verified, digest ${copy.copied.digest}`,
    );
  }
  for (const { copy } of copies) await copy.finish().catch(asFailure);
  chooseStore(home.root, to);
  context.answer({ copied: Object.fromEntries(copies.map(({ plane, copy }) => [plane, copy.copied])) });
  context.say(
    '',
    `The journals are in ${showStore(to)} now; ${style.bold('writ up')} uses them. The old ones can be read and verified.`,
  );
  return exitCodes.done;
};

async function copyPlane(
  home: Home,
  plane: (typeof journalPlanes)[number],
  from: Store,
  to: Store,
): Promise<StoreCopy> {
  const places = [placeOfPlane(home.root, plane, from), placeOfPlane(home.root, plane, to)] as const;
  try {
    return await copyStore(...places);
  } catch (error) {
    return asFailure(error);
  }
}
