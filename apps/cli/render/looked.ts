/** What `writ look` says: four headings, each with the few lines that matter, or with all of them where its detail is wanted. Pure. */

import type { HistoryHarness } from '@writ/enforce';
import { fittingPreset } from '../look/fitting-preset.ts';
import type { Group } from '../look/groups.ts';
import { groupOf, groups } from '../look/groups.ts';
import type { LookedAt } from '../look/look-all.ts';
import type { Counted, Look, ModelCost } from '../look/tally.ts';
import { count } from './block.ts';
import { safeText } from './safe-text.ts';
import type { Style, Tone } from './style.ts';
import { cut, padTo, table, width, wrap } from './width.ts';

export const headings = ['did', 'presets', 'after-stop', 'cost'] as const;
export type Heading = (typeof headings)[number];

export const harnessTitles: Readonly<Record<HistoryHarness, string>> = {
  claude: 'Claude Code',
  codex: 'Codex',
  opencode: 'opencode',
};

const shown = { targets: 3, refused: 3, ranOn: 3, models: 4 } as const;
const detailed = { targets: 15, refused: 20, ranOn: 40, models: 100 } as const;
const number = (value: number): string => value.toLocaleString('en-US');
const day = (at: number): string => new Date(at).toISOString().slice(0, 10);
const padLeft = (text: string, columns: number): string => ' '.repeat(Math.max(0, columns - width(text))) + text;

/** The page. `detail`: the headings that are wanted in full. */
export function renderLooked(look: LookedAt, style: Style, detail: ReadonlySet<Heading>): readonly string[] {
  const { sources } = look;
  if (sources.length === 0)
    return [
      'no history of Claude Code, Codex or opencode was found',
      style.dim('  looked in ~/.claude/projects, ~/.codex/sessions and ~/.local/share/opencode'),
    ];
  const [from, to] = [Math.min(...sources.map((one) => one.from)), Math.max(...sources.map((one) => one.to))];
  const span = day(from) === day(to) ? day(from) : `${day(from)} to ${day(to)}`;
  const parts = (heading: Heading) => (detail.has(heading) ? detailed : shown);
  return [
    `${style.bold('What agents did')}  ${style.dim(`${span}, about ${hours(look.hours)} of work`)}`,
    ...table(
      sources.map(({ harness, sessions, calls }) => [
        harnessTitles[harness],
        style.dim(`${number(sessions)} ${sessions === 1 ? 'session' : 'sessions'}`),
        style.dim(`${number(calls)} ${calls === 1 ? 'call' : 'calls'}`),
      ]),
    ),
    ...unreadable(look, style),
    '',
    ...didLines(look, style, parts('did').targets),
    '',
    ...presetLines(look, style, parts('presets').refused),
    '',
    ...ranOnLines(look, style, parts('after-stop').ranOn, detail.has('after-stop')),
    '',
    ...costLines(look, style, parts('cost').models),
    '',
    ...wayOn(look, style, detail),
  ];
}

const hours = (value: number): string =>
  value < 1 ? `${String(Math.max(1, Math.round(value * 60)))} minutes` : count(Math.round(value), 'hour');

const unreadable = ({ unreadable: files }: LookedAt, style: Style): readonly string[] =>
  files.length === 0
    ? []
    : [
        style.tone('held', `  ${count(files.length, 'file')} could not be read, such as`),
        style.dim(`  ${safeText(files[0]?.path ?? '')}: ${safeText(files[0]?.why ?? '')}`),
      ];

const groupColumns = Math.max(...Object.values(groups).map((words) => words.length));
const named = (all: readonly Counted[], most: number): string =>
  [
    ...all.slice(0, most).map(({ target, times }) => `${safeText(shortTarget(target))} ${number(times)}`),
    ...(all.length > most ? [`${number(all.length - most)} more`] : []),
  ].join(' · ');
const shortTarget = (target: string): string =>
  target === '' ? 'all of it' : target.length > 36 ? `…${target.slice(-35)}` : target;

/** What of them says something by its name; the others are shown in detail alone. */
const quiet: readonly Group[] = ['reads', 'edits', 'notes'];

function didLines({ did }: Look, style: Style, most: number): readonly string[] {
  const digits = Math.max(...did.map(({ calls }) => number(calls).length), 5);
  return [
    style.bold('By kind'),
    ...did.flatMap(({ group, calls, classes, targets }) => {
      const kind = style.dim(classes.map((one) => one.replaceAll('_', ' ')).join(', '));
      const isNamed = most > shown.targets || !quiet.includes(group);
      const what = isNamed ? wrap(named(targets, most), style.columns - 6) : [];
      return [
        `  ${padTo(groups[group], groupColumns)}  ${padLeft(number(calls), digits)}  ${kind}`,
        ...what.map((line) => style.dim(`    ${line}`)),
      ];
    }),
  ];
}

const barColumns = 20;
const answerTones = { may: 'good', asks: 'held', never: 'bad' } as const satisfies Record<string, Tone>;

function presetLines({ presets, hours: worked }: Look, style: Style, most: number): readonly string[] {
  const digits = Math.max(
    7,
    ...presets.flatMap(({ may, asks, never }) => [may, asks, never].map((value) => number(value).length)),
  );
  const head = `  ${padTo('', 10)} ${' '.repeat(barColumns)} ${['allowed', 'asked', 'refused'].map((word) => padLeft(word, digits)).join('  ')}`;
  let before = '';
  return [
    style.bold('What each preset would have said'),
    style.dim(head),
    ...presets.flatMap(({ preset, may, asks, never, asked, refused }) => {
      const told = JSON.stringify(refused);
      const isSame = told === before && refused.length > 0;
      before = told;
      const all = may + asks + never;
      const numbers = (['may', 'asks', 'never'] as const).map((answer) => {
        const value = { may, asks, never }[answer];
        const text = padLeft(value === 0 ? '–' : number(value), digits);
        return value === 0 ? style.dim(text) : style.tone(answerTones[answer], text);
      });
      const about = (word: string, list: readonly (Counted & { readonly group: Group })[]): readonly string[] =>
        list.length === 0
          ? []
          : wrap(`${word}: ${grouped(list, most)}`, style.columns - 15).map((line) =>
              style.dim(`             ${line}`),
            );
      return [
        `  ${style.bold(padTo(preset, 10))} ${bar({ may, asks, never }, all, style)} ${numbers.join('  ')}`,
        ...(isSame ? [style.dim('             refuses the same')] : about('refuses', refused)),
        ...about(`asks ${questions(asked, worked)}`, asked),
      ];
    }),
  ];
}

/** Once for each target: a person answers, and it is remembered. */
const questions = (asked: readonly Counted[], worked: number): string => {
  const rate = worked <= 0 ? 0 : asked.length / worked;
  return `${number(asked.length)} ${asked.length === 1 ? 'thing' : 'things'} once (${rate < 0.1 ? 'less than 0.1' : rate.toFixed(1)} an hour)`;
};

/** `pushed main 12, writ/x 3; sent data to the network api.example.com 4`. */
function grouped(list: readonly (Counted & { readonly group: Group })[], most: number): string {
  const byGroup = Map.groupBy(list, ({ group }) => group);
  return [...byGroup]
    .toSorted(([, a], [, b]) => total(b) - total(a))
    .map(([group, own]) => `${groups[group]} (${named(own, most > shown.refused ? most : 2)})`)
    .join('; ');
}
const total = (list: readonly Counted[]): number => list.reduce((sum, { times }) => sum + times, 0);

function bar(parts: { may: number; asks: number; never: number }, all: number, style: Style): string {
  // Each part that is there is seen; the first takes what is left.
  const cells = (value: number): number => (value === 0 ? 0 : Math.max(1, Math.round((value / all) * barColumns)));
  const [asks, never] = [cells(parts.asks), cells(parts.never)];
  const may = Math.max(0, barColumns - asks - never);
  const plain = style.mark('dash') === '-';
  const [full, half, cross] = plain ? ['#', '?', 'x'] : ['█', '▓', '░'];
  return (
    style.tone('good', full.repeat(may)) +
    style.tone('held', half.repeat(asks)) +
    style.tone('bad', cross.repeat(never))
  );
}

function ranOnLines({ interruptions, ranOn }: Look, style: Style, most: number, inFull: boolean): readonly string[] {
  const calls = ranOn.reduce((sum, one) => sum + one.calls.length, 0);
  const said =
    interruptions === 0
      ? 'nobody interrupted anything'
      : ranOn.length === 0
        ? `${count(interruptions, 'interruption')}, and nothing was seen to run on`
        : `${count(interruptions, 'interruption')}; after ${number(ranOn.length)} of them ${count(calls, 'call')} ran on`;
  return [
    `${style.bold('What ran on after a stop')}  ${ranOn.length === 0 ? style.dim(said) : style.tone('bad', said)}`,
    ...ranOn.slice(0, most).flatMap(({ harness, project, at, calls: own }) => {
      const last = own.at(-1)?.afterMs ?? 0;
      const head = `  ${day(at)} ${new Date(at).toISOString().slice(11, 16)}  ${safeText(project)}, ${harnessTitles[harness]}: ${count(own.length, 'call')} for ${seconds(last)}`;
      const did = own.flatMap((call) =>
        call.did.map(
          (one) =>
            `${call.byHelper ? 'a helper ' : ''}${groups[groupOf(one)]}${one.target === '' ? '' : ` (${safeText(shortTarget(one.target))})`}`,
        ),
      );
      const each = [...new Set(did)];
      const text = inFull
        ? each.join('; ')
        : each.slice(0, 4).join('; ') + (each.length > 4 ? `; ${number(each.length - 4)} more` : '');
      return [head, ...wrap(text, style.columns - 6).map((line) => style.dim(`    ${line}`))];
    }),
    ...(ranOn.length > most ? [style.dim(`  and ${number(ranOn.length - most)} more`)] : []),
  ];
}

const seconds = (ms: number): string =>
  ms < 120_000 ? `${String(Math.max(1, Math.round(ms / 1000)))} s` : `${String(Math.round(ms / 60_000))} min`;

/** Micro-dollars as dollars and cents; what is less than a cent says so. */
export const dollars = (micros: number): string =>
  micros > 0 && micros < 10_000
    ? 'under $0.01'
    : `$${(micros / 1e6).toLocaleString('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 2 })}`;

const short = (tokens: number): string =>
  tokens >= 1e6 ? `${(tokens / 1e6).toFixed(1)}M` : tokens >= 1e3 ? `${(tokens / 1e3).toFixed(1)}k` : String(tokens);

function costLines({ cost }: Look, style: Style, most: number): readonly string[] {
  const unknown = cost.models.filter(({ costMicros }) => costMicros === null);
  const known = cost.models.some(({ costMicros }) => costMicros !== null);
  const said = [
    ...(known ? [`${dollars(cost.knownMicros)} at the prices of ${cost.pricesAsOf}`] : []),
    ...(unknown.length > 0 ? [`${count(unknown.length, 'model')} of no known price`] : []),
  ].join(', and ');
  return [
    `${style.bold('What it cost')}  ${style.dim(said === '' ? 'no usage is in these histories' : said)}`,
    ...table(
      cost.models
        .slice(0, most)
        .map((model) => [
          cut(safeText(model.model === '' ? 'a model not named' : model.model), 28),
          style.dim(`${short(model.tokens.input)} in`),
          style.dim(`${short(model.tokens.cacheRead + model.tokens.cacheWrite + model.tokens.cacheWriteHour)} cached`),
          style.dim(`${short(model.tokens.output)} out`),
          costOfModel(model, style),
        ]),
    ),
    ...(cost.models.length > most ? [style.dim(`  and ${number(cost.models.length - most)} more`)] : []),
    ...(known ? [style.dim('  list prices of each token; a subscription costs what it costs')] : []),
  ];
}

const costOfModel = ({ costMicros, priced }: ModelCost, style: Style): string =>
  costMicros === null
    ? style.tone('held', 'price not known')
    : `${dollars(costMicros)}${priced === 'harness' ? style.dim(' by its own count') : ''}`;

function wayOn(look: LookedAt, style: Style, detail: ReadonlySet<Heading>): readonly string[] {
  const { preset, why } = fittingPreset(look);
  return [
    `${style.mark('way')} ${style.bold(preset)} fits: ${why}. ${style.dim('`writ init` sets it up.')}`,
    ...(detail.size > 0 ? [] : [style.dim('  writ look --detail [did, presets, after-stop or cost]; --since 7d')]),
    style.dim('  Read from files on this machine; nothing was written, nothing was sent.'),
  ];
}
