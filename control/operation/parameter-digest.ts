/** The digest that binds parameters into verdicts and permits: of their canonical JSON (RFC 8785). */

import { digestJson } from '../digest.ts';

export const parameterDigest = (parameters: unknown): string => digestJson(parameters);
