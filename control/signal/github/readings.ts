/** From what GitHub said to the readings that follow, given what is remembered of its own state. Pure. */

import type { SignalValue } from '@writ/authority';
import { isPattern, isReadable, matchesBranch } from './branch-pattern.ts';
import type { Said } from './event-table.ts';
import type { GithubChange, GithubMemory, LockRule } from './memory.ts';
import { headValue, isPast, remember } from './memory.ts';

/** `order`: where it stands among what is said of its subject, by GitHub's own time; undefined where only the order of arrival counts. */
export type GithubReading = {
  readonly subject: string;
  readonly value: SignalValue;
  readonly observedAt: number;
  readonly order: number | undefined;
};

export type GithubReadings = {
  readonly readings: readonly GithubReading[];
  /** What is remembered from here on; what is older than what is known is not among it. */
  readonly changes: readonly GithubChange[];
  readonly notes: readonly string[];
};

export type GithubState = {
  readonly memory: GithubMemory;
  /** What a repository is called in subjects. */
  readonly nameOf: (repository: string) => string;
  /** Subjects that somebody depends on or has reported on, of those that begin so. */
  readonly knownSubjects: (prefix: string) => readonly string[];
};

/** The readings that follow from what was said. */
export function githubReadings(said: Extract<Said, { kind: 'says' }>, state: GithubState): GithubReadings {
  const readings: GithubReading[] = said.facts.map(({ subject, value, at }) => ({
    subject,
    value,
    observedAt: at,
    order: at,
  }));
  const changes: GithubChange[] = [];
  const notes: string[] = [];
  let { memory } = state;
  for (const change of said.changes) {
    if (isPast(memory, change)) {
      notes.push('it is older than what is known');
      continue;
    }
    const before = memory;
    memory = remember(memory, change);
    changes.push(change);
    if (change.kind === 'suite') readings.push(headReading(change, memory));
    else {
      readings.push(...lockReadings(change, { before, after: memory }, state));
      notes.push(...unreadable(change.lock));
    }
  }
  return { readings, changes, notes };
}

function headReading({ branch, at }: Extract<GithubChange, { kind: 'suite' }>, { heads }: GithubMemory): GithubReading {
  const known = heads.get(branch);
  return {
    subject: `ci:${branch}`,
    value: known === undefined ? 'pending' : headValue(known),
    observedAt: at,
    order: undefined,
  };
}

/** Every branch a rule names or named, and every known one its patterns reach, with whether any rule of the repository still locks it. */
function lockReadings(
  { repository, rule, at, lock }: Extract<GithubChange, { kind: 'rule' }>,
  { before, after }: { readonly before: GithubMemory; readonly after: GithubMemory },
  { nameOf, knownSubjects }: GithubState,
): readonly GithubReading[] {
  const prefix = `branch:${nameOf(repository)}/`;
  const touched = [before.rules.get(repository)?.get(rule)?.lock, lock].flatMap((one) => one ?? []);
  if (touched.length === 0) return [];
  const named = touched.flatMap(({ include }) => include.filter((branch) => !isPattern(branch)));
  const known = knownSubjects(prefix).map((subject) => subject.slice(prefix.length));
  const reached = known.filter((branch) => touched.some((one) => locks(one, branch)));
  const all = [...(after.rules.get(repository)?.values() ?? [])].flatMap((one) => one.lock ?? []);
  return [...new Set([...named, ...reached])].map((branch) => ({
    subject: `${prefix}${branch}`,
    value: all.some((one) => locks(one, branch)) ? 'frozen' : 'open',
    observedAt: at,
    order: undefined,
  }));
}

const locks = ({ include, exclude }: LockRule, branch: string): boolean =>
  include.some((pattern) => matchesBranch(pattern, branch)) &&
  !exclude.some((pattern) => matchesBranch(pattern, branch));

const unreadable = (lock: LockRule | null): readonly string[] =>
  [...(lock?.include ?? []), ...(lock?.exclude ?? [])]
    .filter((pattern) => !isReadable(pattern))
    .map((pattern) => `the pattern \`${pattern}\` is not followed`);
