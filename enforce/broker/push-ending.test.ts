/** What is said of a push that is over: nothing may be called failed that can have arrived. */

import { expect, test } from 'vitest';
import type { Sent } from './push-ending.ts';
import { pushEnding } from './push-ending.ts';

const [before, next] = ['a'.repeat(40), 'b'.repeat(40)];
const update = { ref: 'refs/heads/w', old: before, new: next };

const git = { code: 0, signal: null, stdout: '', stderr: '' } as const;
const hungUp = { ...git, code: 128, stderr: 'fatal: the remote end hung up unexpectedly' };
const unreached = { ...git, code: 128, stderr: 'fatal: unable to access: Could not resolve host: git.example' };
const refused = { ...git, code: 1, stdout: `!\t${next}:refs/heads/w\t[remote rejected]\n`, stderr: 'remote: no\n' };
const killed = { ...git, code: null, signal: 'SIGKILL' };
const notStarted = { ...git, code: null, stderr: 'spawn git ENOENT' };

const shows = (oid: string): Sent['shown'] => ({ ok: true, refs: new Map([['refs/heads/w', oid]]) });
const silent: Sent['shown'] = { ok: false, why: 'connection refused' };

const outcome = (
  result: Sent['result'],
  shown: Sent['shown'],
  interrupted: string | null = null,
  isFenced = false,
): string => pushEnding(update, { result, shown }, interrupted, isFenced).outcome;

test('a remote that broke off and cannot be asked afterwards may have taken it', () => {
  expect(outcome(hungUp, silent)).toBe('unknown');
  // Its own refusal is its word, whatever it can be asked later.
  expect(outcome(refused, silent)).toBe('failed');
});

test('what the remote shows counts, whatever Git said', () => {
  expect(outcome(hungUp, shows(next))).toBe('done');
  expect(outcome(killed, shows(next), 'revoked')).toBe('done');
  expect(outcome(unreached, shows(before))).toBe('failed');
  // Somebody else's came after it, or in its place.
  expect(outcome(hungUp, shows('c'.repeat(40)))).toBe('unknown');
  expect(outcome(refused, shows(before))).toBe('failed');
  expect(outcome(git, shows(before))).toBe('unknown');
});

test('a remote that broke off may take it after it was looked at; one that asks for the permit, whatever became of the connection', () => {
  expect(outcome(hungUp, shows(before))).toBe('unknown');
  expect(outcome(unreached, shows(before), null, true)).toBe('unknown');
  // Its own word is its word.
  expect(outcome(refused, shows(before), null, true)).toBe('failed');
});

test('what was interrupted once it was sent is never said to have been stopped', () => {
  expect(outcome(killed, shows(before), 'revoked')).toBe('unknown');
  expect(outcome(killed, silent, 'revoked')).toBe('unknown');
  expect(pushEnding(update, null, 'revoked', false).outcome).toBe('interrupted');
});

test('what was never started has failed, and a process that was killed may have sent it', () => {
  expect(outcome(notStarted, silent)).toBe('failed');
  expect(outcome(killed, silent)).toBe('unknown');
});
