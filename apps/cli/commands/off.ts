/** `writ off`: takes out of this repository what `writ init` put in, byte for byte, and forgets what was chosen. It needs no Writ running, and stops none. */

import { putBack } from '../adopt/touched-files.ts';
import { exitCodes } from '../exit.ts';
import { forgetPreset } from '../launcher/preset-choice.ts';
import { repositoryAround } from '../place/repository.ts';
import type { CommandRun } from '../program/command.ts';
import { renderPutBack } from '../render/adopted.ts';
import { refuseInside } from '../program/refuse-inside.ts';

export const run: CommandRun = async (context) => {
  refuseInside(context, 'take Writ out of a repository');
  const around = await repositoryAround(context.io.cwd);
  const root = around.kind === 'found' ? around.root : context.io.cwd;
  const files = await putBack(context.home.root, root);
  await forgetPreset(context.home.root, root);
  context.answer({ root, files });
  context.say(...renderPutBack(files, context.style()));
  return files.some(({ how }) => how === 'left') ? exitCodes.failed : exitCodes.done;
};
