/** What `writ suggest` says: what could be added, how often it was missed, and what is left alone and why. */

import { count } from './block.ts';
import { safeText } from './safe-text.ts';
import type { Style } from './style.ts';
import { padTo, wrap } from './width.ts';

export type SuggestionsWire = {
  readonly mandate: string;
  readonly suggestions: readonly {
    readonly words: string;
    readonly times: number;
    readonly examples: readonly string[];
  }[];
  readonly left_alone: readonly {
    readonly action: string;
    readonly resource: string;
    readonly times: number;
    readonly why: string;
  }[];
};

const shownExamples = 3;

/** The page, uncoloured agent text made safe. */
export function renderSuggestions(
  found: SuggestionsWire,
  style: Style,
  to: 'file' | 'preset' = 'file',
): readonly string[] {
  const { mandate, suggestions, left_alone: leftAlone } = found;
  const missed = suggestions.reduce((sum, { times }) => sum + times, 0);
  if (suggestions.length === 0 && leftAlone.length === 0) return ['nothing was refused: there is nothing to add'];
  const title =
    suggestions.length === 0
      ? `Nothing to add to ${safeText(mandate)}`
      : `What would have permitted ${count(missed, 'refusal')} under ${safeText(mandate)}`;
  return [
    style.bold(title),
    ...suggestions.flatMap(({ words, times, examples }, index) => [
      `  ${padTo(String(index + 1), 3)}${padTo(`${String(times)}×`, 6)}${safeText(words)}`,
      ...wrap(exampleWords(examples), style.columns - 14).map((line) => style.dim(`           ${line}`)),
    ]),
    ...(suggestions.length === 0
      ? []
      : [
          '',
          style.dim(
            to === 'file'
              ? `  writ suggest ${safeText(mandate)} --accept 1 --to wider.json   puts a line into a file to approve`
              : '  --accept 1   makes a line one of the preset in this repository',
          ),
        ]),
    ...(leftAlone.length === 0 ? [] : ['', style.bold('Left alone')]),
    ...leftAlone.map(
      ({ action, resource, times, why }) =>
        `     ${padTo(`${String(times)}×`, 6)}${safeText(action)} on ${safeText(resource)}: ${safeText(why)}`,
    ),
  ];
}

const exampleWords = (examples: readonly string[]): string =>
  [
    ...examples.slice(0, shownExamples).map(safeText),
    ...(examples.length > shownExamples ? [`and ${String(examples.length - shownExamples)} more`] : []),
  ].join(', ');
