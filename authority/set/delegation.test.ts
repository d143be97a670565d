// What is a delegation policy and what is none. How policies compare and combine is in subset.test.ts.

import { describe, expect, test } from 'vitest';
import { mayHandOn, whyMalformedDelegation } from './delegation.ts';

const children = (of: unknown) => ({ maxDepth: 1, children: of });
const named = [{ actor: 'ada' }, { actorKind: 'reviewer' }];

describe('a delegation policy', () => {
  test.each<[unknown]>([
    [{ maxDepth: 0 }],
    [{ maxDepth: 3, allowedDelegates: [] }],
    [{ maxDepth: 3, allowedDelegates: named }],
    [{ maxDepth: 3, allowedDelegates: undefined, children: undefined, surprise: undefined }],
    [children({})],
    [children({ maxChildren: 1, maxChildDepth: 1, allowedChildActors: named, childCreationPolicy: 'strict' })],
  ])('is %j', (value) => {
    expect(whyMalformedDelegation(value)).toBeUndefined();
  });

  test.each<[unknown, string]>([
    [null, 'its delegation is not an object'],
    [7, 'its delegation is not an object'],
    [[], 'its delegation is not an object'],
    [{}, 'its delegation has no `maxDepth`'],
    [{ maxDepth: undefined }, 'its delegation has no `maxDepth`'],
    [{ maxDepth: 1, policy: 'x' }, 'its delegation has a member we do not understand'],
    [{ maxDepth: -1 }, "its delegation's `maxDepth` is not a whole number from 0"],
    [{ maxDepth: 0.5 }, "its delegation's `maxDepth` is not a whole number from 0"],
    [{ maxDepth: '1' }, "its delegation's `maxDepth` is not a whole number from 0"],
    [{ maxDepth: Infinity }, "its delegation's `maxDepth` is not a whole number from 0"],
    [{ maxDepth: 1, children: 7 }, "its delegation's `children` is not an object"],
    [children(null), 'its delegation to children is not an object'],
    [children([]), 'its delegation to children is not an object'],
    [children({ maxDepth: 1 }), 'its delegation to children has a member we do not understand'],
    [children({ maxChildren: 0 }), "its delegation to children's `maxChildren` is not a whole number from 1"],
    [children({ maxChildDepth: 1.5 }), "its delegation to children's `maxChildDepth` is not a whole number from 1"],
    [
      children({ childCreationPolicy: '' }),
      "its delegation to children's `childCreationPolicy` is not the name of a policy",
    ],
  ])('is not %j: %s', (value, why) => {
    expect(whyMalformedDelegation(value)).toBe(why);
  });

  test.each<[unknown]>([
    ['ada'],
    [{ 0: { actor: 'ada' }, length: 1 }],
    [[null]],
    [['ada']],
    [[7]],
    [[{}]],
    [[{ actor: '' }]],
    [[{ actor: 7 }]],
    [[{ name: 'ada' }]],
    [[{ actor: 'ada', actorKind: 'reviewer' }]],
    [[{ actor: 'ada', surprise: true }]],
    [[{ actor: 'ada' }, { actor: '' }]],
  ])('names actors one by one or by kind, and never as %j', (list) => {
    const is = 'is not a list of actors or kinds of actors';
    expect(whyMalformedDelegation({ maxDepth: 1, allowedDelegates: list })).toBe(
      `its delegation's \`allowedDelegates\` ${is}`,
    );
    expect(whyMalformedDelegation(children({ allowedChildActors: list }))).toBe(
      `its delegation to children's \`allowedChildActors\` ${is}`,
    );
  });
});

describe('whether an entry lets a child mandate have it', () => {
  const to = { actor: 'ada', generations: 1, liveChildren: 0 };

  test('one that says nothing leaves it to its mandate', () => {
    expect(mayHandOn(undefined, { actor: 'anybody', generations: 99, liveChildren: 99 })).toBe(true);
  });

  test.each([
    ['says nothing of children', { maxDepth: 3 }, to, false],
    ['sets no bounds', children({}), to, true],
    ['goes one generation down where it does not say how many', children({}), { ...to, generations: 2 }, false],
    ['reaches so far', children({ maxChildDepth: 2 }), { ...to, generations: 2 }, true],
    ['does not reach so far', children({ maxChildDepth: 2 }), { ...to, generations: 3 }, false],
    ['has room for one more', children({ maxChildren: 2 }), { ...to, liveChildren: 1 }, true],
    ['has no room for one more', children({ maxChildren: 2 }), { ...to, liveChildren: 2 }, false],
    ['names the actor', children({ allowedChildActors: named }), to, true],
    ['names others', children({ allowedChildActors: named }), { ...to, actor: 'bob' }, false],
    [
      'names a kind, which nobody here is known to be of',
      children({ allowedChildActors: named }),
      { ...to, actor: 'reviewer' },
      false,
    ],
    ['names nobody', children({ allowedChildActors: [] }), to, false],
    ['names a policy nobody here knows', children({ childCreationPolicy: 'strict' }), to, false],
  ] as const)('one that %s', (_, delegation, asked, may) => {
    expect(mayHandOn(delegation as Parameters<typeof mayHandOn>[0], asked)).toBe(may);
  });
});
