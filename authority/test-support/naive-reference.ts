/**
 * A second evaluator, for tests alone: slow, obvious, and written from the published rules and the design, not from the first one.
 *
 * It lists everything that stands against a request, in the order in which a verdict names it, and shares no code with what it checks. Instants and decimals are
 * integers scaled to thirty places, paths are lists of segments. Follows docs/ontology.md, draft-mcguinness-oauth-mission ("Mission Authority", "Subset Rule",
 * "Common Constraints", "Resource Server Enforcement") and RFC 3986.
 */

import type { Condition, HistoryRule, JudgedMandate as Mandate, SignalValue } from '../mandate/mandate.ts';
import type { AuthorityEntry, AuthoritySet, Constraints } from '../set/authority-set.ts';
import type { RequestParameters } from '../set/request.ts';
import type { EvaluationInput, Verdict } from '../verdict/evaluate.ts';
import type { ReasonCode } from '../verdict/reason.ts';

/** What the reference says: the decision, and every reason against, first the one a verdict names. */
export type NaiveVerdict = { readonly decision: Verdict['decision']; readonly against: readonly ReasonCode[] };

/** Judges as the design says, with no thought of speed. */
export function naiveEvaluate(input: EvaluationInput): NaiveVerdict {
  const against = [...everythingAgainst(input)];
  if (against.length === 0) return { decision: 'permit', against };
  return { decision: against.every((code) => code === 'approval_required') ? 'hold' : 'refuse', against };
}

/** The mandate speaks first: its end is the cause of whatever a token or policy then says. */
function* everythingAgainst(input: EvaluationInput): Generator<ReasonCode> {
  const leaf = input.chain.at(-1);
  const line = input.chain.map((mandate) => mandate.id);
  const parents = input.chain.map((mandate) => mandate.parent);
  if (leaf?.id !== input.mandate || JSON.stringify(parents) !== JSON.stringify([null, ...line.slice(0, -1)])) {
    yield 'unknown_mandate';
    return;
  }
  yield* lifecycleAgainst(input.chain, input.now);
  const uri = readUri(input.request.resource);
  if (uri === undefined || !/^[A-Za-z0-9_.:-]+$/.test(input.request.action)) {
    yield 'malformed_request';
    return;
  }
  let asks = isAskedFirst(input, uri) || (input.policy.permits && input.policy.asks === true);
  for (const mandate of input.chain) {
    for (const condition of mandate.conditions) {
      const is = standingOf(condition, input);
      if (is !== 'holds') yield is === 'fails' ? 'condition_failed' : 'condition_unknown';
    }
    for (const set of [mandate.authority, ...mandate.overlays.map((overlay) => overlay.authority)]) {
      const answer = answerOf(set, uri, input);
      if (answer === 'no') yield 'out_of_authority';
      if (answer === 'with approval') asks = true;
    }
    if (isSpent(mandate, input)) yield 'budget_spent';
  }
  if (isSomethingMissing(input, uri)) yield 'history_required';
  if (!input.token.usable) yield 'credential_unusable';
  else if (input.token.actor !== leaf.actor) yield 'actor_mismatch';
  if (!input.policy.permits) yield 'policy_refused';
  if (asks && !input.approvals.some((approval) => covers(approval, input))) yield 'approval_required';
}

// ── what the mandates say of themselves ──

/** Expiry is judged before the stored state; an ended ancestor ends and a suspended one holds all beneath. */
function* lifecycleAgainst(chain: readonly Mandate[], now: number): Generator<ReasonCode> {
  const isLive = (mandate: Mandate) => mandate.state.name === 'active' && now < mandate.expiresAt;
  const isOver = (mandate: Mandate) =>
    now >= mandate.expiresAt || (mandate.state.name !== 'active' && mandate.state.name !== 'suspended');
  const leaf = chain.at(-1);
  if (leaf === undefined) return;
  const above = chain.slice(0, -1);
  // Its own end comes before anything above it; what only holds it comes after.
  if (isOver(leaf)) yield 'mandate_inactive';
  if (above.some((ancestor) => !isLive(ancestor))) yield 'ancestor_inactive';
  if (!isOver(leaf) && !isLive(leaf)) yield 'mandate_inactive';
}

function standingOf(condition: Condition, input: EvaluationInput): 'holds' | 'fails' | 'unknown' {
  if (condition.test === 'within') return isThatTime(String(condition.value), input.now);
  const reading = input.signals(condition.subject);
  if (reading === undefined) return condition.whenUnreported;
  const { maxAgeMs } = condition;
  if (maxAgeMs !== null && (input.now > reading.at + maxAgeMs || input.now < reading.at - maxAgeMs)) return 'unknown';
  return isMet(condition, reading.value);
}

/** Only numbers have an order; and a value of another kind than was approved is not proof of being different. */
function isMet({ test, value }: Condition, actual: SignalValue): 'holds' | 'fails' | 'unknown' {
  const say = (answer: boolean) => (answer ? 'holds' : 'fails');
  if (test === 'equals') return say(actual === value);
  if (typeof actual !== typeof value || Number.isNaN(actual) || Number.isNaN(value)) return 'unknown';
  if (test === 'not_equals') return say(actual !== value);
  if (typeof actual !== 'number' || typeof value !== 'number') return 'unknown';
  const difference = actual - value;
  return say(
    {
      less_than: difference < 0,
      at_most: difference <= 0,
      greater_than: difference > 0,
      at_least: difference >= 0,
      within: false,
    }[test],
  );
}

// ── the time of the week ──

const week = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];

/** By the calendar: what day and what time it is there now, and what day it was a day ago. */
function isThatTime(text: string, now: number): 'holds' | 'fails' | 'unknown' {
  const [days = '', times = '', zone = '', ...more] = text.split(' ');
  const [from, to] = times.split('-');
  const offset = zone === 'Z' ? 0 : readClock(zone.slice(1));
  const [begins, ends] = [readClock(from), readClock(to)];
  const begin = days === 'daily' ? week : readDayList(days);
  if (begin === undefined || begins === undefined || ends === undefined || offset === undefined) return 'unknown';
  if (times.split('-').length !== 2 || more.length > 0 || begins === 24 * 60 || offset > 14 * 60) return 'unknown';
  if (zone !== 'Z' && zone[0] !== '+' && zone[0] !== '-') return 'unknown';
  if (Number.isNaN(now)) return 'unknown';
  const there = new Date(now + (zone[0] === '-' ? -offset : offset) * 60_000);
  const minute = there.getUTCHours() * 60 + there.getUTCMinutes();
  const today = week[there.getUTCDay()] ?? '';
  const yesterday = week[(there.getUTCDay() + 6) % 7] ?? '';
  const isInside =
    begins < ends
      ? begin.includes(today) && begins <= minute && minute < ends
      : (begin.includes(today) && begins <= minute) || (begin.includes(yesterday) && minute < ends);
  return isInside ? 'holds' : 'fails';
}

function readClock(text = ''): number | undefined {
  const [hours = '', minutes = '', ...more] = text.split(':');
  const isClock = [hours, minutes].every((part) => part.length === 2 && /^[0-9]+$/.test(part));
  const minute = Number(hours) * 60 + Number(minutes);
  return isClock && more.length === 0 && Number(minutes) < 60 && minute <= 24 * 60 ? minute : undefined;
}

/** `fri-mon` goes over the end of the week. */
function readDayList(text: string): readonly string[] | undefined {
  const days: string[] = [];
  for (const part of text.split(',')) {
    const ends = part.split('-').map((day) => week.indexOf(day));
    const [first = -1, last = first] = ends;
    if (ends.includes(-1) || ends.length > 2) return undefined;
    const twice = [...week, ...week];
    days.push(...twice.slice(first, last >= first ? last + 1 : last + 8));
  }
  return days;
}

// ── what came before ──

const rulesOf = (chain: readonly Mandate[]): readonly (readonly [Mandate, HistoryRule])[] =>
  chain.flatMap((mandate) => mandate.history.map((rule) => [mandate, rule] as const));

function isAskedFirst({ chain, request, history }: EvaluationInput, uri: Uri): boolean {
  if (history.kind === 'begun') return false;
  return rulesOf(chain).some(([mandate, rule]) => {
    if (rule.kind !== 'first_use' || !rule.actions.some((allowed) => coversAction(allowed, request.action)))
      return false;
    const path = rule.target === 'site' ? '' : `${uri.segments.join('/')}${uri.rest}`;
    return history.of(mandate.id, rule.id)?.targets.has(`${uri.site}/${path}`) !== true;
  });
}

function isSomethingMissing({ chain, request, history, now }: EvaluationInput, uri: Uri): boolean {
  if (history.kind === 'begun') return false;
  return rulesOf(chain).some(([mandate, rule]) => {
    if (rule.kind !== 'before' || !rule.then.some((allowed) => coversAction(allowed, request.action))) return false;
    const value = rule.sameParameter === null ? null : history.parameter(rule.sameParameter);
    if (value === undefined) return true;
    const target = rule.sameTarget ? `${uri.site}/${uri.segments.join('/')}${uri.rest}` : null;
    const known = history.of(mandate.id, rule.id);
    const done = known?.successes.get(JSON.stringify([target, value]));
    if (known === undefined || done === undefined) return true;
    const isStale = rule.staleAfter.length > 0 && known.changedAt >= done.order;
    const isOld = rule.maxAgeMs !== null && Math.abs(now - done.at) > rule.maxAgeMs;
    return isStale || isOld;
  });
}

function isSpent(mandate: Mandate, input: EvaluationInput): boolean {
  const used = input.spend(mandate.id);
  const left = mandate.budgets.map((budget): readonly number[] => {
    switch (budget.kind) {
      case 'calls':
        return [budget.limit - used.calls, input.draws?.calls ?? 0];
      case 'tokens':
        return [budget.limit - used.tokens, input.draws?.tokens ?? 0];
      case 'money':
        return [budget.limitMicros - used.moneyMicros, input.draws?.moneyMicros ?? 0];
      case 'wall':
        return [budget.limitMs - (input.now - (mandate.approvedAt ?? -Infinity)), 0];
    }
  });
  return left.some(([rest = 0, wanted = 0]) => !(rest > 0) || wanted > rest);
}

/** One exact action, its parameters, and not one non-active moment anywhere above since. */
function covers(approval: EvaluationInput['approvals'][number], input: EvaluationInput): boolean {
  let epochs = 0;
  for (const mandate of input.chain) epochs += mandate.epoch;
  return (
    approval.mandate === input.mandate &&
    approval.action === input.request.action &&
    approval.resource === input.request.resource &&
    approval.parameterDigest === input.parameterDigest &&
    approval.epoch === epochs &&
    input.now < approval.expiresAt
  );
}

// ── what an authority set says ──

type SetAnswer = 'yes' | 'with approval' | 'no';

/** Entries are alternatives: one that permits is enough, and one that permits without asking is preferred. */
function answerOf(set: AuthoritySet, uri: Uri, input: EvaluationInput): SetAnswer {
  // Half of what was approved is not what was approved: one entry nobody can read makes the whole set unreadable.
  if (!set.every(isReadable)) return 'no';
  let best: SetAnswer = 'no';
  for (const entry of set) {
    if (!coversResource(entry, uri)) continue;
    if (!entry.actions.some((allowed) => coversAction(allowed, input.request.action))) continue;
    if (!meetsConstraints(entry.constraints, input.request.parameters, input.now)) continue;
    if (entry.catalogueDigest !== undefined && entry.catalogueDigest !== input.request.parameters.catalogueDigest)
      continue;
    if (entry.constraints.requiresActionApproval !== true) return 'yes';
    best = 'with approval';
  }
  return best;
}

function isReadable({ resource, resourceMatch, constraints, catalogueDigest }: AuthorityEntry): boolean {
  const uri = readUri(resource);
  const instants = [
    constraints.resourceIssuedAfter,
    constraints.resourceIssuedBefore,
    constraints.timeWindow?.notBefore,
    constraints.timeWindow?.notAfter,
  ];
  return (
    uri !== undefined &&
    (resourceMatch === 'exact' || uri.rest === '') &&
    // A prefix over what a server offers is of the catalogue as it was approved.
    !(resourceMatch === 'prefix' && uri.site.startsWith('mcp:') && catalogueDigest === undefined) &&
    instants.every((text) => text === undefined || readInstant(text) !== undefined) &&
    (constraints.maxAmount === undefined || readDecimal(constraints.maxAmount.amount) !== undefined) &&
    (constraints.recipientDomain === undefined || isDomain(constraints.recipientDomain)) &&
    constraints.tenant !== ''
  );
}

function coversAction(allowed: string, asked: string): boolean {
  if (!allowed.endsWith('.*')) return allowed === asked;
  const family = allowed.split('.').slice(0, -1);
  const name = asked.split('.');
  return name.length > family.length && family.every((part, index) => part === name[index]);
}

function meetsConstraints(bounds: Constraints, facts: RequestParameters, now: number): boolean {
  if (Object.keys(bounds.unknown ?? {}).length > 0) return false;
  const { maxAmount, tenant, recipientDomain, timeWindow, dataClassification, allowedTools } = bounds;
  const { amount, tool } = facts;
  const moment = BigInt(now) * 10n ** 27n;
  const issued = facts.resourceIssuedAt === undefined ? undefined : readInstant(facts.resourceIssuedAt);
  const notBefore = timeWindow?.notBefore === undefined ? undefined : readInstant(timeWindow.notBefore);
  const notAfter = timeWindow?.notAfter === undefined ? undefined : readInstant(timeWindow.notAfter);
  const { resourceIssuedAfter: after, resourceIssuedBefore: before } = bounds;
  const met: readonly boolean[] = [
    maxAmount === undefined ||
      (amount?.currency === maxAmount.currency && atMost(readDecimal(amount.amount), readDecimal(maxAmount.amount))),
    after === undefined || atMost(readInstant(after), issued),
    before === undefined || atMost(issued, readInstant(before)),
    tenant === undefined || facts.tenant === tenant,
    recipientDomain === undefined ||
      (facts.recipientDomain !== undefined && isWithinDomain(facts.recipientDomain, recipientDomain)),
    timeWindow?.notBefore === undefined || atMost(notBefore, moment),
    timeWindow?.notAfter === undefined || atMost(moment, notAfter),
    dataClassification === undefined ||
      (facts.dataClassification !== undefined &&
        facts.dataClassification.length > 0 &&
        facts.dataClassification.every((label) => dataClassification.includes(label))),
    allowedTools === undefined || (tool !== undefined && allowedTools.includes(tool)),
  ];
  return met.every((one) => one);
}

function atMost(a: bigint | undefined, b: bigint | undefined): boolean {
  return a !== undefined && b !== undefined && a <= b;
}

const PLACES = 30;

/** The number times 10^30. */
function readDecimal(text: string): bigint | undefined {
  if (!/^[0-9]+(\.[0-9]{1,18})?$/.test(text)) return undefined;
  const [whole = '', fraction = ''] = text.split('.');
  return BigInt(whole + fraction.padEnd(PLACES, '0'));
}

/** Seconds since 1970 times 10^30. */
function readInstant(text: string): bigint | undefined {
  const parts = /^(\d{4}-\d\d-\d\d)[Tt](\d\d:\d\d:\d\d)(?:\.(\d+))?([Zz]|[+-]\d\d:\d\d)$/.exec(text);
  if (parts === null) return undefined;
  const [, day = '', time = '', fraction = '', zone = ''] = parts;
  const second = Date.parse(`${day}T${time}${zone.toUpperCase()}`) / 1000;
  if (!Number.isInteger(second) || time.startsWith('24')) return undefined;
  // A day the month does not have is read as one of the next month.
  if (new Date(`${day}T00:00:00Z`).toISOString().slice(0, day.length) !== day) return undefined;
  return BigInt(second) * 10n ** BigInt(PLACES) + BigInt(fraction.slice(0, PLACES).padEnd(PLACES, '0'));
}

/** Labels of letters, digits and hyphens: an international name is in its ASCII form. */
function isDomain(name: string): boolean {
  return name.split('.').every((label) => /^[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?$/.test(label));
}

function isWithinDomain(asked: string, allowed: string): boolean {
  if (!isDomain(asked)) return false;
  const labels = (name: string) => name.toLowerCase().split('.').reverse();
  const inner = labels(asked);
  return labels(allowed).every((label, index) => label === inner[index]);
}

// ── resources ──

/** Those of the design, and the places of packages, secrets and missions. */
const SCHEMES = ['https', 'http', 'workspace', 'git', 'shell', 'mcp', 'agent', 'package', 'secret', 'mission'];

type Uri = { readonly site: string; readonly segments: readonly string[]; readonly rest: string };

function coversResource(entry: AuthorityEntry, asked: Uri): boolean {
  const base = readUri(entry.resource);
  if (base?.site !== asked.site) return false;
  if (entry.resourceMatch === 'exact') return sameList(base.segments, asked.segments) && base.rest === asked.rest;
  if (base.rest !== '') return false;
  if (sameList(base.segments, asked.segments)) return asked.rest === '';
  // An empty path is the root: all of the site is beneath it.
  const prefix = sameList(base.segments, ['']) ? [] : base.segments;
  return asked.segments.length > prefix.length && prefix.every((segment, index) => segment === asked.segments[index]);
}

function sameList(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((item, index) => item === b[index]);
}

/** RFC 3986, 6.2.2: case, percent-encoding and dot segments; and the default port of 6.2.3. An empty path is `/`. */
function readUri(text: string): Uri | undefined {
  const parts = /^([A-Za-z][A-Za-z0-9+.-]*):\/\/([^/?#\s]+)((?:\/[^?#\s]*)?)((?:\?[^#\s]*)?)$/.exec(text);
  if (parts === null) return undefined;
  const [, scheme = '', host = '', path = '', rest = ''] = parts;
  const kind = scheme.toLowerCase();
  if (!SCHEMES.includes(kind)) return undefined;
  const port = { http: ':80', https: ':443' }[kind];
  const name = readPercent(host).toLowerCase();
  if (!/^[^:]+(:\d{1,5})?$/.test(name)) return undefined;
  const site = port !== undefined && name.endsWith(port) ? name.slice(0, -port.length) : name;
  const segments: string[] = [];
  const given = (path === '' ? '/' : path).slice(1).split('/').map(readPercent);
  const isLocal = kind !== 'http' && kind !== 'https';
  if (isLocal && given.slice(0, -1).includes('')) return undefined;
  given.forEach((segment, index) => {
    const isLast = index === given.length - 1;
    if (segment === '..') segments.pop();
    if (segment !== '.' && segment !== '..') segments.push(segment);
    else if (isLast) segments.push('');
  });
  if (isLocal && !isTree(segments, kind === 'workspace' || kind === 'git')) return undefined;
  return { site: `${kind}://${site}`, segments, rest: readPercent(rest) };
}

/** In our own schemes no name is empty, and a slash at the end says nothing more; a name of a file or ref holds no slash and ends in nothing that systems drop. */
function isTree(segments: string[], isFile: boolean): boolean {
  if (segments.length > 1 && segments.at(-1) === '') segments.pop();
  return sameList(segments, ['']) || segments.every((name) => name !== '' && !(isFile && /%2F|[. ]$|%20$/.test(name)));
}

/** Decodes what needs no encoding, and writes the rest in upper case. */
function readPercent(text: string): string {
  return text.replace(/%([0-9A-Fa-f]{2})/g, (whole, digits: string) => {
    const character = String.fromCharCode(Number.parseInt(digits, 16));
    return /[A-Za-z0-9._~-]/.test(character) ? character : whole.toUpperCase();
  });
}
