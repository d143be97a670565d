/** An object of JSON, looked at no further: what is in it is for whoever reads it, and a schema of its keys would cost more than all the rest of a line. */

import { z } from 'zod';

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const plainObject = z.custom<Readonly<Record<string, unknown>>>(isObject, 'has to be an object');
