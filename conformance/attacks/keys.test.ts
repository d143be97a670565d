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

  /** Every other pair that a key joined with `by` could stand for. */
  function twinsOf(action: string, resource: string, by: string): readonly (readonly [string, string])[] {
    const key = `${action}${by}${resource}`;
    const at = Array.from({ length: key.length + 1 }, (_, index) => index).filter((index) => key.startsWith(by, index));
    return at
      .map((index): readonly [string, string] => [key.slice(0, index), key.slice(index + by.length)])
      .filter(([other]) => other !== action);
  }

  test.each(['', ' ', '.', ',', '|', ':', '::', '/', '\n', '\0', '","', '\t', '#'])(
    'two questions that read alike, joined with %j, have each their own answer, whichever comes first',
    (by) => {
      const allowed = ['file.write', `workspace://p/src/a${by}b`] as const;
      const isAllowed =
        ask(chain, { action: allowed[0], resource: allowed[1], parameters: {} }, { now: t0 + 1 }).decision === 'permit';
      const told = (action: string, resource: string): boolean =>
        answerFrom(artifact, { request: { action, resource, parameters: {} }, containment }, age, 0).kind === 'yes';
      const twins = twinsOf(...allowed, by);
      expect(told(...allowed)).toBe(isAllowed);
      for (const twin of twins) expect([twin, told(...twin)]).toEqual([twin, false]);
      for (const twin of twins.toReversed()) told(...twin);
      expect(told(...allowed)).toBe(isAllowed);
    },
  );

  test('what else a question says is a part of it: its facts, and what it is contained by', () => {
    const bound = {
      ...artifact,
      chain: [
        mandate('m0', [beneath('workspace://p/src', ['shell.run'], { constraints: { allowedTools: ['edit'] } })]),
      ],
    };
    const asked = (tool: string, place: Parameters<typeof answerFrom>[1]['containment']): string =>
      answerFrom(
        bound,
        {
          request: { action: 'shell.run', resource: 'workspace://p/src/a', parameters: { tool } },
          containment: place,
        },
        age,
        0,
      ).kind;
    const open = { files: 'open', network: 'open', credentials: 'open' } as const;
    expect([
      asked('edit', containment),
      asked('shell', containment),
      asked('edit', open),
      asked('edit', containment),
    ]).toEqual(['yes', 'ask', 'ask', 'yes']);
  });
});
