/**
 * What one verdict costs in process: the mandate found in a map with its five ancestors, then judged with everything a verdict can have, an action approval included.
 * Among a thousand, a hundred thousand and a million live mandates, interleaved, median of five; each question is about another mandate, so that a large map pays
 * for its cache misses. Sets are shared by mandates alike, and compiled before the clock starts, as they are after the first question about each.
 *
 * Run: node bench/verdict.ts [largest]
 */
import { evaluate, noHistory, resourceUri } from '@writ/authority';
import type { AuthoritySet, Condition, EvaluationInput, Mandate, SignalReading } from '@writ/authority';

const depth = 6;
const rounds = 5;
const perRound = 100_000;
const sizes = [1_000, 100_000, 1_000_000].filter((size) => size <= Number(process.argv[2] ?? Infinity));
const now = Date.UTC(2030, 0, 1);
const hour = 3_600_000;

/** One who answers the same question. `ask(which)` must throw where the answer is not a permit, so that nobody is fast by refusing. */
type Contestant = { readonly name: string; readonly ask: (which: number) => void };

/** Others who decide whether an action is allowed, each with one policy parsed beforehand, to be measured in the same rounds. None is installed. */
const peers: readonly Contestant[] = [];

const resource = (path: string): string => {
  const uri = resourceUri('workspace', 'bench', path);
  if (!uri.ok) throw new Error(uri.why);
  return uri.uri;
};

/** Eight kinds of mandate: an entry that permits with every constraint there is, behind three that do not. */
const sets: readonly AuthoritySet[] = Array.from({ length: 8 }, (_, kind) => [
  { resource: resource('docs'), resourceMatch: 'prefix', actions: ['file.read'], constraints: {} },
  { resource: 'git://bench/refs/heads/writ', resourceMatch: 'prefix', actions: ['git.push'], constraints: {} },
  { resource: 'https://registry.npmjs.org/', resourceMatch: 'prefix', actions: ['http.get'], constraints: {} },
  {
    resource: resource('src'),
    resourceMatch: 'prefix',
    actions: ['file.*'],
    constraints: {
      maxAmount: { amount: `${String(500 + kind)}.00`, currency: 'EUR' },
      resourceIssuedAfter: '2029-01-01T00:00:00Z',
      resourceIssuedBefore: '2030-06-01T00:00:00Z',
      tenant: 'acme',
      recipientDomain: 'example.com',
      timeWindow: { notBefore: '2029-12-31T00:00:00Z', notAfter: '2030-01-02T00:00:00Z' },
      dataClassification: ['public', 'internal'],
      allowedTools: ['edit', 'search'],
      requiresActionApproval: true,
    },
  },
]);
const request: EvaluationInput['request'] = {
  action: 'file.write',
  resource: resource('src/server/routes/passkey.ts'),
  parameters: {
    amount: { amount: '99.95', currency: 'EUR' },
    tenant: 'acme',
    recipientDomain: 'mail.example.com',
    dataClassification: ['internal'],
    tool: 'edit',
    resourceIssuedAt: '2029-12-24T12:00:00+01:00',
  },
};
const condition = (subject: string, test: Condition['test'], value: Condition['value']): Condition => ({
  id: subject,
  subject,
  test,
  value,
  onFailure: 'suspend',
  returns: 'by_reinstatement',
  holdMs: 0,
  maxAgeMs: hour,
  whenUnreported: 'unknown',
});
const conditions = [condition('branch:bench/main', 'not_equals', 'frozen'), condition('risk', 'less_than', 70)];
const readings = new Map<string, SignalReading>([
  ['branch:bench/main', { value: 'open', at: now - 1_000, sequence: 7 }],
  ['risk', { value: 12, at: now - 1_000, sequence: 9 }],
]);
const budgets: Mandate['budgets'] = [
  { kind: 'calls', limit: 1_000 },
  { kind: 'wall', limitMs: 2 * hour },
  { kind: 'money', limitMicros: 5_000_000, currency: 'EUR' },
];
const spent = { calls: 12, tokens: 0, moneyMicros: 1_250_000 };

const setOf = (index: number): AuthoritySet => {
  const set = sets[index % sets.length];
  if (set === undefined) throw new Error('there is a set for every index');
  return set;
};

function mandateAt(index: number, level: number, parent: string | null): Mandate {
  return {
    id: `m-${String(index)}`,
    project: 'bench',
    purpose: `work ${String(index)}`,
    parent,
    depth: level,
    authority: setOf(index),
    // Half of the roots are narrowed: one more set in the conjunction of all beneath.
    overlays:
      level === 0 && index % 2 === 0 ? [{ authority: setOf(index + 1), at: now, by: 'owner', reason: 'less' }] : [],
    conditions: level % 3 === 0 ? conditions : [],
    history: [],
    budgets: level % 2 === 0 ? budgets : [],
    delegation: { maxDepth: depth, maxChildren: 100, actors: 'any' },
    actor: 'builder',
    steerers: [],
    approvers: [],
    actorKey: null,
    stopProfile: { deadlineMs: 2_000 },
    expiresAt: now + hour,
    approvedAt: now - hour,
    state: { name: 'active', since: now - hour },
    version: 1,
    epoch: 1,
  };
}

/** Trees of `depth` levels: about one leaf for every two mandates, so that chains share their upper ends and differ in their lower ones. */
function populate(size: number): {
  readonly mandates: ReadonlyMap<string, Mandate>;
  readonly leaves: readonly string[];
} {
  const mandates = new Map<string, Mandate>();
  const leaves: string[] = [];
  let index = 0;
  const add = (level: number, parent: string | null): string => {
    const mandate = mandateAt(index, level, parent);
    index += 1;
    mandates.set(mandate.id, mandate);
    if (level === depth - 1) leaves.push(mandate.id);
    return mandate.id;
  };
  const grow = (level: number, parent: string | null): void => {
    const id = add(level, parent);
    for (let child = 0; level < depth - 1 && child < 2 && index < size; child += 1) grow(level + 1, id);
  };
  while (index < size) grow(0, null);
  return { mandates, leaves };
}

function chainOf(mandates: ReadonlyMap<string, Mandate>, leaf: string): readonly Mandate[] {
  const chain: Mandate[] = [];
  for (let id: string | null = leaf; id !== null;) {
    const mandate = mandates.get(id);
    if (mandate === undefined) break;
    chain.push(mandate);
    id = mandate.parent;
  }
  return chain.reverse();
}

/** The verdict among `size` mandates. */
function writ(size: number): Contestant {
  const { mandates, leaves } = populate(size);
  const approval = {
    action: request.action,
    resource: request.resource,
    parameterDigest: 'digest',
    epoch: depth,
    expiresAt: now + hour,
  };
  return {
    name: `writ, ${size.toLocaleString('en')} mandates`,
    ask(which) {
      const leaf = leaves[which % leaves.length] ?? '';
      const { decision, reason } = evaluate({
        chain: chainOf(mandates, leaf),
        mandate: leaf,
        request,
        actionClass: 'workspace_write',
        parameterDigest: 'digest',
        token: { usable: true, actor: 'builder' },
        policy: { permits: true, version: 'p1' },
        signals: (subject) => readings.get(subject),
        spend: () => spent,
        approvals: [{ ...approval, mandate: leaf }],
        history: noHistory,
        now,
      });
      if (decision !== 'permit') throw new Error(`the bench asks what is permitted, and got ${reason.code}`);
    },
  };
}

/** Nanoseconds per answer over one round, no two questions in a row near each other. */
function round({ ask }: Contestant, seed: number): number {
  let which = seed;
  const start = process.hrtime.bigint();
  for (let asked = 0; asked < perRound; asked += 1) {
    // A full-period generator modulo 2^32 (Numerical Recipes); its upper bits are the random ones.
    which = (Math.imul(which, 1_664_525) + 1_013_904_223) >>> 0;
    ask(which >>> 4);
  }
  return Number(process.hrtime.bigint() - start) / perRound;
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

const contestants = [...sizes.map(writ), ...peers];
const times = contestants.map((): number[] => []);
for (const contestant of contestants) round(contestant, 1);
for (let turn = 0; turn < rounds; turn += 1)
  contestants.forEach((contestant, index) => times[index]?.push(round(contestant, turn + 2)));

const medians = times.map(median);
contestants.forEach(({ name }, index) =>
  process.stdout.write(
    `${name.padEnd(26)} ${(medians[index] ?? Number.NaN).toFixed(0).padStart(7)} ns per verdict, depth ${String(depth)}\n`,
  ),
);
const ours = medians.slice(0, sizes.length);
const [smallest = Number.NaN] = ours;
const largest = ours.at(-1) ?? Number.NaN;
process.stdout.write(`largest / smallest: ${(largest / smallest).toFixed(2)}\n`);
peers.forEach(({ name }, index) =>
  process.stdout.write(`${name} / largest: ${((medians[sizes.length + index] ?? Number.NaN) / largest).toFixed(1)}\n`),
);
