import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { agentDoorApi, controlApi, enforcerApi, readRouteBody, runtimeApi } from './index.ts';
import type { Route } from './index.ts';
import { unknownMember } from './unknown-members.ts';

const ask = { mandate: 'm-1', action: 'git.push', resource: 'git://p/refs/heads/x' };
const said = (route: Route, body: unknown): string => {
  const read = readRouteBody(route, body);
  return read.ok ? 'taken' : `${read.detail}; ${read.wayOut}`;
};

describe('a member that is not known', () => {
  test.each<readonly [Route, object, string]>([
    [controlApi.check, { ...ask, atLeast: 4 }, '`atLeast` is not known here; did you mean `at_least`?'],
    [controlApi.begin, { ...ask, parmeters: {} }, '`parmeters` is not known here; did you mean `parameters`?'],
    [controlApi.begin, { ...ask, idempotencyKey: 'k' }, 'send it as the header `Idempotency-Key`'],
    [
      controlApi.check,
      { ...ask, facts: { tennant: 'a' } },
      '`facts.tennant` is not known here; did you mean `tenant`?',
    ],
    [controlApi.settle, { outcome: 'done', proof: 'x' }, 'what is known here: `outcome`, `evidence`'],
    [controlApi.retireKey, { reson: '' }, 'did you mean `reason`?'],
    [controlApi.stopAll, { dryRun: true }, 'did you mean `dry_run`?'],
    [controlApi.acknowledge, { point: 'e', lines: [{ kind: 'point', outcom: 'stopped' }] }, '`lines[0].outcom`'],
    [runtimeApi.leaveSession, { now: true }, 'leave it out'],
    [runtimeApi.tellFact, { kind: 'command', exitCode: 1 }, '`exitCode`'],
    [enforcerApi.addMcpServer, { name: 'n', launch: { kind: 'http', adress: '' } }, '`launch.adress`'],
    [
      agentDoorApi.push,
      { updates: [{ source: 'a', targt: 'b' }] },
      '`updates[0].targt` is not known here; did you mean `target`?',
    ],
  ])('%# is refused where it stands, with the likely spelling', (route, body, words) => {
    expect(said(route, body)).toContain(words);
  });

  test('is told before what it leaves missing', () => {
    expect(said(controlApi.check, { mandat: 'm-1' })).toContain('did you mean `mandate`?');
  });

  test('is ignored where AuthZEN asks for it, and nowhere else', () => {
    const subject = { type: 'mandate', id: 'm', since: 1 };
    const resource = { type: 'git', id: 'git://p/refs/heads/x' };
    expect(said(controlApi.evaluate, { subject, resource, action: { name: 'git.push' }, more: 1 })).toBe('taken');
    const lenient = [controlApi, runtimeApi, enforcerApi, agentDoorApi]
      .flatMap((api): readonly Route[] => Object.values(api))
      .filter(({ ignoresUnknown }) => ignoresUnknown);
    expect(lenient).toEqual([controlApi.evaluate, controlApi.evaluateMany]);
  });
});

test('what is a caller’s own to name is known: parameters, constraints of other kinds, names of tools', () => {
  expect(said(controlApi.check, { ...ask, parameters: { oid: { anything: 1 } } })).toBe('taken');
  const schema = z.object({ a: z.record(z.string(), z.object({ b: z.string() })).optional(), c: z.looseObject({}) });
  expect(unknownMember(schema, { a: { own: { b: '' } }, c: { own: 1 } })).toBeUndefined();
  expect(unknownMember(schema, { a: { own: { d: '' } } })).toMatchObject({ path: 'a.own.d', known: ['b'] });
});

test('of several kinds of object it is looked at as the one it says it is', () => {
  const kinds = z.union([
    z.object({ kind: z.literal('a'), x: z.string() }),
    z.object({ kind: z.literal('b'), y: z.object({ z: z.string() }) }),
    z.string(),
  ]);
  expect(unknownMember(kinds, { kind: 'a', y: {} })).toMatchObject({ path: 'y' });
  expect(unknownMember(kinds, { kind: 'b', y: { q: 1 } })).toMatchObject({ path: 'y.q' });
  expect(unknownMember(kinds, 'text')).toBeUndefined();
});
