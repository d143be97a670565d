/** All of a list of control's, however many pages it has; a page that fails ends the command. */

import { everyPage } from '@writ/enforce/client';
import { CommandEnd } from '../exit.ts';

/** Every item, newest first. `read`: asks for one page. */
export async function allOf<T>(read: Parameters<typeof everyPage<T>>[0]): Promise<readonly T[]> {
  const all = await everyPage(read);
  if (!all.ok) throw new CommandEnd(all.problem);
  return all.value;
}
