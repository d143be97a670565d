/** SHA-256 over canonical JSON (RFC 8785) and over text, base64url without padding. */

import { hash } from 'node:crypto';
import canonicalize from 'canonicalize';

/** The digest of a text, over its UTF-8 bytes. */
export const digestText = (text: string): string => hash('sha256', text, 'base64url');

/** The digest of a JSON value, independent of key order and spelling of numbers. `undefined` members do not count. */
export const digestJson = (value: unknown): string => digestText(canonicalize(value) ?? 'null');
