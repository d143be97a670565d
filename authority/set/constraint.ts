// The Common Constraints, one rule each (draft, "Common Constraints"): the subset rule, the intersection rule, and what a request must show.
// A request that lacks the fact a constraint needs does not meet it. Nothing here reads a clock; `now` is epoch milliseconds.

import { quoteBriefly } from '../resource/visible.ts';
import type { Amount, Constraints, TimeWindow } from './authority-set.ts';
import { constraintRule, type ConstraintRule, type Unmet } from './constraint-rule.ts';
import { compareDecimal } from './decimal.ts';
import { domainWithin } from './domain-name.ts';
import { compareInstant, firstMillisecond } from './instant.ts';
import {
  earlier,
  later,
  readAmount,
  readDomain,
  readInstant,
  readLabels,
  readText,
  readWindow,
  windowOf,
  type ParsedAmount,
  type ParsedInstant,
  type ParsedWindow,
} from './value.ts';

export type ConstraintKey = Exclude<keyof Constraints, 'unknown'>;
export type ConstraintRules = { readonly [K in ConstraintKey]: ConstraintRule<NonNullable<Constraints[K]>> };

const unstated = (what: string): string => `the request does not say ${what}, and the approval depends on it`;

const maxAmount = constraintRule<Amount, ParsedAmount>({
  shape: 'a decimal amount such as `500.00` and a three-letter currency',
  parse: readAmount,
  value: (parsed) => parsed.source,
  noBroader: isAtMost,
  meet: (inner, outer) => {
    if (isAtMost(inner, outer)) return inner;
    return isAtMost(outer, inner) ? outer : undefined;
  },
  check: (limit) => {
    const { source } = limit;
    const most = `${source.amount} ${source.currency}`;
    const way = { wouldPermit: `an amount of at most ${most}`, facts: { amount: source } };
    return ({ amount }): Unmet | undefined => {
      if (amount === undefined) return { why: unstated('an exact amount and its currency'), ...way };
      if (isAtMost(amount, limit)) return undefined;
      return { why: `${amount.source.amount} ${amount.source.currency} is not within the approved ${most}`, ...way };
    };
  },
});

function isAtMost(inner: ParsedAmount, outer: ParsedAmount): boolean {
  // No conversion is defined, so amounts of two currencies are never one within the other.
  return inner.source.currency === outer.source.currency && compareDecimal(inner.value, outer.value) <= 0;
}

const resourceIssuedAfter = constraintRule<string, ParsedInstant>({
  shape: 'an RFC 3339 date-time',
  parse: readInstant,
  value: (parsed) => parsed.source,
  noBroader: (inner, outer) => compareInstant(inner.instant, outer.instant) >= 0,
  meet: later,
  check: ({ source, instant }) => {
    const way = { wouldPermit: `a resource issued at or after ${source}`, facts: { resourceIssuedAt: source } };
    return ({ resourceIssuedAt: issued }): Unmet | undefined => {
      if (issued === undefined) return { why: unstated('when the resource was issued'), ...way };
      if (compareInstant(issued.instant, instant) >= 0) return undefined;
      return { why: `the resource was issued before ${source}`, ...way };
    };
  },
});

const resourceIssuedBefore = constraintRule<string, ParsedInstant>({
  shape: 'an RFC 3339 date-time',
  parse: readInstant,
  value: (parsed) => parsed.source,
  noBroader: (inner, outer) => compareInstant(inner.instant, outer.instant) <= 0,
  meet: earlier,
  check: ({ source, instant }) => {
    const way = { wouldPermit: `a resource issued at or before ${source}`, facts: { resourceIssuedAt: source } };
    return ({ resourceIssuedAt: issued }): Unmet | undefined => {
      if (issued === undefined) return { why: unstated('when the resource was issued'), ...way };
      if (compareInstant(issued.instant, instant) <= 0) return undefined;
      return { why: `the resource was issued after ${source}`, ...way };
    };
  },
});

const tenant = constraintRule<string, string>({
  shape: 'a tenant name',
  parse: readText,
  value: (name) => name,
  noBroader: (inner, outer) => inner === outer,
  meet: (inner, outer) => (inner === outer ? inner : undefined),
  check: (name) => {
    const way = { wouldPermit: `a resource of tenant ${quoteBriefly(name)}`, facts: { tenant: name } };
    return ({ tenant: stated }): Unmet | undefined => {
      if (stated === undefined) return { why: unstated('which tenant it concerns'), ...way };
      if (stated === name) return undefined;
      return { why: `tenant ${quoteBriefly(stated)} is not the approved ${quoteBriefly(name)}`, ...way };
    };
  },
});

const recipientDomain = constraintRule<string, string>({
  shape: 'a DNS name without a trailing dot, in its ASCII form',
  parse: readDomain,
  value: (name) => name,
  noBroader: domainWithin,
  meet: (inner, outer) => {
    if (domainWithin(inner, outer)) return inner;
    return domainWithin(outer, inner) ? outer : undefined;
  },
  check: (domain) => {
    const way = { wouldPermit: `a recipient in \`${domain}\``, facts: { recipientDomain: domain } };
    return ({ recipientDomain: stated }): Unmet | undefined => {
      if (stated === undefined) return { why: unstated("the recipient's domain"), ...way };
      if (domainWithin(stated, domain)) return undefined;
      return { why: `recipients in \`${stated}\` are outside the approved \`${domain}\``, ...way };
    };
  },
});

const timeWindow = constraintRule<TimeWindow, ParsedWindow>({
  shape: 'a window with `notBefore`, `notAfter` or both, each an RFC 3339 date-time',
  parse: readWindow,
  value: (window) => window.source,
  noBroader: (inner, outer) => {
    const startsWithin =
      !outer.notBefore ||
      (inner.notBefore !== undefined && compareInstant(inner.notBefore.instant, outer.notBefore.instant) >= 0);
    const endsWithin =
      !outer.notAfter ||
      (inner.notAfter !== undefined && compareInstant(inner.notAfter.instant, outer.notAfter.instant) <= 0);
    return startsWithin && endsWithin;
  },
  meet: (inner, outer) => {
    const notBefore =
      inner.notBefore && outer.notBefore
        ? later(inner.notBefore, outer.notBefore)
        : (inner.notBefore ?? outer.notBefore);
    const notAfter =
      inner.notAfter && outer.notAfter ? earlier(inner.notAfter, outer.notAfter) : (inner.notAfter ?? outer.notAfter);
    if (notBefore && notAfter && compareInstant(notBefore.instant, notAfter.instant) > 0) return undefined;
    return windowOf(notBefore, notAfter);
  },
  check: ({ notBefore, notAfter }) => {
    const [first, last] = [
      notBefore ? firstMillisecond(notBefore.instant) : -Infinity,
      notAfter?.instant.ms ?? Infinity,
    ];
    return (_facts, now): Unmet | undefined => {
      if (!Number.isFinite(now)) return { why: 'the time is not known', wouldPermit: 'asking when the time is known' };
      if (now < first) {
        const begin = notBefore?.source ?? '';
        return {
          why: `the approved time begins at ${begin}`,
          wouldPermit: `asking at or after ${begin}`,
          notBefore: first,
        };
      }
      if (now <= last) return undefined;
      return {
        why: `the approved time ended at ${notAfter?.source ?? ''}`,
        wouldPermit: 'an entry whose time window is still open',
      };
    };
  },
});

const dataClassification = constraintRule<readonly string[], ReadonlySet<string>>({
  ...labelSet('a list of classification labels'),
  check: (allowed) => {
    const way = {
      wouldPermit: `data classified ${listed(allowed)}`,
      ...(allowed.size > 0 && { facts: { dataClassification: [...allowed] } }),
    };
    return ({ dataClassification: stated }): Unmet | undefined => {
      if (stated === undefined || stated.length === 0) return { why: unstated('how the data is classified'), ...way };
      const outside = stated.find((label) => !allowed.has(label));
      return outside === undefined
        ? undefined
        : { why: `data classified ${quoteBriefly(outside)} is not approved`, ...way };
    };
  },
});

const allowedTools = constraintRule<readonly string[], ReadonlySet<string>>({
  ...labelSet('a list of tool names'),
  check: (allowed) => {
    const [first] = allowed;
    const way = {
      wouldPermit: `going through ${listed(allowed)}`,
      ...(first !== undefined && { facts: { tool: first } }),
    };
    return ({ tool }): Unmet | undefined => {
      if (tool === undefined) return { why: unstated('through which tool it goes'), ...way };
      return allowed.has(tool) ? undefined : { why: `the tool ${quoteBriefly(tool)} is not approved for it`, ...way };
    };
  },
});

const requiresActionApproval = constraintRule<boolean, boolean>({
  shape: '`true` or `false`',
  parse: (value) => (typeof value === 'boolean' ? value : undefined),
  value: (required) => required,
  noBroader: (inner, outer) => inner || !outer,
  meet: (inner, outer) => inner || outer,
  // Never unmet by the request: the answer carries the requirement, and the verdict holds until a person has approved.
  check: () => () => undefined,
});

const freshnessMs = constraintRule<number, number>({
  shape: 'a whole number of milliseconds from 0 on',
  parse: (value) => (Number.isSafeInteger(value) && (value as number) >= 0 ? (value as number) : undefined), // a safe integer is a number
  value: (ms) => ms,
  noBroader: (inner, outer) => inner <= outer,
  meet: Math.min,
  // Of the yes and not of the request: the verdict carries it, and who uses a yes is held to it.
  check: () => () => undefined,
});

/** The rule of every constraint key we understand. A key outside this table is always a refusal. */
export const constraintRules: ConstraintRules = {
  maxAmount,
  resourceIssuedAfter,
  resourceIssuedBefore,
  tenant,
  recipientDomain,
  timeWindow,
  dataClassification,
  allowedTools,
  requiresActionApproval,
  freshnessMs,
};

/** All keys of the table, in the order they are compared and shown. */
// Object.keys loses the key type; the keys come from the table above.
export const constraintKeys: readonly ConstraintKey[] = Object.keys(constraintRules) as ConstraintKey[];

function labelSet(shape: string) {
  return {
    shape,
    parse: (value: unknown): ReadonlySet<string> | undefined => {
      const labels = readLabels(value);
      return labels && new Set(labels);
    },
    value: (set: ReadonlySet<string>): readonly string[] => [...set],
    noBroader: (inner: ReadonlySet<string>, outer: ReadonlySet<string>) => inner.isSubsetOf(outer),
    meet: (inner: ReadonlySet<string>, outer: ReadonlySet<string>) => {
      const common = inner.intersection(outer);
      return common.size > 0 ? common : undefined;
    },
  };
}

function listed(set: ReadonlySet<string>): string {
  return set.size === 0 ? 'nothing' : [...set].map(quoteBriefly).join(' or ');
}
