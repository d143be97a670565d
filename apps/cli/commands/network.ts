/**
 * `writ network`: what is open through the egress gate of this machine, and the addresses a person lets it reach although they are not public.
 *
 * It grants nothing: what a run reaches is what its mandate names, and of that what may be connected to.
 */

import { readFileSync } from 'node:fs';
import { allowancesFile, changeFile, readAllowance } from '@writ/enforce';
import { enforcerApi } from '@writ/protocol';
import { exitCodes, usage } from '../exit.ts';
import type { CommandRun } from '../program/command.ts';
import type { Context } from '../program/context.ts';
import { safeText } from '../render/safe-text.ts';
import { table } from '../render/width.ts';
import { refuseInside } from '../program/refuse-inside.ts';

export const runList: CommandRun = async (context) => {
  const enforcer = await context.planes.enforcer();
  const { items } = await enforcer.call(enforcerApi.connections);
  const addresses = allowedIn(context);
  context.answer({ items, addresses });
  const style = context.style();
  if (items.length === 0) context.say('nothing is open through the gate');
  context.say(
    ...table(
      items.map((one) => [
        safeText(one.destination),
        `${String(one.open)} open`,
        style.dim(`${String(one.sent_bytes)} bytes sent, ${String(one.received_bytes)} received`),
        style.dim(`${one.run} under ${one.mandate}`),
      ]),
    ),
    ...(addresses.length === 0 ? [] : ['', `also reached where a mandate names them: ${addresses.join(', ')}`]),
  );
  return exitCodes.done;
};

export const runAllow: CommandRun = async (context, input) => {
  const [address = ''] = input.words;
  const read = readAllowance(address);
  if (!read.ok) throw usage(read.why, null);
  return change(context, (before) => [...new Set([...before, address])], `${address} may be reached`);
};

export const runForget: CommandRun = async (context, input) => {
  const [address = ''] = input.words;
  const without = (before: readonly string[]): readonly string[] => {
    if (!before.includes(address)) throw usage(`\`${address}\` is not allowed`, '`writ network list` shows what is');
    return before.filter((one) => one !== address);
  };
  return change(context, without, `${address} is reached no more`);
};

async function change(
  context: Context,
  how: (before: readonly string[]) => readonly string[],
  said: string,
): Promise<number> {
  refuseInside(context, 'say which addresses may be reached');
  let addresses: readonly string[] = [];
  changeFile(allowancesFile(context.home.root), () => {
    addresses = how(allowedIn(context));
    return `${JSON.stringify({ addresses }, null, 2)}\n`;
  });
  context.answer({ addresses });
  const style = context.style();
  context.say(`${style.tone('good', style.mark('done'))} ${said}`);
  return Promise.resolve(exitCodes.done);
}

/** What is allowed now; a file that cannot be read allows nothing, as it does for the gate. */
function allowedIn({ home }: Context): readonly string[] {
  try {
    const read: unknown = JSON.parse(readFileSync(allowancesFile(home.root), 'utf8'));
    const list: unknown = typeof read === 'object' && read !== null ? Reflect.get(read, 'addresses') : null;
    return Array.isArray(list) ? list.filter((one) => typeof one === 'string') : [];
  } catch {
    return []; // nobody has allowed anything yet
  }
}
