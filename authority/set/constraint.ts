// The Common Constraints, one rule each (draft, "Common Constraints"): the subset rule, the intersection rule, and what a request must show.
// A request that lacks the fact a constraint needs does not meet it. Nothing here reads a clock; `now` is epoch milliseconds.

import { quoteBriefly } from '../resource/visible.ts';
import type { Amount, Constraints, TimeWindow } from './authority-set.ts';
import { constraintRule, type ConstraintRule } from './constraint-rule.ts';
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

const unstated = (what: string): { why: string; wouldPermit: string } => ({
  why: `the request does not say ${what}, and the approval depends on it`,
  wouldPermit: `a request that states ${what}`,
});

const maxAmount = constraintRule<Amount, ParsedAmount>({
  shape: 'a decimal amount such as `500.00` and a three-letter currency',
  parse: readAmount,
  value: (parsed) => parsed.source,
  noBroader: (inner, outer) =>
    inner.source.currency === outer.source.currency && compareDecimal(inner.value, outer.value) <= 0,
  meet: (inner, outer) => {
    if (inner.source.currency !== outer.source.currency) return undefined;
    return compareDecimal(inner.value, outer.value) <= 0 ? inner : outer;
  },
  check:
    (limit) =>
    ({ amount }) => {
      if (amount === undefined) return unstated('an exact amount and its currency');
      const within = amount.source.currency === limit.source.currency && compareDecimal(amount.value, limit.value) <= 0;
      if (within) return undefined;
      return {
        why: `${amount.source.amount} ${amount.source.currency} is not within the approved ${limit.source.amount} ${limit.source.currency}`,
        wouldPermit: `an amount of at most ${limit.source.amount} ${limit.source.currency}`,
      };
    },
});

const resourceIssuedAfter = constraintRule<string, ParsedInstant>({
  shape: 'an RFC 3339 date-time',
  parse: readInstant,
  value: (parsed) => parsed.source,
  noBroader: (inner, outer) => compareInstant(inner.instant, outer.instant) >= 0,
  meet: later,
  check:
    (bound) =>
    ({ resourceIssuedAt: issued }) => {
      if (issued === undefined) return unstated('when the resource was issued');
      if (compareInstant(issued.instant, bound.instant) >= 0) return undefined;
      return {
        why: `the resource was issued before ${bound.source}`,
        wouldPermit: `a resource issued at or after ${bound.source}`,
      };
    },
});

const resourceIssuedBefore = constraintRule<string, ParsedInstant>({
  shape: 'an RFC 3339 date-time',
  parse: readInstant,
  value: (parsed) => parsed.source,
  noBroader: (inner, outer) => compareInstant(inner.instant, outer.instant) <= 0,
  meet: earlier,
  check:
    (bound) =>
    ({ resourceIssuedAt: issued }) => {
      if (issued === undefined) return unstated('when the resource was issued');
      if (compareInstant(issued.instant, bound.instant) <= 0) return undefined;
      return {
        why: `the resource was issued after ${bound.source}`,
        wouldPermit: `a resource issued at or before ${bound.source}`,
      };
    },
});

const tenant = constraintRule<string, string>({
  shape: 'a tenant name',
  parse: readText,
  value: (name) => name,
  noBroader: (inner, outer) => inner === outer,
  meet: (inner, outer) => (inner === outer ? inner : undefined),
  check:
    (name) =>
    ({ tenant: stated }) => {
      if (stated === undefined) return unstated('which tenant it concerns');
      if (stated === name) return undefined;
      return {
        why: `tenant ${quoteBriefly(stated)} is not the approved ${quoteBriefly(name)}`,
        wouldPermit: `a resource of tenant ${quoteBriefly(name)}`,
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
  check:
    (domain) =>
    ({ recipientDomain: stated }) => {
      if (stated === undefined) return unstated("the recipient's domain");
      if (domainWithin(stated, domain)) return undefined;
      return {
        why: `recipients in \`${stated}\` are outside the approved \`${domain}\``,
        wouldPermit: `a recipient in \`${domain}\``,
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
  check: (window) => (_facts, now) => {
    // Written so that a `now` that is not a number meets no window.
    const begun = !window.notBefore || now >= firstMillisecond(window.notBefore.instant);
    const notEnded = !window.notAfter || now <= window.notAfter.instant.ms;
    if (begun && notEnded && Number.isFinite(now)) return undefined;
    if (!begun && window.notBefore)
      return {
        why: `the approved time begins at ${window.notBefore.source}`,
        wouldPermit: `asking at or after ${window.notBefore.source}`,
      };
    return {
      why: `the approved time ended at ${window.notAfter?.source ?? 'an unknown moment'}`,
      wouldPermit: 'an entry whose time window is still open',
    };
  },
});

const dataClassification = constraintRule<readonly string[], ReadonlySet<string>>({
  ...labelSet('a list of classification labels'),
  check:
    (allowed) =>
    ({ dataClassification: stated }) => {
      if (stated === undefined || stated.length === 0) return unstated('how the data is classified');
      const outside = stated.find((label) => !allowed.has(label));
      if (outside === undefined) return undefined;
      return {
        why: `data classified ${quoteBriefly(outside)} is not approved`,
        wouldPermit: `data classified ${listed(allowed)}`,
      };
    },
});

const allowedTools = constraintRule<readonly string[], ReadonlySet<string>>({
  ...labelSet('a list of tool names'),
  check:
    (allowed) =>
    ({ tool }) => {
      if (tool === undefined) return unstated('through which tool it goes');
      if (allowed.has(tool)) return undefined;
      return {
        why: `the tool ${quoteBriefly(tool)} is not approved for it`,
        wouldPermit: `going through ${listed(allowed)}`,
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
};

/** All keys of the table, in the order they are compared and shown. */
export const constraintKeys: readonly ConstraintKey[] = [
  'maxAmount',
  'resourceIssuedAfter',
  'resourceIssuedBefore',
  'tenant',
  'recipientDomain',
  'timeWindow',
  'dataClassification',
  'allowedTools',
  'requiresActionApproval',
];

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
