/** What `writ init` and `writ off` say. Pure. */

import type { PutBack } from '../adopt/touched-files.ts';
import type { RepositoryFacts } from '../adopt/repository-facts.ts';
import type { PlannedFile } from '../adopt/planned-file.ts';
import type { Fitting } from '../look/fitting-preset.ts';
import { count, facts as labelled } from './block.ts';
import { safeText } from './safe-text.ts';
import type { Style } from './style.ts';
import { wrap } from './width.ts';

const listed = (items: readonly string[]): string => items.map(safeText).join(', ');

/** What was found here, and what fits it. */
export function renderFacts(project: string, found: RepositoryFacts, fits: Fitting, style: Style): readonly string[] {
  const remotes = found.remotes.map(({ name, host }) => `${name} (${host})`);
  return [
    style.bold(`Found in ${safeText(project)}`),
    ...labelled(
      [
        ['tests', found.tests.length === 0 ? 'none that are known' : listed(found.tests)],
        ['protected', found.protectedBranches.length === 0 ? 'no branch by its name' : listed(found.protectedBranches)],
        ['remotes', remotes.length === 0 ? 'none' : listed(remotes)],
        ['told', found.conventions.length === 0 ? 'nothing yet' : listed(found.conventions)],
        ['fits', `${fits.preset}: ${fits.why}`],
      ],
      style,
    ),
    '',
  ];
}

/** Each file that would be written, as a change. */
export function renderFiles(files: readonly PlannedFile[], style: Style): readonly string[] {
  if (files.length === 0) return ['No file of the repository is changed.', ''];
  return [
    style.bold(
      `Your answer also writes ${count(files.length, 'file')} of the repository; \`writ off\` puts ${files.length === 1 ? 'it' : 'them'} back`,
    ),
    ...renderChanges(files, style),
    '',
  ];
}

/** Each file with its change. */
export function renderChanges(files: readonly PlannedFile[], style: Style): readonly string[] {
  return files.flatMap(({ path, change }) => [
    `  ${safeText(path)}`,
    // Wrapped, never cut: what is written is what was seen.
    ...change.flatMap((line) => {
      const tone = line.startsWith('+') ? 'good' : line.startsWith('-') ? 'bad' : 'quiet';
      const [first = '', ...rest] = wrap(safeText(line), style.columns - 6);
      return [`    ${first}`, ...rest.map((more) => `      ${more}`)].map((text) => style.tone(tone, text));
    }),
  ]);
}

/** What was done. */
export function renderSetUp(
  preset: string,
  files: readonly PlannedFile[],
  guard: boolean,
  style: Style,
): readonly string[] {
  return [
    `${style.tone('good', style.mark('done'))} preset ${style.bold(preset)} here${files.length === 0 ? '' : `, and ${listed(files.map(({ path }) => path))}`}`,
    ...(guard
      ? wrap(
          'The hook guards sessions that are started without Writ: it refuses what the preset refuses, by the harness’s own word, which a flag can bypass. It records nothing. Where there is no `writ`, it says nothing. It is for Claude Code, and for Gemini CLI where the repository has a `.gemini`. Codex runs no hook of a repository before its person trusted it, and says nothing of that; opencode would run code from the repository: start those with `writ codex` and `writ opencode`.',
          style.columns - 2,
        ).map((line) => style.dim(`  ${line}`))
      : []),
    style.dim('  writ claude starts Claude Code under it; writ off takes all of it out again'),
  ];
}

const words = {
  restored: 'as it was before',
  removed: 'removed: it was not there before',
  already: 'is as it was',
  taken_out: 'was edited since: what is Writ’s was taken out, your edits stay',
  left: 'left as it is',
} as const;

/** What became of each file. */
export function renderPutBack(files: readonly PutBack[], style: Style): readonly string[] {
  return [
    ...(files.length === 0
      ? ['no file here was changed by `writ init`; the preset that was chosen, if any, is forgotten']
      : []),
    ...renderEachPutBack(files, style),
    style.dim('  `writ down` stops Writ on this machine; what was approved and done stays on record'),
  ];
}

/** What became of each file, a line or two each. */
export const renderEachPutBack = (files: readonly PutBack[], style: Style): readonly string[] =>
  files.flatMap((file) => [
    `${file.how === 'left' ? style.tone('held', style.mark('ask')) : style.tone('good', style.mark('done'))} ${safeText(file.path)}  ${style.dim(words[file.how])}`,
    ...(file.how === 'left' ? [style.dim(`  ${file.why}; look for \`writ\` in it`)] : []),
  ]);
