/** SHA-256 over canonical JSON (RFC 8785) and over text, base64url without padding. */

import { hash } from 'node:crypto';
import canonicalize from 'canonicalize';

/** The digest of a text, over its UTF-8 bytes. */
export const digestText = (text: string): string => hash('sha256', text, 'base64url');

/** The digest of a JSON value, independent of key order and spelling of numbers. `undefined` members do not count. */
export const digestJson = (value: unknown): string =>
  digestText(isCanonical(value) ? JSON.stringify(value) : (canonicalize(value) ?? 'null'));

/** Whether `JSON.stringify` gives the canonical text as the value stands, which it does several times faster: most are small, flat and in order. */
function isCanonical(value: unknown): boolean {
  switch (typeof value) {
    case 'string':
      return value.isWellFormed();
    case 'boolean':
      return true;
    case 'number':
      return Number.isFinite(value);
    case 'object':
      return value === null || (Array.isArray(value) ? value.every(isCanonical) : isInOrder(value));
    default:
      return false;
  }
}

/** Of a plain object: integer keys come first whatever their order, so one that begins with a digit is left to the canonicaliser. */
function isInOrder(object: object): boolean {
  if (Object.getPrototypeOf(object) !== Object.prototype) return false;
  let previous = '';
  for (const [key, value] of Object.entries(object)) {
    if (key < previous || /^\d/.test(key) || key === 'toJSON' || !key.isWellFormed() || !isCanonical(value))
      return false;
    previous = key;
  }
  return true;
}
