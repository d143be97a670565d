/**
 * What GitHub's events say about subjects, as a table: which event, with which actions, leaves which readings and what to remember. Pure.
 * Follows GitHub's "Webhook events and payloads".
 *
 * It refuses to guess: an event it does not know, an action it does not name, and a body without what the row needs say nothing.
 */

import type { SignalValue } from '@writ/authority';
import type { JsonValue } from '@writ/protocol';
import { integerAt, listAt, member, textAt, textsAt, timeAt } from '../fields.ts';
import type { GithubChange, LockRule, SuiteValue } from './memory.ts';

/** One thing an event says by itself. `at`: when GitHub saw it, in epoch milliseconds; its subjects are ordered by it. */
export type GithubFact = { readonly subject: string; readonly value: SignalValue; readonly at: number };

export type Said =
  | { readonly kind: 'says'; readonly facts: readonly GithubFact[]; readonly changes: readonly GithubChange[] }
  /** Why it says nothing. */
  | { readonly kind: 'nothing'; readonly why: string };

/** `repository`: `OWNER/REPO`. `name`: what it is called in subjects. */
type About = {
  readonly payload: JsonValue;
  readonly repository: string;
  readonly name: string;
  readonly action: string;
};

type Row = {
  readonly event: string;
  /** Null: the event has none. */
  readonly actions: readonly string[] | null;
  /** Undefined: the body does not have what the row needs. */
  readonly read: (
    about: About,
  ) => { readonly facts?: readonly GithubFact[]; readonly changes?: readonly GithubChange[] } | undefined;
};

const rows: readonly Row[] = [
  { event: 'branch_protection_rule', actions: ['created', 'edited', 'deleted'], read: protectionRule },
  { event: 'repository_ruleset', actions: ['created', 'edited', 'deleted'], read: ruleset },
  { event: 'check_suite', actions: ['requested', 'rerequested', 'completed'], read: checkSuite },
  { event: 'pull_request', actions: ['opened', 'reopened', 'closed'], read: pullRequest },
  { event: 'push', actions: null, read: push },
  { event: 'repository', actions: ['archived', 'unarchived'], read: archived },
];

/** What `event` with `payload` says. `names`: what a repository is called in subjects, where it is not `OWNER/REPO`. */
export function saidByGithub(event: string, payload: JsonValue, names: Readonly<Record<string, string>>): Said {
  const row = rows.find((one) => one.event === event);
  if (row === undefined) return { kind: 'nothing', why: 'no subject depends on this event' };
  const action = textAt(payload, 'action') ?? '';
  if (row.actions?.includes(action) === false)
    return { kind: 'nothing', why: `no subject depends on the action ${action}` };
  const repository = textAt(payload, 'repository', 'full_name');
  if (repository === undefined) return { kind: 'nothing', why: 'it is of no one repository' };
  const name = Object.hasOwn(names, repository) ? (names[repository] ?? repository) : repository;
  const read = row.read({ payload, repository, name, action });
  if (read === undefined) return { kind: 'nothing', why: 'it does not say what it should' };
  return { kind: 'says', facts: read.facts ?? [], changes: read.changes ?? [] };
}

/** A rule of branch protection locks the branches it names while its lock is on for anybody. */
function protectionRule({ payload, repository, action }: About): ReturnType<Row['read']> {
  const [id, branch, at] = [
    integerAt(payload, 'rule', 'id'),
    textAt(payload, 'rule', 'name'),
    timeAt(payload, 'rule', 'updated_at'),
  ];
  if (id === undefined || branch === undefined || at === undefined) return undefined;
  const level = textAt(payload, 'rule', 'lock_branch_enforcement_level') ?? 'off';
  const isLocked = action !== 'deleted' && level !== 'off';
  const lock = isLocked ? { include: [branch], exclude: [] } : null;
  return { changes: [{ kind: 'rule', repository, rule: `protection-${String(id)}`, at, lock }] };
}

/** A ruleset locks the branches it names while it is active and restricts updates. */
function ruleset({ payload, repository, action }: About): ReturnType<Row['read']> {
  const of = member(payload, 'repository_ruleset');
  const [id, enforcement, at] = [integerAt(of, 'id'), textAt(of, 'enforcement'), timeAt(of, 'updated_at')];
  if (id === undefined || enforcement === undefined || at === undefined) return undefined;
  const change = (lock: LockRule | null) => ({
    changes: [{ kind: 'rule' as const, repository, rule: `ruleset-${String(id)}`, at, lock }],
  });
  if (action === 'deleted' || enforcement !== 'active' || (textAt(of, 'target') ?? 'branch') !== 'branch')
    return change(null);
  const [rules, include, exclude] = [
    listAt(of, 'rules'),
    textsAt(of, 'conditions', 'ref_name', 'include'),
    textsAt(of, 'conditions', 'ref_name', 'exclude'),
  ];
  if (rules === undefined || include === undefined) return undefined;
  if (!rules.some((rule) => textAt(rule, 'type') === 'update')) return change(null);
  const branches = (refs: readonly string[]): readonly string[] => refs.flatMap((ref) => branchIn(ref, payload) ?? []);
  return change({ include: branches(include), exclude: branches(exclude ?? []) });
}

/** A branch as a ruleset names it. */
function branchIn(ref: string, payload: JsonValue): string | undefined {
  if (ref === '~ALL') return '**';
  if (ref === '~DEFAULT_BRANCH') return textAt(payload, 'repository', 'default_branch');
  return ref.startsWith('refs/heads/') ? ref.slice('refs/heads/'.length) : ref;
}

/** Everything that is not plainly good is a failure: a run that was cancelled has proved nothing. */
const conclusions: Readonly<Record<string, SuiteValue>> = {
  success: 'success',
  neutral: 'success',
  skipped: 'success',
};

function checkSuite({ payload, name, action }: About): ReturnType<Row['read']> {
  const of = member(payload, 'check_suite');
  const [branch, head, app] = [textAt(of, 'head_branch'), textAt(of, 'head_sha'), integerAt(of, 'app', 'id')];
  const [since, at] = [timeAt(of, 'created_at'), timeAt(of, 'updated_at')];
  if (branch === undefined || head === undefined || app === undefined || since === undefined || at === undefined)
    return undefined;
  const conclusion = textAt(of, 'conclusion') ?? '';
  const value = action === 'completed' ? (conclusions[conclusion] ?? 'failure') : 'pending';
  return { changes: [{ kind: 'suite', branch: `${name}/${branch}`, head, since, app: String(app), at, value }] };
}

function pullRequest({ payload, name, action }: About): ReturnType<Row['read']> {
  const of = member(payload, 'pull_request');
  const [number, at] = [integerAt(of, 'number') ?? integerAt(payload, 'number'), timeAt(of, 'updated_at')];
  if (number === undefined || at === undefined) return undefined;
  const value = action !== 'closed' ? 'open' : member(of, 'merged') === true ? 'merged' : 'closed';
  return { facts: [{ subject: `pr:${name}/${String(number)}`, value, at }] };
}

function push({ payload, name }: About): ReturnType<Row['read']> {
  const [ref, after, at] = [
    textAt(payload, 'ref'),
    textAt(payload, 'after'),
    timeAt(payload, 'repository', 'pushed_at'),
  ];
  if (ref === undefined || after === undefined || at === undefined) return undefined;
  if (!ref.startsWith('refs/heads/')) return {};
  const value = member(payload, 'deleted') === true ? 'deleted' : after;
  return { facts: [{ subject: `head:${name}/${ref.slice('refs/heads/'.length)}`, value, at }] };
}

function archived({ payload, name, action }: About): ReturnType<Row['read']> {
  const at = timeAt(payload, 'repository', 'updated_at');
  if (at === undefined) return undefined;
  return { facts: [{ subject: `repository:${name}`, value: action === 'archived' ? 'archived' : 'active', at }] };
}
