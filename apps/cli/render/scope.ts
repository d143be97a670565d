/** What this machine really enforces, grouped by what it rests on. Pure. It claims nothing: the enforcer says what holds. */

import type { ScopeWire } from '../connect/wire.ts';
import { safeText } from './safe-text.ts';
import type { MarkName, Style, Tone } from './style.ts';
import { padTo, width, wrap } from './width.ts';

type Line = ScopeWire['lines'][number];

const strengths: Record<ScopeWire['strength'], string> = {
  contain: 'agents run inside a sandbox: what is not allowed cannot be done',
  guard: 'agents are asked and stopped at known doors: one that goes around them is not held',
  watch: 'agents are watched: nothing is held back before it happens',
};

const looks: Record<Line['holds'], readonly [Tone, MarkName, string]> = {
  enforced: ['good', 'done', 'held by a mechanism the agent cannot get around'],
  cooperative: ['held', 'ask', 'holds while the agent plays by the rules'],
  outside: ['quiet', 'idle', 'Writ does not stand between'],
};

export function renderScope(scope: ScopeWire, style: Style): string[] {
  const left = Math.min(46, Math.max(0, ...scope.lines.map(({ what }) => width(safeText(what)))));
  const groups = Map.groupBy(scope.lines, ({ holds, isolated_by }) => `${holds}\n${isolated_by}`);
  return [
    `${style.bold(scope.strength)}: ${strengths[scope.strength]}`,
    ...[...groups.values()].flatMap((lines) => {
      const [first] = lines;
      if (first === undefined) return [];
      const [tone, mark, meaning] = looks[first.holds];
      const rests = nothing(first.isolated_by) ? '' : `, by ${safeText(first.isolated_by)}`;
      return [
        '',
        style.bold(style.tone(tone, first.holds)),
        ...wrap(`${meaning}${rests}`, style.columns - 2).map((one) => `  ${style.dim(one)}`),
        ...lines.flatMap((line) => row(line, style.tone(tone, style.mark(mark)), left, style)),
      ];
    }),
  ];
}

const strengthOf = { unproven: ['held', 'ask'], guard: ['held', 'done'], contain: ['good', 'done'] } as const;

/** What the canary showed of each harness, and what cannot be guaranteed of it. */
export function renderHarnesses(scope: ScopeWire, style: Style): string[] {
  return [
    '',
    `${style.bold('harnesses')}${style.dim(': `writ doctor` tries them; a version it did not try is unproven')}`,
    ...scope.harnesses.flatMap(({ title, version, strength, shown_at, not_guaranteed: escapes }) => {
      const [tone, mark] = strengthOf[strength];
      const when = shown_at === null ? '' : `, shown ${shown_at.slice(0, 10)}`;
      return [
        `  ${style.tone(tone, style.mark(mark))} ${safeText(title)}${version === null ? '' : ` ${safeText(version)}`}: ${style.tone(tone, strength)}${when}`,
        ...escapes.flatMap(({ action_class, what }) =>
          wrap(
            `not guaranteed, ${action_class.replaceAll('_', ' ')}: ${safeText(what)}`,
            Math.max(24, style.columns - 6),
          ).map((one) => `      ${style.dim(one)}`),
        ),
      ];
    }),
    '',
    style.bold('hooks, and who gets around them'),
    ...scope.hook_levels.flatMap(({ level, unanswered, bypassed_by: by }) => [
      `  ${safeText(level)}: ${style.dim(`a call that nobody answers ${unanswered === 'blocked' ? 'is blocked' : unanswered}`)}`,
      ...wrap(`bypassed by ${safeText(by)}`, Math.max(24, style.columns - 6)).map((one) => `      ${style.dim(one)}`),
    ]),
  ];
}

const places = { run: 'in a run of a mission', attended: 'at a terminal' } as const;

/** The same by class of action. */
export function renderClasses(scope: ScopeWire, style: Style): string[] {
  return Object.entries(places).flatMap(([place, title]) => [
    style.bold(title),
    ...scope.classes
      .filter((line) => line.place === place)
      .flatMap((line) => {
        const [tone, mark] = looks[line.holds];
        const part = (word: string, text: string): string[] =>
          nothing(text)
            ? []
            : wrap(`${word} ${safeText(text)}`, Math.max(24, style.columns - 6)).map(
                (one) => `      ${style.dim(one)}`,
              );
        return [
          `  ${style.tone(tone, style.mark(mark))} ${safeText(line.action_class.replaceAll('_', ' '))}  ${style.tone(tone, line.holds)}`,
          ...part('mediated by', line.mediated_by),
          ...part('isolated by', line.isolated_by),
          ...part('outside:', line.outside),
        ];
      }),
    '',
  ]);
}

const nothing = (text: string): boolean => text === '' || text === 'nothing';

/** Two columns, each wrapped: nothing of what is or is not enforced is cut. */
function row(line: Line, mark: string, left: number, style: Style): string[] {
  const what = wrap(safeText(line.what), left);
  const how = nothing(line.mediated_by) ? [] : wrap(safeText(line.mediated_by), Math.max(24, style.columns - left - 8));
  return Array.from({ length: Math.max(what.length, how.length) }, (_, at) =>
    `${at === 0 ? `  ${mark}` : '   '} ${padTo(what[at] ?? '', left)}  ${style.dim(how[at] ?? '')}`.trimEnd(),
  );
}
