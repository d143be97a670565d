import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AuthoritySet } from './authority-set.ts';
import { permits } from './permits.ts';
import type { Observed } from './suggest.ts';
import { suggest } from './suggest.ts';

const current: AuthoritySet = [
  { resource: 'workspace://p/src', resourceMatch: 'prefix', actions: ['file.*'], constraints: {} },
  {
    resource: 'git://p/refs/heads/writ',
    resourceMatch: 'prefix',
    actions: ['git.push'],
    constraints: { tenant: 'acme' },
  },
];

/** What the evaluator said of a question, as it is recorded. */
function refused(action: string, resource: string, times = 1): Observed {
  const answer = permits(current, { action, resource, parameters: {} }, 0);
  if (answer.permitted) throw new Error(`\`${action}\` on \`${resource}\` is permitted`);
  return { action, resource, times, reason: { code: 'out_of_authority', mandate: 'm', gap: answer.gap } };
}

describe('what is proposed', () => {
  it('is the least that would have permitted it, with how often and examples', () => {
    const { suggestions, leftAlone } = suggest(
      [
        refused('file.write', 'workspace://p/docs/a.md', 2),
        refused('file.read', 'workspace://p/docs/a.md'),
        refused('file.write', 'workspace://p/docs/a.md'),
        refused('shell.run', 'shell://p/make', 9),
      ],
      current,
      'p',
    );
    expect(suggestions.map(({ entry, times }) => [entry.resource, entry.resourceMatch, entry.actions, times])).toEqual([
      ['shell://p/make', 'exact', ['shell.run'], 9],
      ['workspace://p/docs/a.md', 'exact', ['file.read', 'file.write'], 4],
    ]);
    expect(leftAlone).toEqual([]);
  });

  it('comes the most often asked first, then by name, with the places that were asked about in that order', () => {
    const { suggestions } = suggest(
      [
        refused('file.write', 'workspace://p/docs/b.md'),
        refused('file.write', 'workspace://p/docs/a.md', 2),
        refused('file.write', 'workspace://p/docs/c.md', 5),
        refused('file.read', 'workspace://p/docs/c.md', 5),
        refused('shell.run', 'shell://p/make', 3),
        refused('shell.run', 'shell://p/ant', 3),
      ],
      current,
      'p',
    );
    expect(suggestions).toEqual([
      {
        entry: { resource: 'workspace://p/docs', resourceMatch: 'prefix', actions: ['file.write'], constraints: {} },
        times: 8,
        examples: ['workspace://p/docs/c.md', 'workspace://p/docs/a.md', 'workspace://p/docs/b.md'],
      },
      {
        entry: { resource: 'workspace://p/docs/c.md', resourceMatch: 'exact', actions: ['file.read'], constraints: {} },
        times: 5,
        examples: ['workspace://p/docs/c.md'],
      },
      {
        entry: { resource: 'shell://p/ant', resourceMatch: 'exact', actions: ['shell.run'], constraints: {} },
        times: 3,
        examples: ['shell://p/ant'],
      },
      {
        entry: { resource: 'shell://p/make', resourceMatch: 'exact', actions: ['shell.run'], constraints: {} },
        times: 3,
        examples: ['shell://p/make'],
      },
    ]);
  });

  it('takes the same question asked again for one place, not for three', () => {
    const again = Array.from({ length: 3 }, () => refused('file.write', 'workspace://p/docs/a.md'));
    expect(suggest(again, current, 'p').suggestions).toMatchObject([
      { entry: { resource: 'workspace://p/docs/a.md', resourceMatch: 'exact' }, times: 3 },
    ]);
  });

  it('does not take another spelling for another place: no detour makes a folder of all branches', () => {
    const detours = ['a', 'b', 'c'].map((name) => refused('git.push', `git://p/refs/heads/feat/../${name}`));
    expect(suggest(detours, current, 'p').suggestions.map(({ entry }) => entry)).toMatchObject(
      ['a', 'b', 'c'].map((name) => ({ resource: `git://p/refs/heads/${name}`, resourceMatch: 'exact' })),
    );
    const spelt = ['workspace://p/docs/a', 'WORKSPACE://p/docs/%61', 'workspace://p/./docs/a'];
    expect(
      suggest(
        spelt.map((resource) => refused('file.write', resource)),
        current,
        'p',
      ).suggestions,
    ).toMatchObject([{ times: 3, examples: ['workspace://p/docs/a'] }]);
    expect(suggest([refused('git.push', 'git://p/refs/heads/x/../main')], current, 'p').leftAlone).toMatchObject([
      { resource: 'git://p/refs/heads/main', why: 'the branch is protected' },
    ]);
  });

  it('is never the folder of all refs, nor one that is not of the places asked about', () => {
    const places = (folder: string) =>
      suggest(
        ['x', 'y', 'z'].map((name) => refused('git.push', `git://p/${folder}${name}`)),
        current,
        'p',
      ).suggestions.map(({ entry }) => `${entry.resourceMatch} ${entry.resource}`);
    expect(places('refs/notes/')).toEqual(['prefix git://p/refs/notes']);
    expect(places('refs/heads/feat/')).toEqual(['prefix git://p/refs/heads/feat']);
    expect(places('refs/')).toEqual(['exact git://p/refs/x', 'exact git://p/refs/y', 'exact git://p/refs/z']);
    expect(places('')).toEqual(['exact git://p/x', 'exact git://p/y', 'exact git://p/z']);
  });

  it('is a folder from three places in it on, and never the whole project or every branch', () => {
    const three = ['a', 'b', 'c'].map((name) => refused('file.write', `workspace://p/docs/${name}.md`));
    expect(suggest(three, current, 'p').suggestions).toMatchObject([
      { entry: { resource: 'workspace://p/docs', resourceMatch: 'prefix' }, times: 3 },
    ]);
    expect(suggest(three.slice(0, 2), current, 'p').suggestions).toHaveLength(2);
    const wide = ['a', 'b', 'c', 'd'].flatMap((name) => [
      refused('file.write', `workspace://p/${name}.md`),
      refused('git.push', `git://p/refs/heads/${name}`),
    ]);
    const { suggestions } = suggest(wide, current, 'p');
    expect(suggestions.map(({ entry }) => entry.resourceMatch)).toEqual(Array(8).fill('exact'));
  });
});

describe('what is never proposed', () => {
  it.each([
    ['secret.read', 'secret://p/npm-token', 'a secret is given by hand'],
    ['git.push', 'git://p/refs/heads/main', 'the branch is protected'],
    ['git.push', 'git://p/refs/heads/release/2.4', 'the branch is protected'],
    ['git.push', 'git://p/refs/heads/RELEASE/2.4', 'the branch is protected'],
    ['git.push', 'git://p/refs/tags/v1', 'a tag is approved by hand'],
    ['git.force_push', 'git://p/refs/heads/x', 'what others have is overwritten'],
    ['git.merge', 'git://p/refs/heads/x', 'it changes a shared branch'],
    ['package.publish', 'package://p/x', 'what is published stays'],
    ['hooks.write', 'workspace://p/.git/hooks/pre-push', 'it would govern the agent'],
    ['deploy.run', 'shell://p/deploy', 'a deployment is approved each time'],
    ['payment.send', 'shell://p/pay', 'money is approved each time'],
    ['file.read', 'secret://p/npm-token', 'a secret is given by hand'],
    ['Git.push', 'git://p/refs/heads/x', '`Git.push` is not an action that can be approved'],
    ['git.push.*', 'git://p/refs/heads/x', '`git.push.*` is not an action that can be approved'],
    ['x:git.push', 'git://p/refs/heads/x', '`x:git.push` is not an action that can be approved'],
    ['git.push', 'git://p/refs/heads/trunk', 'the branch is protected'],
    ['http.get', 'https://example.com/', 'it is outside the project'],
    ['mcp.read', 'mcp://ledger/post', 'it is outside the project'],
    ['file.write', 'workspace://machine/etc/hosts', 'it is of `machine`, not of `p`'],
    ['shell.run', 'shell://other/make', 'it is of `other`, not of `p`'],
    ['*', 'workspace://p/docs/a', '`*` is not an action that can be approved'],
    [
      'git.push',
      'git://p/refs/heads/writ/x',
      'an entry covers it, and a bound of that entry does not; change the bound by hand',
    ],
  ])('%s on %s: %s', (action, resource, why) => {
    const { suggestions, leftAlone } = suggest([refused(action, resource)], current, 'p');
    expect(suggestions).toEqual([]);
    expect(leftAlone).toEqual([{ action, resource, times: 1, why }]);
  });

  it.each([
    ['git.push', 'git://p/refs/heads/mainline'],
    ['git.push', 'git://p/refs/heads/feat/main'],
    ['git.push', 'git://p/pull-requests/refs/heads/main'],
    ['file.write', 'workspace://p/refs/heads/main'],
    ['file.write', 'workspace://p/refs/tags/v1'],
    ['agent.spawn', 'agent://reviewer/'],
    ['build', 'shell://p/make'],
    ['tests.unit.run', 'shell://p/make'],
    ['tests.run', 'workspace://p/src/all.test.ts'],
  ])('but %s on %s is', (action, resource) => {
    const { suggestions, leftAlone } = suggest([refused(action, resource)], current, 'p');
    expect(leftAlone).toEqual([]);
    expect(suggestions).toMatchObject([{ entry: { resource, actions: [action] } }]);
  });

  it('what is no resource, whatever it was refused for', () => {
    const resource = 'workspace://p/../q';
    const gap = { kind: 'resource', why: 'outside' } as const;
    const asked: Observed = {
      action: 'file.write',
      resource,
      times: 1,
      reason: { code: 'out_of_authority', mandate: 'm', gap },
    };
    expect(suggest([asked], current, 'p').leftAlone).toMatchObject([
      { resource, why: '`workspace://p/../q` is not a resource that can be approved' },
    ]);
  });

  it('what asks each time, since that is approved already', () => {
    const asked: Observed = {
      action: 'git.push',
      resource: 'git://p/refs/heads/x',
      times: 2,
      reason: {
        code: 'approval_required',
        mandate: 'm',
        action: 'git.push',
        resource: 'git://p/refs/heads/x',
        because: 'each_time',
      },
    };
    expect(suggest([asked], current, 'p')).toEqual({
      suggestions: [],
      leftAlone: [
        { action: 'git.push', resource: 'git://p/refs/heads/x', times: 2, why: 'it is approved, and asks each time' },
      ],
    });
  });

  it('what more authority would not have helped, and what is permitted by now', () => {
    const ended: Observed = {
      action: 'file.write',
      resource: 'workspace://p/docs/a',
      times: 1,
      reason: { code: 'mandate_inactive', mandate: 'm', state: 'revoked', detail: '' },
    };
    expect(suggest([ended], current, 'p').leftAlone).toMatchObject([{ why: 'more authority would not have helped' }]);
    const before = refused('file.write', 'workspace://p/docs/a');
    const now: AuthoritySet = [
      { resource: 'workspace://p/docs', resourceMatch: 'prefix', actions: ['file.write'], constraints: {} },
    ];
    expect(suggest([before], now, 'p').leftAlone).toMatchObject([{ why: 'it is permitted by now' }]);
  });
});

describe('laws', () => {
  const segment = fc.constantFrom('a', 'b', 'docs', 'main', 'release', 'src', 'x');
  const path = fc.array(segment, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/'));
  const question = fc
    .tuple(
      fc.constantFrom(
        ['file.write', 'workspace'],
        ['file.read', 'workspace'],
        ['git.push', 'git'],
        ['shell.run', 'shell'],
        ['secret.read', 'secret'],
      ),
      fc.constantFrom('p', 'other'),
      path,
      fc.integer({ min: 1, max: 9 }),
    )
    .map(([[action = '', scheme = ''], owner, at, times]) => ({
      action,
      resource: scheme === 'git' ? `git://${owner}/refs/heads/${at}` : `${scheme}://${owner}/${at}`,
      times,
    }))
    .filter(({ action, resource }) => !permits(current, { action, resource, parameters: {} }, 0).permitted);
  const questions = fc.array(question, { maxLength: 12 });

  it('every question is either left alone with a reason, or permitted by what is proposed', () => {
    fc.assert(
      fc.property(questions, (asked) => {
        const { suggestions, leftAlone } = suggest(
          asked.map((one) => refused(one.action, one.resource, one.times)),
          current,
          'p',
        );
        const proposed = suggestions.map(({ entry }) => entry);
        for (const { action, resource } of asked) {
          const isLeft = leftAlone.some((one) => one.action === action && one.resource === resource);
          expect(permits(proposed, { action, resource, parameters: {} }, 0).permitted).toBe(!isLeft);
        }
        const counted = [...suggestions, ...leftAlone].reduce((sum, { times }) => sum + times, 0);
        expect(counted).toBe(asked.reduce((sum, { times }) => sum + times, 0));
      }),
    );
  });

  it('nothing protected, secret or of another project is permitted by what is proposed, and the order of asking says nothing', () => {
    fc.assert(
      fc.property(questions, path, (asked, other) => {
        const observed = asked.map((one) => refused(one.action, one.resource, one.times));
        const result = suggest(observed, current, 'p');
        const proposed = result.suggestions.map(({ entry }) => entry);
        const never = [
          ['secret.read', `secret://p/${other}`],
          ['git.push', 'git://p/refs/heads/main'],
          ['git.push', `git://p/refs/heads/release/${other}`],
          ['file.write', `workspace://other/${other}`],
        ] as const;
        for (const [action, resource] of never)
          expect(permits(proposed, { action, resource, parameters: {} }, 0).permitted).toBe(false);
        expect(suggest(observed.toReversed(), current, 'p')).toEqual(result);
      }),
    );
  });
});
