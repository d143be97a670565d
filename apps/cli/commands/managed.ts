/**
 * `writ managed install` and `writ managed remove`: hooks in the managed settings of a machine's harnesses. What was there is kept beside, in /etc/writ, and put back byte for byte.
 *
 * It writes nothing before everything that it would write was shown, and all of it or nothing.
 */

import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { PlannedFile } from '../adopt/planned-file.ts';
import { showChange } from '../adopt/show-change.ts';
import { putBack, touch } from '../adopt/touched-files.ts';
import { exitCodes, failed, usage } from '../exit.ts';
import { managedFiles } from '../guard/managed-files.ts';
import { isOffered } from '../launcher/preset-choice.ts';
import { canAsk, readKey } from '../place/keyboard.ts';
import type { CommandRun, Input } from '../program/command.ts';
import { flagOption, textOption } from '../program/command.ts';
import type { Context } from '../program/context.ts';
import { renderChanges, renderEachPutBack } from '../render/adopted.ts';
import { refuseInside } from '../program/refuse-inside.ts';

const rootOf = ({ io }: Context, input: Input): string => resolve(io.cwd, textOption(input, 'root') ?? '/');
/** Where what was there is kept: of the administrator, as the files are. */
const recordIn = (root: string): string => join(root, 'etc', 'writ');

export const runInstall: CommandRun = async (context, input) => {
  refuseInside(context, 'change what governs it');
  const preset = textOption(input, 'preset') ?? 'worktree';
  if (!isOffered(preset)) throw usage(`there is no preset \`${preset}\` to start with`, null);
  const root = rootOf(context, input);
  const files = (await Promise.all(managedFiles(preset, process.platform).map((file) => planned(root, file)))).filter(
    (file) => file !== null,
  );
  const style = context.style();
  if (files.length > 0) context.progress(style.bold(`In ${root}`), ...renderChanges(files, style), '');
  if (!flagOption(input, 'yes') && files.length > 0) {
    if (!canAsk(context.io) || context.json)
      throw usage('nobody is at the terminal to be asked', '`--yes` writes what is shown');
    if ((await readKey(context.io, `${style.bold('[y]')} write it  ${style.bold('[n]')} no `, ['y', 'n'])) !== 'y')
      return exitCodes.refused;
  }
  for (const file of files)
    await touch(recordIn(root), root, file).catch((error: unknown) => {
      const why = error instanceof Error ? error.message : String(error);
      throw failed(
        `\`${join(root, file.path)}\` cannot be written: ${why}`,
        'run it as root, or with another `--root`',
      );
    });
  context.answer({ root, preset, files: files.map(({ path, change }) => ({ path, change })) });
  context.say(
    `${style.tone('good', style.mark('done'))} preset ${style.bold(preset)} for everybody on this machine, where nobody chose another`,
    style.dim('  a call that no Writ of the account answers is blocked; writ managed remove takes it out again'),
  );
  return exitCodes.done;
};

/** Null for a file that is so already. */
async function planned(root: string, file: ReturnType<typeof managedFiles>[number]): Promise<PlannedFile | null> {
  const { path, kind, part, harness } = file;
  const before = await readFile(join(root, path), 'utf8').catch(() => '');
  const after = file.with(before);
  if (after === null)
    throw failed(
      `\`${join(root, path)}\` holds what hooks for ${harness} cannot be added to`,
      kind === 'part' ? `put this into it by hand:\n${part}` : 'mend it first',
    );
  return after === before ? null : { path, kind, part, after, change: await showChange(root, path, after) };
}

export const runRemove: CommandRun = async (context, input) => {
  refuseInside(context, 'change what governs it');
  const root = rootOf(context, input);
  const files = await putBack(recordIn(root), root);
  context.answer({ root, files });
  const style = context.style();
  context.say(...(files.length === 0 ? ['nothing was installed here'] : renderEachPutBack(files, style)));
  return files.some(({ how }) => how === 'left') ? exitCodes.failed : exitCodes.done;
};
