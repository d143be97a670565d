import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseCommand } from './command-line.ts';
import { compilePlan } from './compile-plan.ts';

const mission = (tasks: string, front = 'project: harbour') => `---\n${front}\n---\n\n# Title\n\nA goal.\n\n${tasks}\n`;
const afters = (source: string) =>
  Object.fromEntries(compilePlan(source, '').plan.tasks.map((task) => [task.id, task.after]));
const errors = (source: string) =>
  compilePlan(source, '')
    .findings.filter((f) => f.severity === 'error')
    .map((f) => `${String(f.line)}: ${f.message}`);

describe('fresh_within', () => {
  it.each([
    ['0s', 0],
    ['500ms', 500],
    ['2 s', 2_000],
    ['5s', 5_000],
  ])('%s', (written, expected) => {
    const compiled = compilePlan(mission('- [ ] T1 run: `a` done: `b`', `project: p\nfresh_within: ${written}`), '');
    expect([
      compiled.freshnessMs,
      errors(mission('- [ ] T1 run: `a` done: `b`', `project: p\nfresh_within: ${written}`)),
    ]).toEqual([expected, []]);
  });

  it.each(['6s', '5001ms', 'soon', '1m', '-1s'])(
    'refuses `%s`, and is asked each time until it is mended',
    (written) => {
      const source = mission('- [ ] T1 run: `a` done: `b`', `project: p\nfresh_within: ${written}`);
      expect(compilePlan(source, '').freshnessMs).toBe(0);
      expect(errors(source)).toMatchObject([expect.stringContaining('3: `fresh_within` cannot be')]);
    },
  );
});

describe('compilePlan', () => {
  it('compiles the passkey example without an error', () => {
    const compiled = compilePlan(
      readFileSync(new URL('../../examples/passkey/mission.md', import.meta.url), 'utf8'),
      '',
    );
    expect(compiled.findings.filter((finding) => finding.severity === 'error')).toEqual([]);
    expect(compiled).toMatchObject({
      title: 'Passkey login',
      project: 'harbour',
      preset: 'pr',
      expiresInMs: 43_200_000,
      freshnessMs: null,
      delegation: { maxDepth: 1 },
    });
    expect(compiled.conditions).toMatchObject([
      { subject: 'branch:harbour/feat/passkey', test: 'not_equals', value: 'frozen', whenUnreported: 'holds' },
    ]);
    const afterOf = Object.fromEntries(compiled.plan.tasks.map((task) => [task.id, task.after]));
    expect(afterOf).toMatchObject({ T1: [], T2: ['T1'], T3: ['T1'], T4: ['T2', 'T3'] });
    expect(compiled.plan.tasks[0]).toMatchObject({
      run: 'node agents/agent.mjs credentials',
      title: 'keep passkeys by id and owner',
    });
    expect(
      compiled.authority.some(
        (entry) => entry.actions.includes('git.push') && entry.resource.endsWith('refs/heads/feat/passkey'),
      ),
    ).toBe(true);
  });

  it.each([
    ['delegation: 0', undefined],
    ['delegation: 1', { maxDepth: 1, children: { maxChildren: 8, maxChildDepth: 1 } }],
    ['delegation: { max_depth: 3, max_children: 2 }', { maxDepth: 3, children: { maxChildren: 2, maxChildDepth: 3 } }],
  ])('with `%s` every entry says of handing on what the mission says', (line, delegation) => {
    const front = `project: harbour\n${line}\nallow:\n  - http.get on https://example.com/*`;
    const { authority } = compilePlan(mission('- [ ] T1 run: `a`', front), '');
    expect(authority.length).toBeGreaterThan(5);
    expect(new Set(authority.map((entry) => JSON.stringify(entry.delegation)))).toEqual(
      new Set([JSON.stringify(delegation)]),
    );
  });

  it('orders a list by its lines, lets [P] run side by side, and lets (after:) win', () => {
    expect(
      afters(
        mission(
          '- [ ] T1 run: `a`\n- [ ] T2 [P] run: `b`\n- [ ] T3 [P] run: `c`\n- [ ] T4 run: `d`\n- [ ] T5 (after: T1) run: `e`\n- [ ] T6 (after: none) run: `f`',
        ),
      ),
    ).toEqual({
      T1: [],
      T2: ['T1'],
      T3: ['T1'],
      T4: ['T2', 'T3'],
      T5: ['T1'],
      T6: [],
    });
  });

  it('ends a parallel group at a heading', () => {
    expect(
      afters(mission('## One\n\n- [ ] T1 [P] run: `a`\n- [ ] T2 [P] run: `b`\n\n## Two\n\n- [ ] T3 [P] run: `c`')),
    ).toEqual({ T1: [], T2: [], T3: ['T1', 'T2'] });
  });

  it('reads what has to come before what, and says what is no such rule', () => {
    const compiled = (order: string) =>
      compilePlan(mission('- [ ] T1 run: `a` done: `b`', `project: p\norder: ${order}`), '');
    expect(
      compiled('["git.commit before git.push, no file.write since", "first git.push asks"]').history,
    ).toMatchObject([
      { id: 'o1', kind: 'before', first: ['git.commit'], then: ['git.push'], staleAfter: ['file.write'] },
      { id: 'o2', kind: 'first_use', actions: ['git.push'] },
    ]);
    expect(compiled('["git.push after git.commit"]').findings).toContainEqual(
      expect.objectContaining({ line: 3, message: expect.stringContaining('`git.push after git.commit`') }),
    );
  });

  it('reads the other keys beside one it does not know, and says all that is wrong at once', () => {
    const found = errors(
      mission('- [ ] T1 run: `a` done: `b`', 'title: X\nproject: p\nbranch_prefx: x\npreset: superb\nexpires_in: soon'),
    );
    expect(found).toHaveLength(3);
    expect(found.join('\n')).toMatch(/branch_prefx[\s\S]*superb[\s\S]*expires_in/);
  });

  it('gives ids to tasks without one, past those that are taken', () => {
    expect(Object.keys(afters(mission('- [ ] T2 run: `a`\n- [ ] build it run: `b`')))).toEqual(['T2', 'T3']);
  });

  it('reads every marker of a line', () => {
    const [task] = compilePlan(
      mission(
        '- [ ] T1 [P] @x !high ~2h $3 kind: review touches: src/a/**, `b.ts` run: `node x.mjs` done: `npm test`, `npm run lint` — the title',
      ),
      '',
    ).plan.tasks;
    expect(task).toMatchObject({
      agent: { name: 'x', driver: 'command' },
      priority: 1,
      kind: 'review',
      touches: ['src/a/**', 'b.ts'],
      done: ['npm test', 'npm run lint'],
      title: 'the title',
    });
  });

  it.each([
    [
      'a circle',
      '- [ ] T1 (after: T2) run: `a`\n- [ ] T2 (after: T1) run: `b`',
      '9: `T1` waits for `T2` waits for `T1`: a circle, so none of them ever starts; take one `after` away',
    ],
    [
      'an unknown parent',
      '- [ ] T1 (after: T9) run: `a`',
      '9: `T1` is after `T9`, which is no task here; the tasks are T1',
    ],
    [
      'an id twice',
      '- [ ] T1 run: `a`\n- [ ] T1 run: `b`',
      '10: `T1` is already the id of the task in line 9; give it another',
    ],
    [
      'a misspelt marker',
      '- [ ] T1 rnu: `a`',
      '9: there is no `rnu:`; a task takes `after:`, `done:`, `kind:`, `run:`, `touches:`',
    ],
    [
      'nothing to run',
      '- [ ] T1 — think',
      '9: `T1` has nothing to run; add run: `node agent.mjs` or name an agent that is in `agents`',
    ],
    [
      'an unknown agent',
      '- [ ] T1 @ghost — think',
      '9: there is no agent `ghost`; add it to `agents` in the front matter, or give the task a run: `…`',
    ],
    [
      'a command without backticks',
      '- [ ] T1 run: npm test',
      '9: `run:` takes a command in backticks: run: `npm test`',
    ],
    [
      'a path outside',
      '- [ ] T1 touches: ../x run: `a`',
      '9: `T1` touches `../x`, which is outside its worktree; write paths from the top of the repository',
    ],
    [
      'a box inside a box',
      '- [ ] T1 run: `a`\n  - [ ] T2 run: `b`',
      '9: a box inside a box: put each task at the start of its line and write `(after: T1)`',
    ],
  ])('says where and how to get out of %s', (_, tasks, message) => {
    expect(errors(mission(tasks))).toContain(message);
  });

  it.each([
    ['conditons: []', /2: the front matter has no key `conditons`/],
    ['preset: everything\nproject: p', /2: there is no preset `everything`; the presets are `read-only`/],
    ['project: p\nexpires_in: soon', /3: `expires_in` cannot be `soon`; it is a time such as `90m`/],
    ['project: p\nconditions:\n  - when I feel like it', /3: `when I feel like it` is no condition/],
    ['project: p\nallow:\n  - everything', /3: `everything` cannot be allowed/],
    ['project: p\nbranch_prefix: main', /3: branch prefix `main` /],
    ['title: [', /the front matter is not YAML/],
    ['agents:\n  a: {driver: telepathy}\nproject: p', /2: agent `a` cannot be/],
  ])('refuses front matter %j', (front, pattern) => {
    expect(errors(mission('- [ ] T1 run: `a`', front)).join('\n')).toMatch(pattern);
  });

  it('refuses a mission without tasks, title, goal or project', () => {
    expect(errors('').join('\n')).toMatch(/no project[\s\S]*no title[\s\S]*no goal[\s\S]*no tasks/);
  });

  it('warns of two tasks side by side that write one path, and of a task nothing proves', () => {
    const { findings } = compilePlan(
      mission('- [ ] T1 [P] touches: src/** run: `a`\n- [ ] T2 [P] touches: src/b.ts run: `b` done: `c`'),
      '',
    );
    expect(findings.map((finding) => finding.message).join('\n')).toMatch(
      /nothing shows that `T1` is done[\s\S]*`T1` and `T2` may write the same paths/,
    );
  });

  it('warns at noon of a program the preset does not cover', () => {
    const { findings } = compilePlan(
      mission('- [ ] T1 run: `node x` done: `true`', 'project: p\npreset: read-only'),
      '',
    );
    expect(findings.map((finding) => finding.message)).toContain(
      '`T1` runs `node`, which preset `read-only` does not cover; add `shell.run on node` to `allow`',
    );
  });
});

describe('parseCommand', () => {
  it.each([
    ['node agents/agent.mjs x', ['node', 'agents/agent.mjs', 'x'], 'node'],
    ['/usr/bin/npm test', ['/usr/bin/npm', 'test'], 'npm'],
    [`git commit -m 'a b'`, ['git', 'commit', '-m', 'a b'], 'git'],
    ['npm test && npm run lint', ['sh', '-c', 'npm test && npm run lint'], 'sh'],
    ['CI=1 npm test', ['sh', '-c', 'CI=1 npm test'], 'sh'],
    ['echo $HOME', ['sh', '-c', 'echo $HOME'], 'sh'],
  ])('%s', (line, argv, program) => {
    expect(parseCommand(line)).toEqual({ argv, program });
  });
});
