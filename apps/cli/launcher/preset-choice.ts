/**
 * Which preset an attended session runs under: asked once per repository, remembered outside it.
 *
 * A remembered choice holds for one version of the preset: when its words change, the person is asked again, because what they
 * approved was the words.
 */

import { createHash } from 'node:crypto';
import { access, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

export const offeredPresets = ['read-only', 'worktree', 'pr'] as const;
export type OfferedPreset = (typeof offeredPresets)[number];
/** What a start can name: those that are offered, and one that only watches. */
export const startPresets = ['watch', ...offeredPresets] as const;
export type StartPreset = (typeof startPresets)[number];

export const isOffered = (name: string): name is OfferedPreset => offeredPresets.some((offered) => offered === name);
export const isStart = (name: string): name is StartPreset => startPresets.some((one) => one === name);

type Remembered = { readonly preset: string; readonly wordsDigest: string; readonly chosenAt: string };

const fileOf = (home: string, repository: string): string =>
  join(home, 'launcher', `${createHash('sha256').update(repository).digest('base64url').slice(0, 22)}.json`);

export const digestOfWords = (words: readonly string[]): string =>
  createHash('sha256').update(JSON.stringify(words)).digest('base64url');

/** The preset chosen for `repository` before, if its words are still the ones the person saw. */
export async function rememberedPreset(
  home: string,
  repository: string,
  wordsOf: (preset: OfferedPreset) => readonly string[],
): Promise<OfferedPreset | undefined> {
  let remembered: Partial<Remembered>;
  try {
    // Our own file; a field that is missing or wrong only means asking again.
    remembered = JSON.parse(await readFile(fileOf(home, repository), 'utf8')) as Partial<Remembered>;
  } catch {
    return undefined; // nothing remembered, or unreadable: the person is asked
  }
  const preset = remembered.preset ?? '';
  return isOffered(preset) && remembered.wordsDigest === digestOfWords(wordsOf(preset)) ? preset : undefined;
}

/** When a person chose for `repository` last, in milliseconds since the epoch; null where nobody did. */
export async function chosenAt(home: string, repository: string): Promise<number | null> {
  try {
    // Our own file, as above.
    const { chosenAt: at } = JSON.parse(await readFile(fileOf(home, repository), 'utf8')) as Partial<Remembered>;
    const when = Date.parse(at ?? '');
    return Number.isNaN(when) ? null : when;
  } catch {
    return null; // nothing remembered
  }
}

/** Remembers a choice for the next start in the same repository. */
export async function rememberPreset(
  home: string,
  repository: string,
  preset: OfferedPreset,
  words: readonly string[],
  at: string,
): Promise<void> {
  const file = fileOf(home, repository);
  await mkdir(join(home, 'launcher'), { recursive: true, mode: 0o700 });
  const remembered: Remembered = { preset, wordsDigest: digestOfWords(words), chosenAt: at };
  await writeFile(file, `${JSON.stringify(remembered, null, 2)}\n`, { mode: 0o600 });
}

/** Whether a preset was chosen for `repository`, whatever its words are now. */
export const hasChosen = (home: string, repository: string): Promise<boolean> =>
  access(fileOf(home, repository)).then(
    () => true,
    () => false,
  );

/** Forgets the choice: the next start asks. */
export const forgetPreset = (home: string, repository: string): Promise<void> =>
  rm(fileOf(home, repository), { force: true });
