/** What happens in a simulated run, drawn beforehand from its seed, so that a failing run can be made shorter by leaving steps out. */

import { randomFrom } from '../engine/random.ts';

/** What people and agents do, by how often. */
const acts = {
  check: 20,
  door: 30,
  push: 18,
  brokerPush: 5,
  replay: 2,
  run: 2.5,
  propose: 2,
  delegate: 3,
  widerChild: 0.4,
  suspend: 0.5,
  reinstate: 1.5,
  narrow: 0.4,
  extend: 0.6,
  revoke: 0.5,
  complete: 0.15,
  relinquish: 0.2,
  signal: 0.8,
  rotateKey: 0.05,
  nameRemote: 0.05,
  mission: 0.7,
  session: 0.7,
  admit: 1.5,
  pauseWork: 0.4,
  unpauseWork: 0.7,
  answer: 1,
  spawn: 2,
  question: 0.3,
  closeSession: 0.1,
  handInPlace: 0.1,
} as const;

/** What goes wrong, by how often. */
const faults = {
  crashControl: 3,
  crashRuntime: 2,
  crashDatabase: 0.7,
  restartRuntime: 0.7,
  sleepRuntime: 1,
  skewRuntime: 0.3,
  failRuntimeDisk: 1,
  backup: 3,
  restore: 1.5,
  crashEnforcer: 1.5,
  crashSink: 1,
  crashAgent: 1,
  cut: 4,
  badLink: 5,
  sleepEnforcer: 1.5,
  sleepSink: 1,
  pauseControl: 1.5,
  skewControl: 0.3,
  skewEnforcer: 0.7,
  failDisk: 2,
} as const;

/** Something to begin with. */
const first = [
  ...(['propose', 'propose', 'propose', 'propose', 'nameRemote'] as const),
  ...(['run', 'run', 'run', 'mission', 'mission'] as const),
];

export type StepKind = keyof typeof acts | keyof typeof faults;

/** `a`, `b`, `c`: numbers from 0 up to 1 that say which of what there is then. */
export type Step = {
  readonly index: number;
  readonly at: number;
  readonly kind: StepKind;
  readonly a: number;
  readonly b: number;
  readonly c: number;
};

/** How much more often than usual some kinds come. */
export type More = Readonly<Partial<Record<StepKind, number>>>;

/** What `writeMore` wrote. Throws where a kind or a number is none. */
export function readMore(text: string): More {
  const pairs = text.split(',').map((part): [string, number] => {
    const [kind = '', times] = part.split('=');
    if (!(kind in acts || kind in faults) || !(Number(times) > 0))
      throw new Error(`\`${part}\` is not a kind of step with a number, such as \`suspend=3\``);
    return [kind, Number(times)];
  });
  return Object.fromEntries(pairs);
}

/** `suspend=3,restore=10`: as an argument of a program. */
export const writeMore = (more: More): string =>
  Object.entries(more)
    .map(([kind, times]) => `${kind}=${String(times)}`)
    .join(',');

/** `count` steps. Some seeds are dense and some leave time between; in some hardly anything goes wrong and in some nearly everything. */
export function planFrom(seed: string, count: number, more: More = {}): readonly Step[] {
  const random = randomFrom(`${seed}/plan`);
  const meanMs = random.pick([2, 5, 10, 20, 40]) ?? 10;
  const faultEveryMs = random.pick([300, 1_000, 2_000, 4_000, 15_000]) ?? 3_000;
  const [act, fault] = [chooser(acts, more), chooser(faults, more)];
  const steps: Step[] = [];
  let at = 100;
  for (let index = 0; index < count; index += 1) {
    at += -Math.log(1 - random.next()) * meanMs;
    const isFault = random.chance(meanMs / faultEveryMs);
    const kind = isFault ? fault(random.next()) : act(random.next());
    const chosen = first[index] ?? kind;
    steps.push({
      index,
      at: index < first.length ? 100 + index * 10 : at + 100,
      kind: chosen,
      a: random.next(),
      b: random.next(),
      c: random.next(),
    });
  }
  return steps;
}

function chooser<Kind extends StepKind>(usual: Readonly<Record<Kind, number>>, more: More): (drawn: number) => Kind {
  // The kinds are the keys of the table, and there is at least one.
  const kinds = Object.keys(usual) as [Kind, ...Kind[]];
  const weight = (kind: Kind): number => usual[kind] * (more[kind] ?? 1);
  const total = kinds.reduce((sum, kind) => sum + weight(kind), 0);
  return (drawn) => {
    let left = drawn * total;
    return kinds.find((kind) => (left -= weight(kind)) < 0) ?? kinds[0];
  };
}
