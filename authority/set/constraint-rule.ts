// What a constraint's rule is made of: how its value is read, compared, combined and held against a request.
// Each rule works on parsed values, so that "500" and "500.00", or two spellings of one instant, cannot be told apart by accident.

import type { Facts, RequestParameters } from './request.ts';

/**
 * Why a request does not meet a constraint, and what would, as plain sentences without a full stop. For a machine: the facts a request would have to
 * have, or from when on to ask. Neither is there where no request meets the constraint any more.
 */
export type Unmet = {
  readonly why: string;
  readonly wouldPermit: string;
  readonly facts?: RequestParameters;
  readonly notBefore?: number;
};

/** Holds one request against one constraint whose value was parsed beforehand; undefined when it is met. `now` is epoch milliseconds. */
export type ConstraintCheck = (facts: Facts, now: number) => Unmet | undefined;

/** The rule of one constraint key, over its domain value. Malformed values are no broader than nothing and meet nothing. */
export type ConstraintRule<V> = {
  /** What a well-formed value looks like, for messages. */
  readonly shape: string;
  readonly isWellFormed: (value: unknown) => boolean;
  readonly noBroader: (inner: V, outer: V) => boolean;
  /** The greatest value no broader than either; undefined when they have nothing in common. */
  readonly meet: (inner: V, outer: V) => V | undefined;
  /** The check with the value parsed once; undefined when the value is malformed. */
  readonly compile: (value: V) => ConstraintCheck | undefined;
};

/** A rule stated over parsed values `P` of domain value `V`. */
export type ParsedRule<V, P> = {
  readonly shape: string;
  readonly parse: (value: unknown) => P | undefined;
  readonly value: (parsed: P) => V;
  readonly noBroader: (inner: P, outer: P) => boolean;
  readonly meet: (inner: P, outer: P) => P | undefined;
  /** The check for one parsed value, which a request then costs no more than its comparisons. */
  readonly check: (constraint: P) => ConstraintCheck;
};

/** Turns a rule over parsed values into one over domain values. */
export function constraintRule<V, P>(rule: ParsedRule<V, P>): ConstraintRule<V> {
  return {
    shape: rule.shape,
    isWellFormed: (value) => rule.parse(value) !== undefined,
    noBroader: (inner, outer) => {
      const i = rule.parse(inner);
      const o = rule.parse(outer);
      return i !== undefined && o !== undefined && rule.noBroader(i, o);
    },
    meet: (inner, outer) => {
      const i = rule.parse(inner);
      const o = rule.parse(outer);
      const met = i === undefined || o === undefined ? undefined : rule.meet(i, o);
      return met === undefined ? undefined : rule.value(met);
    },
    compile: (value) => {
      const parsed = rule.parse(value);
      return parsed === undefined ? undefined : rule.check(parsed);
    },
  };
}
