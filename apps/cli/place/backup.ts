/** What a backup of an installation is: a folder with a journal file for each plane, the installation's small files, and a manifest that is written last. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

export const manifestName = 'backup.json';
export const backupFormat = 'writ.backup.1';

const manifestWire = z.object({
  format: z.literal(backupFormat),
  at: z.string(),
  journals: z.record(
    z.enum(['control', 'runtime']),
    z.object({ events: z.int(), head: z.int(), incarnation: z.int().positive() }),
  ),
});

export type BackupManifest = z.output<typeof manifestWire>;

/** The manifest of the backup in `folder`; a sentence where there is none that can be read. */
export function readBackup(folder: string): BackupManifest | string {
  try {
    return manifestWire.parse(JSON.parse(readFileSync(join(folder, manifestName), 'utf8')));
  } catch {
    return `\`${folder}\` is no backup that this writ can read: it has no whole \`${manifestName}\``;
  }
}

/** Keys, tokens and secrets, under the home: without them what was signed and handed out before is not believed any more. */
export const installationFiles = [
  'control/evidence.key',
  'control/keys',
  'control/owner.token',
  'control/points',
  'control/sources',
  'control/visitor.token',
  'runtime/credentials',
  'runtime/evidence.key',
] as const;

/** The mark that tells control, when it starts next, that its journal was put back from a backup. */
export const restoredMark = (home: { readonly control: string }): string => join(home.control, 'restored.json');
