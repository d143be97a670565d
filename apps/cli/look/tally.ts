/**
 * Adds up what histories say: what was done, what presets would have said, what ran on after a stop, what it cost. Pure; the order things are added in
 * does not matter, and what stands in several files counts once.
 */

import type { ActionClass, PresetName } from '@writ/authority';
import type { HistoryHarness, RecordedPrices, RecordedTokens } from '@writ/enforce';
import { priceList } from '@writ/enforce';
import type { Course, RanOn } from './after-stop.ts';
import { ranOn } from './after-stop.ts';
import type { Group } from './groups.ts';
import { groupNames, groupOf } from './groups.ts';
import type { Did, Seen } from './seen.ts';
import { hardest, judgedPresets } from './seen.ts';

export type Counted = { readonly target: string; readonly times: number };

export type Look = {
  readonly sources: readonly {
    readonly harness: HistoryHarness;
    readonly sessions: number;
    readonly calls: number;
    readonly from: number;
    readonly to: number;
  }[];
  /** How long sessions were at work, in hours: five minutes for each five minutes in which one did anything. */
  readonly hours: number;
  readonly did: readonly {
    readonly group: Group;
    readonly calls: number;
    readonly classes: readonly ActionClass[];
    readonly targets: readonly Counted[];
  }[];
  readonly presets: readonly {
    readonly preset: PresetName;
    readonly may: number;
    readonly asks: number;
    readonly never: number;
    readonly asked: readonly (Counted & { readonly group: Group })[];
    readonly refused: readonly (Counted & { readonly group: Group })[];
  }[];
  readonly interruptions: number;
  readonly ranOn: readonly RanOn[];
  readonly cost: {
    /** The day the prices are of. */
    readonly pricesAsOf: string;
    /** What is known, in millionths of a US dollar. */
    readonly knownMicros: number;
    readonly models: readonly ModelCost[];
  };
};

export type ModelCost = {
  readonly harness: HistoryHarness;
  readonly model: string;
  readonly tokens: RecordedTokens;
  readonly answers: number;
  /** Null: no price is known. */
  readonly costMicros: number | null;
  readonly priced: 'harness' | 'list' | 'unknown';
};

const activityMs = 5 * 60_000;
/** Of each group; more different ones are rare, and no one reads them. */
const mostTargets = 2_000;

type Source = { sessions: Set<string>; calls: number; from: number; to: number };
type Pile = { calls: number; readonly classes: Set<ActionClass>; readonly targets: Map<string, number> };
type Answered = {
  may: number;
  asks: number;
  never: number;
  readonly asked: Map<string, number>;
  readonly refused: Map<string, number>;
};
type Spent = { tokens: RecordedTokens; answers: number; costMicros: number | null; priced: ModelCost['priced'] };

export type Tally = {
  readonly add: (seen: Seen) => void;
  readonly result: () => Look;
};

/** An empty one, of everything or of what was done in the repository at `root`. */
export function createTally(prices: RecordedPrices, root: string | null = null): Tally {
  const ids = new Set<string>();
  const sources = new Map<HistoryHarness, Source>();
  const active = new Set<string>();
  const piles = new Map<Group, Pile>();
  const answered = new Map<PresetName, Answered>(
    judgedPresets.map((preset) => [preset, { may: 0, asks: 0, never: 0, asked: new Map(), refused: new Map() }]),
  );
  const courses = new Map<string, Course>();
  const kept = new Map<string, Did>();
  const spent = new Map<string, Spent>();

  const courseOf = ({ harness, session }: Seen): Course => {
    const key = `${harness} ${session}`;
    const found = courses.get(key);
    if (found !== undefined) return found;
    const made: Course = { harness, session, project: '', interrupted: [], typed: [], calls: [] };
    courses.set(key, made);
    return made;
  };
  const sourceOf = ({ harness, session, at }: Seen): Source => {
    const found = sources.get(harness) ?? { sessions: new Set<string>(), calls: 0, from: at, to: at };
    sources.set(harness, found);
    found.sessions.add(session);
    found.from = Math.min(found.from, at);
    found.to = Math.max(found.to, at);
    return found;
  };

  /** One for many that say the same: batches bring copies. */
  const same = (project: string, did: Did): Did => {
    const key = `${project} ${did.action} ${did.target}`;
    const found = kept.get(key);
    if (found !== undefined) return found;
    kept.set(key, did);
    return did;
  };

  const addCall = (call: Extract<Seen, { kind: 'call' }>): void => {
    sourceOf(call).calls += 1;
    const course = courseOf(call);
    course.project = call.project;
    course.calls.push({ at: call.at, byHelper: call.byHelper, did: call.did.map((did) => same(call.project, did)) });
    for (const group of new Set(call.did.map(groupOf))) addToPile(piles, group, call.did);
    judgedPresets.forEach((preset, index) => {
      const tally = answered.get(preset);
      if (tally !== undefined) addAnswers(tally, index, call.did);
    });
  };

  return {
    add(seen) {
      if (root !== null && (seen.kind !== 'call' || seen.root !== root)) return;
      if (seen.kind === 'call' || seen.kind === 'usage') {
        const key = `${seen.kind} ${seen.harness} ${seen.id}`;
        if (ids.has(key)) return;
        ids.add(key);
        active.add(`${seen.harness} ${seen.session} ${String(Math.floor(seen.at / activityMs))}`);
      }
      if (seen.kind === 'call') addCall(seen);
      else if (seen.kind === 'usage') addUsage(spent, seen, prices);
      else courseOf(seen)[seen.kind].push(seen.at);
      if (seen.kind !== 'call') sourceOf(seen);
    },
    result: () => ({
      sources: [...sources]
        .toSorted(([a], [b]) => compare(a, b))
        .map(([harness, { sessions, ...source }]) => ({
          harness,
          sessions: sessions.size,
          ...source,
        })),
      hours: (active.size * activityMs) / 3_600_000,
      did: groupNames.flatMap((group) => {
        const pile = piles.get(group);
        return pile === undefined
          ? []
          : [{ group, calls: pile.calls, classes: [...pile.classes], targets: counted(pile.targets) }];
      }),
      presets: [...answered].map(([preset, { may, asks, never, asked, refused }]) => ({
        preset,
        may,
        asks,
        never,
        asked: countedGroups(asked),
        refused: countedGroups(refused),
      })),
      interruptions: [...courses.values()].reduce((sum, { interrupted }) => sum + new Set(interrupted).size, 0),
      ranOn: [...courses.values()].flatMap(ranOn).toSorted((a, b) => b.calls.length - a.calls.length || b.at - a.at),
      cost: costs(spent),
    }),
  };
}

function addToPile(piles: Map<Group, Pile>, group: Group, all: readonly Did[]): void {
  const pile = piles.get(group) ?? { calls: 0, classes: new Set(), targets: new Map() };
  piles.set(group, pile);
  pile.calls += 1;
  for (const did of all)
    if (groupOf(did) === group) {
      pile.classes.add(did.actionClass);
      count(pile.targets, did.target);
    }
}

function addAnswers(tally: Answered, index: number, all: readonly Did[]): void {
  const answer = hardest(all.map(({ answers }) => answers[index] ?? 'never'));
  tally[answer] += 1;
  if (answer === 'may') return;
  for (const did of all)
    if (did.answers[index] === answer)
      count(answer === 'asks' ? tally.asked : tally.refused, JSON.stringify([groupOf(did), did.target]));
}

function addUsage(all: Map<string, Spent>, seen: Extract<Seen, { kind: 'usage' }>, prices: RecordedPrices): void {
  const own = seen.costMicros ?? prices.costMicros(seen.model, seen.tokens);
  const priced = seen.costMicros !== null ? 'harness' : own === null ? 'unknown' : 'list';
  const key = JSON.stringify([seen.harness, seen.model, priced]);
  const before = all.get(key);
  all.set(key, {
    tokens: before === undefined ? seen.tokens : sum(before.tokens, seen.tokens),
    answers: (before?.answers ?? 0) + 1,
    costMicros: own === null ? null : (before?.costMicros ?? 0) + own,
    priced,
  });
}

const sum = (a: RecordedTokens, b: RecordedTokens): RecordedTokens => ({
  input: a.input + b.input,
  output: a.output + b.output,
  cacheRead: a.cacheRead + b.cacheRead,
  cacheWrite: a.cacheWrite + b.cacheWrite,
  cacheWriteHour: a.cacheWriteHour + b.cacheWriteHour,
});

const count = (all: Map<string, number>, key: string): void => {
  const before = all.get(key);
  if (before !== undefined || all.size < mostTargets) all.set(key, (before ?? 0) + 1);
};

const counted = (all: ReadonlyMap<string, number>): readonly Counted[] =>
  [...all]
    .map(([target, times]) => ({ target, times }))
    .toSorted((a, b) => b.times - a.times || compare(a.target, b.target));

const countedGroups = (all: ReadonlyMap<string, number>): readonly (Counted & { readonly group: Group })[] =>
  counted(all).map(({ target: key, times }) => {
    // Written a few lines above.
    const [group, target] = JSON.parse(key) as [Group, string];
    return { group, target, times };
  });

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

function costs(spent: ReadonlyMap<string, Spent>): Look['cost'] {
  const models = [...spent].map(([key, own]): ModelCost => {
    // Written a few lines above.
    const [harness, model] = JSON.parse(key) as [HistoryHarness, string, string];
    return { harness, model, ...own };
  });
  const known = models.reduce((total, { costMicros }) => total + (costMicros ?? 0), 0);
  return {
    pricesAsOf: priceList,
    knownMicros: known,
    models: models.toSorted((a, b) => (b.costMicros ?? -1) - (a.costMicros ?? -1) || b.answers - a.answers),
  };
}
