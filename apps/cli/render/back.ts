/** Coming back, as a person reads it on Monday: what is next first, then what was left for them, what is not as it was, where they are, and what was tried. Pure; foreign words go through `safeText`. */

import type { BackWire, WaitingWire } from '../connect/wire.ts';
import { askLine } from './attention.ts';
import { bullet, section, titleLine } from './block.ts';
import { eventLines, isHousekeeping } from './event.ts';
import { markOf, wordOf } from './look.ts';
import { safeText } from './safe-text.ts';
import { looksOf } from './session.ts';
import type { MarkName, Style, Tone } from './style.ts';
import { relative } from './when.ts';
import { cut, table, wrap } from './width.ts';

type Fact = BackWire['facts'][number];

const standings: Record<Fact['standing'], readonly [Tone, MarkName]> = {
  'verified now': ['good', 'done'],
  changed: ['held', 'ask'],
  unknown: ['quiet', 'idle'],
};

/** Where you were. `asked`: what of it waits for a yes at control. */
export function renderBack(given: BackWire, asked: readonly WaitingWire[], style: Style): string[] {
  const [first] = asked;
  const isOver = given.session.state === 'inert' || given.session.state === 'closed';
  const back = first === undefined || isOver || given.waiting.length > 0 ? given : { ...given, next: nextOf(first) };
  const of = (...about: readonly Fact['about'][]): readonly Fact[] =>
    back.facts.filter((fact) => about.includes(fact.about));
  return [
    ...head(back, style),
    ...clues(of('clue'), style),
    ...section('Changed while you were away', rows(of('changed'), style), style),
    ...stale(back, style),
    ...section('Waiting for you', [...atControl(back, asked, style), ...waiting(back, style)], style),
    ...section('Where you are', rows(of('where'), style), style),
    ...section('What went on', rows(of('happening', 'next'), style), style),
    ...section('Tried, and did not work', rows(of('tried'), style), style),
    ...section('Seen around it', rows(of('seen'), style), style),
    ...recent(back, style),
    '',
    style.dim(
      `  ${style.mark('done')} verified now   ${style.mark('ask')} changed   ${style.mark('idle')} unknown; \`--json\` has the evidence of each`,
    ),
  ];
}

function head({ session, next }: BackWire, style: Style): string[] {
  const looks = looksOf(session);
  const title = `${markOf(style, looks, session.state)} ${style.bold(cut(safeText(session.title), style.columns - 30))}`;
  const [first = '', ...rest] = wrap(safeText(next.sentence), style.columns - 10);
  const under = session.mandate === null ? 'no mandate' : session.mandate;
  const last = relative(session.updated_at, style.now);
  return [
    titleLine(title, wordOf(style, looks, session.state), style),
    style.dim(`  ${safeText([session.id, session.agent, under, last].join(`  ${style.mark('dot')}  `))}`),
    '',
    `  ${style.bold('Next')}  ${first}`,
    ...rest.map((line) => `        ${line}`),
    ...(next.way === null ? [] : [`        ${style.tone('busy', style.mark('way'))} ${safeText(next.way)}`]),
  ];
}

function clues(facts: readonly Fact[], style: Style): string[] {
  const lines = facts.flatMap(({ what, value, by, observed_at: at }) => {
    const who = [by ?? 'somebody', at === null ? '' : relative(at, style.now)].filter((part) => part !== '').join(', ');
    const mark = what === 'for you' ? style.tone('held', style.mark('ask')) : style.mark('dot');
    return bullet(`${safeText(value)}  (${safeText(who)})`, style, mark);
  });
  return section(facts.some(({ what }) => what === 'for you') ? 'Left for you' : 'Notes', lines, style);
}

function rows(facts: readonly Fact[], style: Style): string[] {
  return table(
    facts.map(({ standing, what, value, by, observed_at: at }) => {
      const [tone, mark] = standings[standing];
      const who = by === null ? '' : safeText(by);
      return [
        `${style.tone(tone, style.mark(mark))} ${safeText(what.replaceAll('_', ' '))}`,
        cut(safeText(value), Math.max(24, style.columns - 46)),
        style.dim([who, at === null ? '' : relative(at, style.now)].filter((part) => part !== '').join(', ')),
      ];
    }),
  );
}

const stale = ({ stale: found }: BackWire, style: Style): string[] =>
  section(
    'Not to be taken for true',
    found.flatMap(({ what, way }) => [
      ...bullet(safeText(what), style, style.tone('held', style.mark('ask'))),
      `    ${style.dim(style.mark('way'))} ${safeText(way)}`,
    ]),
    style,
  );

const nextOf = ({ id, ask }: WaitingWire): BackWire['next'] => ({
  sentence: `it waits for you: ${ask.slice(0, 200)}`,
  way: `writ inbox ${id}`,
});

/** What the runtime's queue has as well is told by that. */
const atControl = ({ waiting: items }: BackWire, asked: readonly WaitingWire[], style: Style): string[] =>
  asked
    .filter(({ id }) => !items.some(({ approval }) => approval === id))
    .flatMap(({ id, ask }) => bullet(`${safeText(ask)}  (writ inbox ${safeText(id)})`, style, style.mark('ask')));

const waiting = ({ waiting: items }: BackWire, style: Style): string[] =>
  items.flatMap((item) => bullet(`${askLine(item)}  (writ inbox ${safeText(item.id)})`, style, style.mark('ask')));

/** The newest few; the log has the rest. */
function recent({ recent: events, session }: BackWire, style: Style): string[] {
  const said = events.filter((event) => !isHousekeeping(event)).slice(-6);
  const lines = said.flatMap((event) => eventLines(event, style));
  return section(`What happened last (writ log ${safeText(session.id)})`, lines, style);
}
