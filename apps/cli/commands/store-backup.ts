/** `writ store backup`: both journals as they stand at one moment, while Writ goes on, with the keys of the installation; proved before it is called a backup. */

import { cpSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { BackedUp } from '@writ/journal';
import { backUp } from '@writ/journal';
import { placeOfPlane, storeOf } from '@writ/server';
import { exitCodes, failed, usage } from '../exit.ts';
import { backupFormat, installationFiles, manifestName } from '../place/backup.ts';
import type { BackupManifest } from '../place/backup.ts';
import { asFailure, journalPlanes } from '../place/store-choice.ts';
import { flagOption } from '../program/command.ts';
import type { CommandRun } from '../program/command.ts';
import { count } from '../render/block.ts';
import { safeText } from '../render/safe-text.ts';
import { refuseInside } from '../program/refuse-inside.ts';

export const run: CommandRun = async (context, input) => {
  refuseInside(context, 'take out what governs it');
  const [named] = input.words;
  if (named === undefined) throw usage('it is not said where to', 'such as `writ store backup ./backup`');
  const folder = resolve(context.io.cwd, named);
  const { home } = context;
  if (existsSync(folder) && readdirSync(folder).length > 0)
    throw failed(`the folder \`${folder}\` is not empty`, 'give one that is, or a new one');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const store = storeOf(home.root);
  const places = journalPlanes.map((plane) => ({ plane, place: placeOfPlane(home.root, plane, store) }));
  const withKeys = !flagOption(input, 'withoutKeys');
  try {
    const journals = await backUp(places, (plane) => join(folder, `${plane}.db`)).catch(asFailure);
    if (withKeys)
      for (const name of installationFiles)
        if (existsSync(join(home.root, name)))
          cpSync(join(home.root, name), join(folder, 'files', name), { recursive: true, preserveTimestamps: true });
    const manifest: BackupManifest = {
      format: backupFormat,
      at: new Date().toISOString(),
      journals: { control: extentOf(journals['control']), runtime: extentOf(journals['runtime']) },
    };
    // Last: a folder without it is no backup.
    writeFileSync(join(folder, manifestName), `${JSON.stringify(manifest, null, 2)}\n`, { mode: 0o600, flush: true });
    const style = context.style();
    for (const [plane, { report }] of Object.entries(journals))
      context.say(
        `${style.tone('good', style.mark('done'))} ${plane}: ${count(report.events, 'event')} in ${count(report.streams, 'stream')} backed up and verified`,
      );
    context.answer({ folder, ...manifest });
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
  const holds = withKeys ? 'It holds keys and the owner’s token: who reads it can approve. ' : '';
  context.say('', `The backup is in ${safeText(folder)}. ${holds}\`writ store restore\` puts it back.`);
  return exitCodes.done;
};

const extentOf = (backedUp: BackedUp | undefined): BackupManifest['journals']['control'] => ({
  events: backedUp?.report.events ?? 0,
  head: backedUp?.report.head ?? 0,
  incarnation: backedUp?.incarnation ?? 1,
});
