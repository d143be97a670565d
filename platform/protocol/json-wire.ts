/**
 * Any JSON value, where a wire format leaves open what it is. What is parsed has been read from JSON text, so all that can be wrong with it is a number that no double carries.
 *
 * Not `z.json()`: a schema that refers to itself makes every parse of whatever holds it keep track of what it has met, which takes as long as all the rest.
 */

import { z } from 'zod';

function isJson(value: unknown): boolean {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return true;
    case 'number':
      return Number.isFinite(value);
    case 'object':
      return value === null || Object.values(value).every(isJson);
    default:
      return false;
  }
}

// What `isJson` lets through is what the type says.
export const jsonWire = z.unknown().refine(isJson, 'not a JSON value') as unknown as z.ZodType<
  z.core.util.JSONType,
  z.core.util.JSONType
>;
