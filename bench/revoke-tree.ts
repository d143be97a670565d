/**
 * What it costs to suspend, reinstate and revoke a mandate with a million descendants, beside one durable append to the same journal. The tree is written as the events a real delegation wrote, cloned under new ids: a hundred children, each with a hundred, each with a hundred.
 *
 * A revocation is final, so that it is made once for each of a line of mandates, one under the other, that all have the million below them: the lowest first, so that each is in force until it is its turn.
 *
 * Run: node bench/revoke-tree.ts [children of each mandate]
 */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { uncontained } from '@writ/authority';
import { defaultStopProfile, openControl, shown } from '@writ/control';
import type { Control, Outcome, Terms } from '@writ/control';
import { openSqliteJournal } from '@writ/journal';
import type { Envelope, Journal, StreamWrite } from '@writ/journal';
import { inMs, median, row, rounds } from './support/measure.ts';

const fanOut = Number(process.argv[2] ?? 100);
const person = { kind: 'person', name: 'owner' } as const;
const folder = mkdtempSync(join(tmpdir(), 'writ-bench-'));
const openJournal = (): Promise<Journal> =>
  openSqliteJournal({ path: join(folder, 'control.db'), organisation: 'bench', now: Date.now });
const open = (journal: Journal): Promise<Control> =>
  openControl({ dir: folder, now: Date.now, random: randomBytes, journal });

function got<T>(outcome: Outcome<T>): T {
  if (!outcome.ok) throw new Error(JSON.stringify(outcome.refusal));
  return outcome.value;
}

const authority: Terms['authority'] = [
  {
    resource: 'git://bench/refs/heads/writ',
    resourceMatch: 'prefix',
    actions: ['git.push'],
    constraints: {},
    delegation: { maxDepth: 3, children: { maxChildren: 1_000, maxChildDepth: 3 } },
  },
];
const bounds = { maxDepth: 3, maxChildren: 1_000, actors: 'any' } as const;

/** A root and one child of it, made as control makes them. */
async function plant(control: Control): Promise<{ readonly root: string; readonly child: string }> {
  const expiresAt = Date.now() + 3_600_000;
  const terms: Terms = {
    project: 'bench',
    purpose: 'a large tree',
    actor: 'builder',
    authority,
    conditions: [],
    history: [],
    budgets: [],
    delegation: bounds,
    steerers: [],
    approvers: [],
    actorKey: null,
    stopProfile: defaultStopProfile,
    expiresAt,
  };
  const proposed = got(await control.propose(terms, { by: person }));
  const root = proposed.mandate.id;
  const approve = { type: 'approve', revision: proposed.revision, textDigest: shown(proposed).digest } as const;
  got(await control.govern(root, { ...approve, how: 'owner_token' }, { by: person }));
  const actor = { kind: 'actor', mandate: root, actor: 'builder', run: 'bench', expiresAt } as const;
  const child = { purpose: 'a part', actor: 'builder', authority, expiresAt, delegation: undefined };
  return { root, child: got(await control.delegate(root, child, { by: actor })).mandate.id };
}

/** The events of one mandate, as they are in the journal. */
async function eventsOf(journal: Journal, id: string): Promise<readonly Envelope[]> {
  return (await journal.readAll({ after: 0, limit: 1_000 })).filter(({ stream }) => stream === `mandate-${id}`);
}

/** The same events for another mandate under another parent. */
function cloned(pattern: readonly Envelope[], id: string, parent: string, depth: number): StreamWrite {
  const events = pattern.map(({ type, data, project, actor }) => {
    const own = type === 'mandate.proposed' ? { ...(data as object), id, parent, depth } : data; // an object in every event
    return { type, data: own, project, actor, lineage: { mandate: id } };
  });
  return { stream: `mandate-${id}`, events };
}

/** Mandates above the tree, each the only child of the one before. */
const lineLength = 16;

/** Every descendant of `root`, in batches of one append each: the line, root first, and a leaf of the tree below it. */
async function grow(
  journal: Journal,
  root: string,
  pattern: readonly Envelope[],
): Promise<{ readonly line: readonly string[]; readonly leaf: string }> {
  const line = [root];
  let batch: StreamWrite[] = [];
  let grown = 0;
  const write = async (): Promise<void> => {
    const appended = await journal.append(batch, []);
    if (!appended.ok) throw new Error('an append without expectations was refused');
    batch = [];
  };
  while (line.length < lineLength) {
    const id = `m-l${String(line.length)}`;
    batch.push(cloned(pattern, id, line.at(-1) ?? root, line.length));
    line.push(id);
  }
  let level = line.slice(-1);
  for (let depth = lineLength; depth < lineLength + 3; depth += 1) {
    const next: string[] = [];
    for (const parent of level)
      for (let child = 0; child < fanOut; child += 1) {
        const id = `m-x${(grown++).toString(36)}`;
        next.push(id);
        batch.push(cloned(pattern, id, parent, depth));
        if (batch.length === 500) await write();
      }
    level = next;
  }
  if (batch.length > 0) await write();
  process.stderr.write(`${grown.toLocaleString('en')} descendants written\n`);
  return { line, leaf: level.at(-1) ?? root };
}

/** The least durable act: one small event of its own stream. */
async function appendOne(journal: Journal, which: number): Promise<void> {
  const id = `beside-${String(which)}`;
  const event = {
    type: 'project.created',
    data: { at: Date.now(), id, title: '' },
    project: id,
    actor: 'bench',
    lineage: {},
  };
  await journal.append([{ stream: `project-${id}`, events: [event] }], []);
}

const milliseconds = async (work: () => Promise<unknown>): Promise<number> => {
  const start = performance.now();
  await work();
  return performance.now() - start;
};

/** One act is over sooner than the machine does something else in between, so a round is many of them, each beside the others. */
const actsPerRound = 15;

/** The answer at a leaf has to be `expected`, or the measurement says nothing. */
async function check(control: Control, leaf: string, expected: 'permit' | 'refuse'): Promise<void> {
  const ask = {
    mandate: leaf,
    action: 'git.push',
    resource: 'git://bench/refs/heads/writ/x',
    facts: {},
    containment: uncontained,
    parameters: {},
    session: null,
    atLeast: undefined,
  };
  const { verdict } = got(await control.check(ask, person));
  if (verdict.decision !== expected) throw new Error(`the leaf's answer is ${verdict.decision}, not ${expected}`);
}

try {
  await using journal = await openJournal();
  await using control = await open(journal);
  const { root, child } = await plant(control);
  const { line, leaf } = await grow(journal, root, await eventsOf(journal, child));
  await check(control, leaf, 'permit');
  let count = 0;
  const act = {
    append: () => milliseconds(() => appendOne(journal, count++)),
    suspend: () =>
      milliseconds(async () => got(await control.stop(root, { type: 'suspend', reason: 'bench' }, { by: person }))),
    reinstate: () =>
      milliseconds(async () => got(await control.govern(root, { type: 'reinstate', reason: 'bench' }, { by: person }))),
  };
  const took = { append: [] as number[], suspend: [] as number[], reinstate: [] as number[] };
  for (let round = 0; round <= rounds; round += 1)
    for (let times = 0; times < actsPerRound; times += 1) {
      const [append, suspend, reinstate] = [await act.append(), await act.suspend(), await act.reinstate()];
      // The first round warms the compiler.
      if (round === 0) continue;
      took.append.push(append);
      took.suspend.push(suspend);
      took.reinstate.push(reinstate);
    }
  const append = median(took.append);
  await check(control, leaf, 'permit');
  // The compiler has seen revocations before those that count.
  for (let warm = 0; warm < 20; warm += 1)
    got(await control.stop((await plant(control)).root, { type: 'revoke', reason: 'bench' }, { by: person }));
  const revoked = { append: [] as number[], revoke: [] as number[] };
  for (const mandate of line.toReversed()) {
    revoked.append.push(await act.append());
    revoked.revoke.push(
      await milliseconds(async () =>
        got(await control.stop(mandate, { type: 'revoke', reason: 'bench' }, { by: person })),
      ),
    );
  }
  await check(control, leaf, 'refuse');
  const tell = (what: string, ours: number, theirs: number): void => {
    const figures = { ours: inMs(ours), theirs: inMs(theirs) };
    row({ what, beside: 'one durable append', ratio: ours / theirs, bar: { atMost: 2 }, ...figures });
  };
  tell('suspend a mandate with a million descendants', median(took.suspend), append);
  tell('reinstate it', median(took.reinstate), append);
  tell('revoke it', median(revoked.revoke), median(revoked.append));
} finally {
  rmSync(folder, { recursive: true });
}
