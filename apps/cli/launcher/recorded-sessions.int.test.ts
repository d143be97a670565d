/**
 * How often a person is asked (design, "When a person is asked"): ten working sessions, recorded with the real Claude Code, Codex and opencode on scripted models
 * (`test/agents/record-sessions.ts`), replayed hook by hook through what answers hooks in the product, under the usual preset in the sandbox, on a real control.
 * At most one question per agent-hour is the bar, and none for work inside the worktree.
 */

import { mkdirSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expandPreset, presets } from '@writ/authority';
import type { HarnessName } from '@writ/enforce';
import { authoritySetToWire, controlApi, historyRuleToWire } from '@writ/protocol';
import { startControlServer } from '@writ/server';
import { expect, test } from 'vitest';
import { hookedSession } from '../testing/hooked-session.ts';
import { ownMachine } from '../testing/machine.ts';

const folder = join(import.meta.dirname, '../../../test/recorded/sessions');
const machine = ownMachine();

/** A scripted model answers at once; a real one thinks, and its commands take their time. So many calls are an hour of an agent: one in thirty seconds. */
const callsAnHour = 120;

type Counted = {
  readonly name: string;
  readonly calls: number;
  /** What was asked about. */
  readonly asked: readonly string[];
  readonly refused: readonly string[];
};

const { authority, history } = expandPreset('worktree', { project: 'app' });
const { maxDepth, children } = presets.worktree.delegation;
const mandate = {
  authorization_details: authoritySetToWire(authority),
  history: history.map(historyRuleToWire),
  delegation: { max_depth: maxDepth, max_children: children?.maxChildren ?? 0, actors: 'any' },
};

async function replay(file: string, server: Awaited<ReturnType<typeof startControlServer>>): Promise<Counted> {
  const [name = '', harness = ''] = file.split('.');
  const asked: string[] = [];
  await using one: Awaited<ReturnType<typeof hookedSession>> = await hookedSession({
    machine,
    server,
    // The names of the recordings.
    harness: harness as HarnessName,
    more: mandate,
    /** The person says yes to what is asked, and it is counted. */
    async ask(id) {
      const { items } = one.need(await one.owner.call(controlApi.waiting, {}));
      const waiting = items.find((item) => item.id === id);
      if (waiting === undefined) return { answer: 'no' };
      asked.push(`${waiting.ask} ${waiting.changes.join(' ')}`);
      const { text_digest, revision } = waiting;
      const params = { id };
      await (waiting.kind === 'action'
        ? one.owner.call(controlApi.giveApproval, { params, body: { text_digest, remember: false } })
        : one.owner.call(controlApi.approve, { params, body: { text_digest, revision: revision ?? 0 } }));
      return { answer: 'yes' };
    },
  });
  const hooks = readFileSync(join(folder, file), 'utf8')
    .replaceAll('/home/dev/app', machine.root)
    .trim()
    .split('\n')
    .map((line): unknown => JSON.parse(line));
  for (const hook of hooks) await one.told(hook);
  // What a person said yes to is what was seen to wait, and so is told as refused no more.
  expect(one.answeredYes).toHaveLength(asked.length);
  for (const judged of one.answeredYes)
    expect(one.judged.filter((seen) => seen === judged && seen.decision !== 'permit')).toHaveLength(1);
  const calls = new Set(one.judged.filter(({ tool }) => tool !== 'prompt').map((judged) => JSON.stringify(judged)))
    .size;
  const refused = one.judged
    .filter(({ decision }) => decision === 'refuse')
    .map(({ action, resource }) => `${action} on ${resource}`);
  return { name, calls, asked, refused };
}

const median = (numbers: readonly number[]): number => {
  const sorted = numbers.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return ((sorted[Math.ceil(middle) - 1] ?? 0) + (sorted[Math.floor(middle)] ?? 0)) / 2;
};

test('ten recorded sessions ask at most once an agent-hour in the median, and never for work inside the worktree', async () => {
  mkdirSync(machine.root, { recursive: true });
  const server = await startControlServer({ dir: machine.home });
  try {
    const counted: Counted[] = [];
    for (const file of readdirSync(folder)) counted.push(await replay(file, server));
    const rates = counted.map(({ asked, calls }) => (asked.length / calls) * callsAnHour);
    expect(counted).toHaveLength(10);
    // They did work, or nothing is shown by their asking nothing.
    for (const { name, calls } of counted) expect([name, calls > 3]).toEqual([name, true]);
    expect(median(rates)).toBeLessThanOrEqual(1);
    const questions = counted.flatMap(({ asked }) => asked);
    const inWorktree = /`(?:file\.\w+|shell\.run|git\.commit|agent\.spawn|task\.\w+)`|package:\/\/app\/lockfile/;
    expect(questions.filter((question) => inWorktree.test(question))).toEqual([]);
  } finally {
    await server.close();
  }
});
