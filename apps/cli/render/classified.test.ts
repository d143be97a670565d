import { expect, it } from 'vitest';
import { renderClassified } from './classified.ts';
import { plain } from './example-wire.ts';

const presets = [
  { preset: 'worktree', says: 'never' },
  { preset: 'pr', says: 'asks' },
] as const;

it('shows each part of the command with what it does and what each preset says', () => {
  const one = { part: 'git push -f origin x', action: 'git.force_push', resource: 'git://p/refs/heads/x', rule: 'git' };
  expect(
    renderClassified(
      [
        { ...one, class: 'irreversible_action', asking: 'each_time', presets },
        {
          ...one,
          part: 'ls',
          action: 'file.read',
          resource: 'workspace://p/\u001b[2J',
          class: 'consequential_read',
          asking: 'first_time',
          presets,
        },
      ],
      plain,
    ),
  ).toEqual([
    'git push -f origin x',
    '  git.force_push  git://p/refs/heads/x',
    '                  irreversible action, asked each time  worktree never  pr asks',
    '',
    'ls',
    '  file.read       workspace://p/␛[2J',
    '                  consequential read, asked the first time  worktree never  pr asks',
  ]);
});

it('says so where a command touches nothing', () => {
  expect(renderClassified([], plain)).toEqual(['it touches nothing: no file, no network, no other program']);
});
