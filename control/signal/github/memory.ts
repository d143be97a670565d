/**
 * What is remembered of GitHub's own state, because its events tell of one part at a time: which rules lock which branches, and what each app says of
 * a branch's head. Part of the fold.
 */

/** Branches by name or pattern, as the rule spells them. */
export type LockRule = { readonly include: readonly string[]; readonly exclude: readonly string[] };

/** What one app's checks of a head came to. */
export type SuiteValue = 'pending' | 'success' | 'failure';

export type GithubChange =
  /** `lock`: null where the rule locks nothing. `at`: when GitHub changed it, in epoch milliseconds. */
  | {
      readonly kind: 'rule';
      readonly repository: string;
      readonly rule: string;
      readonly at: number;
      readonly lock: LockRule | null;
    }
  /** `since`: when the head's first suite was made. */
  | {
      readonly kind: 'suite';
      readonly branch: string;
      readonly head: string;
      readonly since: number;
      readonly app: string;
      readonly at: number;
      readonly value: SuiteValue;
    };

type KnownRule = { readonly at: number; readonly lock: LockRule | null };
export type KnownHead = {
  readonly head: string;
  readonly since: number;
  readonly apps: ReadonlyMap<string, { readonly at: number; readonly value: SuiteValue }>;
};

export type GithubMemory = {
  /** By repository, then by rule. */
  readonly rules: ReadonlyMap<string, ReadonlyMap<string, KnownRule>>;
  /** By repository and branch, longest unheard first. */
  readonly heads: ReadonlyMap<string, KnownHead>;
};

export const emptyGithub: GithubMemory = { rules: new Map(), heads: new Map() };

/** The most heads that are remembered; one that was forgotten starts anew. */
const maxHeads = 10_000;

/** Whether the change is older than what is known, and so none. */
export function isPast(memory: GithubMemory, change: GithubChange): boolean {
  if (change.kind === 'rule')
    return change.at < (memory.rules.get(change.repository)?.get(change.rule)?.at ?? -Infinity);
  const known = memory.heads.get(change.branch);
  if (known === undefined) return false;
  if (known.head !== change.head) return change.since <= known.since;
  return change.at < (known.apps.get(change.app)?.at ?? -Infinity);
}

/** What is remembered after a change that is not past. */
export function remember(memory: GithubMemory, change: GithubChange): GithubMemory {
  if (change.kind === 'rule') {
    const { repository, rule, at, lock } = change;
    const ofRepository = new Map([...(memory.rules.get(repository) ?? []), [rule, { at, lock }]]);
    return { ...memory, rules: new Map([...memory.rules, [repository, ofRepository]]) };
  }
  const { branch, head, since, app, at, value } = change;
  const known = memory.heads.get(branch);
  const apps = known?.head === head ? known.apps : new Map<string, { at: number; value: SuiteValue }>();
  const heads = new Map(memory.heads);
  heads.delete(branch);
  heads.set(branch, {
    head,
    since: known?.head === head ? known.since : since,
    apps: new Map([...apps, [app, { at, value }]]),
  });
  for (const oldest of heads.keys()) {
    if (heads.size <= maxHeads) break;
    heads.delete(oldest);
  }
  return { ...memory, heads };
}

/** What all apps together say of a head: one failure is a failure, and nothing is a success before everybody is done. */
export function headValue({ apps }: KnownHead): SuiteValue {
  const values = [...apps.values()].map(({ value }) => value);
  return values.includes('failure') ? 'failure' : values.includes('pending') ? 'pending' : 'success';
}
