/**
 * Attack 34: two questions that share a key of a cache, so that one is answered with the other's yes. Nothing is kept by question: what a point holds is what control
 * signed, and every question is judged from that anew.
 */
import type { Artifact } from '@writ/authority';
import { answerFrom, classTableVersion, evaluatorVersion } from '@writ/authority';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ask, beneath, hour, mandate, t0 } from './support.ts';

const age = { atMostMs: 1, atLeastMs: 1, isStale: false };
const containment = { files: 'worktree', network: 'none', credentials: 'none' } as const;
const chain = [mandate('m0', [beneath('workspace://p/src', ['file.*', 'a.b'])])];
const artifact: Artifact = {
  audience: 'launcher',
  nonce: 'n',
  answersFor: 'm0',
  actor: 'builder',
  actorKey: null,
  chain,
  readings: [],
  spend: [],
  slice: null,
  policy: { version: 'p1', refusedToAgents: {}, classes: {} },
  versions: { evaluator: evaluatorVersion, classes: classTableVersion },
  issuedAt: t0,
  expiresAt: t0 + hour,
  maxAgeMs: { consequential_read: 5_000, workspace_write: 5_000 },
  position: 1,
};

describe('attack 34: delimiters in a question', () => {
  // Pieces that a careless key would join with, and what JSON escapes.
  const piece = fc.constantFrom(
    '',
    'a',
    '.b',
    'file.',
    'write',
    ',',
    '"',
    '","',
    '\\',
    '|',
    ':',
    '/',
    '\n',
    '\0',
    '[',
    ']',
  );
  const tail = fc.array(piece, { maxLength: 3 }).map((pieces) => pieces.join(''));
  const questions = fc.array(
    fc.tuple(
      fc.oneof(fc.constantFrom('file.write', 'file.read', 'a.b'), tail),
      tail.map((rest) => `workspace://p/${rest}`),
    ),
    { minLength: 2, maxLength: 6 },
  );

  test('each question has the answer it would have alone, whatever was asked before it', () => {
    fc.assert(
      fc.property(questions, (asked) => {
        for (const [action, resource] of [...asked, ...asked.toReversed()]) {
          const request = { action, resource, parameters: {} };
          const answer = answerFrom(artifact, { request, containment }, age, 0);
          expect(answer.kind === 'yes').toBe(ask(chain, request, { now: t0 + 1 }).decision === 'permit');
        }
      }),
      { seed: 34, numRuns: 300 },
    );
  });
});
