/**
 * A preset as it is in one repository: as it comes, and the lines that its person accepted from `writ suggest`. Kept outside the repository.
 *
 * INVARIANT: an accepted line is one more line of the words a start is approved by, so that whoever starts an agent is shown it, and asked anew once it came.
 */

import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { AuthoritySet, ExpandedPreset, PresetBlanks, PresetName } from '@writ/authority';
import { compileAuthoritySet, expandPreset, renderAuthority } from '@writ/authority';
import type { AuthoritySetWire } from '@writ/protocol';
import { authoritySetFromWire, authoritySetWire } from '@writ/protocol';

type Place = { readonly home: string; readonly root: string; readonly project: string };

const fileOf = ({ home, root }: Place, preset: PresetName): string =>
  join(home, 'launcher', `${createHash('sha256').update(root).digest('base64url').slice(0, 22)}.${preset}.json`);

/** The lines that were accepted for `preset` here. */
export function acceptedHere(place: Place, preset: PresetName): AuthoritySetWire {
  try {
    return authoritySetWire.parse(JSON.parse(readFileSync(fileOf(place, preset), 'utf8')));
  } catch {
    return []; // none were
  }
}

/** Keeps `lines` as what is accepted; none: the preset is as it comes. */
export function keepAccepted(place: Place, preset: PresetName, lines: AuthoritySetWire): void {
  const file = fileOf(place, preset);
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  writeFileSync(file, `${JSON.stringify(lines, null, 2)}\n`, { mode: 0o600 });
}

/** The preset, with `more` in its authority and its words. */
export function widened(preset: ExpandedPreset, more: AuthoritySet): ExpandedPreset {
  if (more.length === 0) return preset;
  const compiled = compileAuthoritySet([...preset.authority, ...more]);
  if (!compiled.ok) return preset;
  const [never = '', ...before] = preset.words.toReversed();
  const lines = renderAuthority(more).map((line) => `may ${line}, as you accepted here`);
  return { ...preset, authority: compiled.set.authority, words: [...before.toReversed(), ...lines, never] };
}

/** The preset as it is here. */
export const presetHere = (
  name: PresetName,
  place: Place,
  blanks: Omit<PresetBlanks, 'project'> = {},
): ExpandedPreset =>
  widened(expandPreset(name, { project: place.project, ...blanks }), authoritySetFromWire(acceptedHere(place, name)));
