import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import { expect, test } from 'vitest';
import { drawSalt, hashData, hashEvent, saltBytes } from './hash.ts';

const sha256 = (...parts: (string | Uint8Array)[]): string => {
  const digest = createHash('sha256');
  for (const part of parts) digest.update(part);
  return digest.digest('base64url');
};

const envelope = {
  position: 7,
  stream: 'mandate/m0',
  version: 2,
  type: 'mandate.revoked',
  at: '2026-11-21T12:00:00.000Z',
  organisation: 'acme',
  project: 'p',
  actor: 'user:ada',
};
const lineage = '{"mandate":"m0","mandateVersion":1}';

test('data is hashed as salt followed by its text in UTF-8', () => {
  const salt = Uint8Array.from({ length: saltBytes }, (_, index) => index);
  expect(hashData(salt, '"é"')).toBe(sha256(salt, Buffer.from('"é"')));
});

// A published log must verify for ever, with tools that are not ours: the exact text is a promise.
test('an event is hashed as the canonical JSON of an array that anyone can build', () => {
  const text =
    '["writ.journal.event.1","before",7,"mandate/m0",2,"mandate.revoked","2026-11-21T12:00:00.000Z","acme","p","user:ada",null,{"mandate":"m0","mandateVersion":1},"data"]';
  expect(canonicalize(JSON.parse(text))).toBe(text);
  expect(hashEvent('before', envelope, lineage, 'data')).toBe(sha256(text));
  expect(hashEvent('before', { ...envelope, cause: 'c' }, lineage, 'data')).toBe(sha256(text.replace('null', '"c"')));
  expect(hashEvent(null, envelope, lineage, 'data')).toBe(sha256(text.replace('"before"', 'null')));
});

test('salts are of full length and do not repeat across draws', () => {
  const salts = Array.from({ length: 1000 }, () => Buffer.from(drawSalt()).toString('hex'));
  expect(new Set(salts).size).toBe(1000);
  expect(salts.every((salt) => salt.length === saltBytes * 2)).toBe(true);
});
