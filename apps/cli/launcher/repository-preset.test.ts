// The preset of a repository (design, "Adoption": `writ suggest` as a diff of the preset, accepted line by line).

import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expandPreset, permits } from '@writ/authority';
import { expect, it } from 'vitest';
import { accept, acceptedHere, presetHere } from './repository-preset.ts';

const docs = {
  type: 'mission_resource_access' as const,
  resource: 'git://app/refs/heads/docs',
  resource_match: 'prefix' as const,
  actions: ['git.push'],
  constraints: {},
};

it('holds what was accepted here, in this preset, in its authority and its words; elsewhere it is as it comes', () => {
  const home = mkdtempSync(join(tmpdir(), 'writ-preset-'));
  const place = { home, root: '/repo', project: 'app' };
  const plain = expandPreset('worktree', { project: 'app' });
  expect(presetHere('worktree', place)).toEqual(plain);
  accept(place, 'worktree', [docs]);
  expect(acceptedHere(place, 'worktree')).toMatchObject([docs]);
  const here = presetHere('worktree', place);
  const push = { action: 'git.push', resource: 'git://app/refs/heads/docs/x', parameters: {} };
  expect(permits(here.authority, push, 0).permitted).toBe(true);
  expect(permits(here.authority, { ...push, resource: 'git://app/refs/heads/main' }, 0).permitted).toBe(false);
  // What a person approves by starting says so, before what never happens.
  expect(here.words.at(-2)).toBe('may push to branches `docs` and `docs/*` of `app`, as you accepted here');
  expect(here.words.at(-1)).toBe(plain.words.at(-1));
  expect(presetHere('pr', place)).toEqual(expandPreset('pr', { project: 'app' }));
  expect(presetHere('worktree', { ...place, root: '/other' })).toEqual(plain);
});
