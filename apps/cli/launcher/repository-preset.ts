/**
 * A preset as it is in one repository: as it comes, and the lines that its person accepted from `writ suggest`. Kept outside the repository.
 *
 * INVARIANT: an accepted line is one more line of the words a start is approved by, so that whoever starts an agent is shown it, and asked anew once it came.
 */

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AuthoritySet, ExpandedPreset, PresetBlanks, PresetName } from '@writ/authority';
import { compileAuthoritySet, expandPreset, renderAuthority } from '@writ/authority';
import { changeFile } from '@writ/enforce/probe';
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

/** Accepts `lines` beside those that were. */
export function accept(place: Place, preset: PresetName, lines: AuthoritySetWire): void {
  changeFile(fileOf(place, preset), () => `${JSON.stringify([...acceptedHere(place, preset), ...lines], null, 2)}\n`);
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
