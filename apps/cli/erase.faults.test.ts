/** What a run printed is erased by a person: gone from every file, told by verification, and the session is what it was, also after a restart. */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ownMachine } from './testing/machine.ts';

const machine = ownMachine();
const { writ, json, repositoryWith } = machine;
const secret = 'the-token-that-was-printed';

const mission = `---
title: Prints a secret
project: app
preset: worktree
---

# Prints a secret

Print it.

- [ ] T1 touches: one.txt run: \`node -e "console.log(['the-token','that-was-printed'].join('-'))"\` done: \`true\` — print it
`;

type Entry = { readonly type: string; readonly position: number; readonly data: unknown };

it(
  'takes what a run printed out of the journal, and nothing that the session needs',
  { timeout: 120_000 },
  async () => {
    await json(['run', repositoryWith(mission), '--yes']);
    const [first] = (await json<{ sessions: { id: string }[] }>(['show'])).sessions;
    const session = first?.id ?? '';
    const log = async (): Promise<readonly Entry[]> =>
      (await json<{ items: Entry[] }>(['log', session, '--lines', '500'])).items.filter(({ type }) =>
        /^(?:run|output|turn|input|fact)\./.test(type),
      );
    const before = await log();
    const printed = before.filter(({ data }) => JSON.stringify(data).includes(secret));
    // What it printed, the fact of its command, and what its turn is summed up with.
    expect(printed.map(({ type }) => type).sort()).toEqual(['fact.seen', 'output.recorded', 'turn.ended']);
    const positions = printed.map((event) => String(event.position));
    const position = String(printed.find(({ type }) => type === 'output.recorded')?.position);
    const isInFiles = (): boolean => {
      const folder = join(machine.home, 'runtime');
      return readdirSync(folder).some(
        (file) => file.startsWith('runtime.db') && readFileSync(join(folder, file)).includes(secret),
      );
    };
    expect(isInFiles()).toBe(true);

    expect((await writ(['audit', 'erase', 'runtime', position])).err).toMatch(/it is not said why/);
    const started = before.find(({ type }) => type === 'run.started')?.position;
    const kept = await writ(['audit', 'erase', 'runtime', position, String(started), '--reason', 'x']);
    expect([kept.code, kept.err.replaceAll(/\s+/g, ' ')]).toEqual([
      1,
      expect.stringContaining(`is \`run.started\`, and a session or mission could not be continued without it`),
    ]);
    const opened = await writ(['audit', 'erase', 'control', '1', '--reason', 'x']);
    expect([opened.code, opened.err]).toEqual([1, expect.stringContaining('never erased')]);

    expect((await writ(['audit', 'erase', 'runtime', ...positions, '--reason', 'a token was printed'])).code).toBe(0);
    expect(isInFiles()).toBe(false);
    const verified = await writ(['audit', 'verify']);
    expect(verified.code).toBe(0);
    expect(verified.out.replaceAll(/\s+/g, ' ')).toContain(`erased: position ${position}, session/${session}`);
    expect(verified.out.replaceAll(/\s+/g, ' ')).toMatch(/by owner at .*: a token was printed/);
    await writ(['down']);
    await writ(['up']);
    expect((await log()).map(({ type }) => type)).toEqual(before.map(({ type }) => type));
    expect((await writ(['log', session])).out).toContain('output.recorded, erased');
    expect((await writ(['back', session])).code).toBe(0);

    // And by itself, once somebody said for how long it is kept.
    expect((await writ(['store', 'retention'])).out).toMatch(
      /control: everything is kept\s+runtime: everything is kept/,
    );
    const never = await writ(['store', 'retention', 'runtime', 'run.started', '--days', '0']);
    expect([never.code, never.err.replaceAll(/\s+/g, ' ')]).toEqual([1, expect.stringContaining('is kept for ever')]);
    const types = ['input.admitted', 'turn.ended'];
    for (const type of types)
      expect(
        (await writ(['store', 'retention', 'runtime', type, '--days', '0'])).out.replaceAll(/\s+/g, ' '),
      ).toContain(`the data of ${type} is erased 0 days after it happened; said by owner at`);
    await expect
      .poll(async () => (await log()).filter(({ type, data }) => types.includes(type) && data !== null), {
        timeout: 30_000,
      })
      .toEqual([]);
    const swept = await writ(['audit', 'verify']);
    expect(swept.code).toBe(0);
    expect(swept.out.replaceAll(/\s+/g, ' ')).toContain('by runtime at');
    expect((await writ(['back', session])).code).toBe(0);
  },
);
