/**
 * What one verdict costs in process: the mandate found in a map with its five ancestors, then judged with everything a verdict can have, an action approval included.
 * Among a thousand, a hundred thousand and a million live mandates, and beside Cedar (WASM) with one policy parsed beforehand, interleaved, median of five.
 *
 * No two questions in a row are about mandates near each other, so that a large map pays for its cache misses, and each brings its own request, with facts that are
 * read anew. Sets are shared by mandates alike, and compiled before the clock starts, as they are after the first question about each. Before the clock starts
 * every contestant also shows that it looks: each feature by itself, taken away, turns its yes into a no.
 *
 * Run: npm run bench -- verdict, or: node bench/verdict.ts [largest]
 */
import { createRequire } from 'node:module';
import { compileChain, evaluate, isSubset, resourceUri } from '@writ/authority';
import type {
  AuthoritySet,
  CompiledChain,
  CompiledInput,
  Condition,
  Constraints,
  EvaluationInput,
  History,
  HistoryRule,
  Mandate,
  SignalReading,
} from '@writ/authority';
import { median, row, rounds } from './support/measure.ts';

const depth = 6;
const perRound = 50_000;
const sizes = [1_000, 100_000, 1_000_000].filter((size) => size <= Number(process.argv[2] ?? Infinity));
const now = Date.UTC(2030, 0, 1);
const hour = 3_600_000;

/** One who answers. `ask` says whether the question `which` is permitted; `changed` asks it with one thing changed that must turn a yes into a no. */
type Contestant = {
  readonly name: string;
  readonly ask: (which: number) => boolean;
  readonly changed: readonly (readonly [string, () => boolean])[];
};

const resource = (path: string): string => {
  const uri = resourceUri('workspace', 'bench', path);
  if (!uri.ok) throw new Error(uri.why);
  return uri.uri;
};
const at = <T>(items: readonly T[], index: number): T => {
  const item = items[index % items.length];
  if (item === undefined) throw new Error('there is one for every index');
  return item;
};

/** What each generation adds: a child carries every bound of its parent, so that the last one has all there are. */
const added: readonly Constraints[] = [
  {},
  { tenant: 'acme' },
  { dataClassification: ['public', 'internal'] },
  { recipientDomain: 'example.com', allowedTools: ['edit', 'search', 'move'] },
  {
    resourceIssuedAfter: '2029-01-01T00:00:00Z',
    resourceIssuedBefore: '2030-06-01T00:00:00Z',
    timeWindow: { notBefore: '2029-12-31T00:00:00Z', notAfter: '2030-01-02T00:00:00Z' },
  },
  { maxAmount: { amount: '500.00', currency: 'EUR' }, requiresActionApproval: true },
];
const authorityAt = (level: number): AuthoritySet => [
  { resource: resource('docs'), resourceMatch: 'prefix', actions: ['file.read'], constraints: {} },
  { resource: 'git://bench/refs/heads/writ', resourceMatch: 'prefix', actions: ['git.push'], constraints: {} },
  { resource: 'https://registry.npmjs.org/', resourceMatch: 'prefix', actions: ['http.get'], constraints: {} },
  {
    resource: resource('src'),
    resourceMatch: 'prefix',
    actions: ['file.*'],
    constraints: Object.assign({}, ...added.slice(0, level + 1)) as Constraints, // members of constraints, put together
  },
];
/** For each generation eight that mean the same: mandates approved apart have sets of their own, and many mandates are approved alike. */
const kinds = 8;
const sets = Array.from({ length: depth }, (_, level) => Array.from({ length: kinds }, () => authorityAt(level)));
const setAt = (level: number, index: number): AuthoritySet => at(at(sets, level), index);
/** What the overlay of every second root leaves. */
const narrowings = Array.from({ length: kinds }, () => [...authorityAt(0), ...authorityAt(0).slice(0, 1)]);

for (let level = 1; level < depth; level += 1)
  if (!isSubset(setAt(level, level), setAt(level - 1, 0)).subset) throw new Error('a child is within its parent');

/** Requests, no two alike, of parsed JSON as those of a caller are; few enough to stay as near as one that has just arrived. */
const requests: readonly EvaluationInput['request'][] = Array.from({ length: 61 }, (_, index) => ({
  action: at(['file.write', 'file.create', 'file.move'], index),
  resource: resource(`src/server/routes/part-${String(index)}.ts`),
  parameters: {
    amount: { amount: `${String(index % 500)}.${String(10 + (index % 90))}`, currency: 'EUR' },
    tenant: 'acme',
    recipientDomain: `mail-${String(index)}.example.com`,
    dataClassification: [at(['public', 'internal'], index)],
    tool: at(['edit', 'search', 'move'], index >> 2),
    resourceIssuedAt: new Date(Date.UTC(2029, 5, 1) + index * 60_007).toISOString(),
  },
  // The shape is that of the value it was written from.
})).map((request) => JSON.parse(JSON.stringify(request)) as EvaluationInput['request']);

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
const rules: readonly HistoryRule[] = [
  { id: 'first', kind: 'first_use', actions: ['file.*'], target: 'site' },
  {
    id: 'tested',
    kind: 'before',
    first: ['test.run'],
    then: ['git.push'],
    staleAfter: ['file.*'],
    sameTarget: false,
    sameParameter: null,
    maxAgeMs: null,
  },
];
const remembered = { targets: new Set([resource('')]), successes: new Map<string, never>(), changedAt: -1 };
const before: History = {
  kind: 'known',
  of: () => remembered,
  parameter: () => undefined,
};
const budgets: Mandate['budgets'] = [
  { kind: 'calls', limit: 1_000 },
  { kind: 'wall', limitMs: 2 * hour },
  { kind: 'money', limitMicros: 5_000_000, currency: 'EUR' },
];
const spent = { calls: 12, tokens: 0, moneyMicros: 1_250_000 };

function mandateAt(index: number, level: number, parent: string | null): Mandate {
  return {
    id: `m-${String(index)}`,
    project: 'bench',
    purpose: `work ${String(index)}`,
    parent,
    depth: level,
    authority: setAt(level, index),
    // Half of the roots are narrowed: one more set in the conjunction of all beneath.
    overlays:
      level === 0 && index % 2 === 0
        ? [{ authority: at(narrowings, index), at: now, by: 'owner', reason: 'less' }]
        : [],
    conditions: level % 3 === 0 ? conditions : [],
    history: level === 0 ? rules : [],
    budgets: level % 2 === 0 ? budgets : [],
    delegation: { maxDepth: depth, maxChildren: 100, actors: 'any' },
    actor: 'builder',
    actorKey: null,
    steerers: [],
    approvers: [],
    stopProfile: { deadlineMs: 2_000 },
    expiresAt: now + hour,
    approvedAt: now - hour,
    state: { name: 'active', since: now - hour },
    version: 1,
    epoch: 1,
  };
}

/** Trees of `depth` levels: about one leaf for every two mandates, so that chains share their upper ends and differ in their lower ones. */
function populate(size: number) {
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
  const chains = new Map(leaves.map((leaf) => [leaf, compileChain(chainOf(mandates, leaf))]));
  const chain = (leaf: string): CompiledChain => {
    const found = chains.get(leaf);
    if (found === undefined) throw new Error('every leaf has its chain');
    return found;
  };
  const input = (which: number): CompiledInput => {
    const leaf = at(leaves, which);
    const { action, resource, parameters } = at(requests, which);
    const request = { action, resource, parameters };
    const approval = { action, resource, parameterDigest: 'digest', epoch: depth, expiresAt: now + hour };
    return {
      chain: chain(leaf),
      mandate: leaf,
      request,
      actionClass: 'workspace_write',
      parameterDigest: 'digest',
      token: { usable: true, actor: 'builder' },
      policy: { permits: true, version: 'p1' },
      signals: (subject) => readings.get(subject),
      spend: () => spent,
      approvals: [{ ...approval, mandate: leaf }],
      history: before,
      now,
    };
  };
  const decide = (asked: EvaluationInput | CompiledInput): boolean => evaluate(asked).decision === 'permit';
  const asked: EvaluationInput = { ...input(0), chain: chainOf(mandates, at(leaves, 0)) };
  const { parameters } = asked.request;
  const with_ = (more: Partial<EvaluationInput>) => () => decide({ ...asked, ...more });
  const stating = (facts: Partial<typeof parameters>) =>
    with_({ request: { ...asked.request, parameters: { ...parameters, ...facts } } });
  const above = (level: number, more: Partial<Mandate>) =>
    with_({ chain: asked.chain.map((mandate, index) => (index === level ? { ...mandate, ...more } : mandate)) });
  return {
    name: `writ, ${size.toLocaleString('en')} mandates`,
    ask: (which) => decide(input(which)),
    changed: [
      ['action', with_({ request: { ...asked.request, action: 'git.push' } })],
      ['resource', with_({ request: { ...asked.request, resource: resource('docs/a') } })],
      ['amount', stating({ amount: { amount: '500.01', currency: 'EUR' } })],
      ['tenant', stating({ tenant: 'other' })],
      ['recipient', stating({ recipientDomain: 'example.net' })],
      ['classification', stating({ dataClassification: ['secret'] })],
      ['tool', stating({ tool: 'shell' })],
      ['issued', stating({ resourceIssuedAt: '2028-12-31T23:59:59Z' })],
      ['window and expiry', with_({ now: now + 49 * hour })],
      ['token', with_({ token: { usable: true, actor: 'mallory' } })],
      ['policy', with_({ policy: { permits: false, version: 'p1', detail: 'no' } })],
      ['approval', with_({ approvals: [] })],
      ['signal', with_({ signals: () => undefined })],
      ['budget', with_({ spend: () => ({ ...spent, calls: 1_000 }) })],
      ['root', above(0, { state: { name: 'suspended', since: now, cause: { kind: 'restored', reason: 'x' } } })],
      ['ancestor', above(3, { expiresAt: now })],
      ['missing ancestor', with_({ chain: asked.chain.toSpliced(2, 1) })],
    ],
  };
}

/** The part of Cedar that is asked. */
type Cedar = {
  readonly preparsePolicySet: (id: string, policies: object) => { readonly type: string };
  readonly statefulIsAuthorized: (call: object) => {
    readonly type: string;
    readonly response?: { readonly decision: string };
  };
};

/** Cedar under one policy: principal, action and resource, and with `facts` the same facts as ours, as far as it has them (an amount is a whole number). */
function cedar(facts: boolean): Contestant {
  // The package has no types Node can read beside TypeScript sources; what is called is written down above.
  const engine = createRequire(new URL('peers/', import.meta.url))('@cedar-policy/cedar-wasm/nodejs') as Cedar;
  const name = facts ? 'cedar, one policy, same facts' : 'cedar, one policy, no facts';
  const when = `when { context.amount <= 50000 && context.tenant == "acme" && context.recipient like "*.example.com" &&
    ["public", "internal"].containsAll(context.classification) && ["edit", "search", "move"].contains(context.tool) &&
    context.issued >= 1861920000 && context.issued <= 1906502400 && context.now <= 1893542400 }`;
  const head = `permit(principal == Agent::"builder", action in [Action::"file.write", Action::"file.create", Action::"file.move"], resource in Folder::"src")`;
  const parsed = engine.preparsePolicySet(name, { staticPolicies: `${head} ${facts ? when : ''};` });
  if (parsed.type !== 'success') throw new Error(`Cedar does not take the policy: ${JSON.stringify(parsed)}`);
  const decide = (request: EvaluationInput['request'], folder = 'src'): boolean => {
    const { amount, tenant, recipientDomain, dataClassification, tool, resourceIssuedAt } = request.parameters;
    const file = { type: 'File', id: request.resource };
    const context = {
      amount: Math.round(Number(amount?.amount) * 100),
      tenant,
      recipient: recipientDomain,
      classification: dataClassification,
      tool,
      issued: Math.floor(Date.parse(resourceIssuedAt ?? '') / 1_000),
      now: now / 1_000,
    };
    const answer = engine.statefulIsAuthorized({
      principal: { type: 'Agent', id: 'builder' },
      action: { type: 'Action', id: request.action },
      resource: file,
      context: facts ? context : {},
      entities: [{ uid: file, attrs: {}, parents: [{ type: 'Folder', id: folder }] }],
      preparsedPolicySetId: name,
    });
    return answer.response?.decision === 'allow';
  };
  const asked = at(requests, 0);
  return {
    name,
    ask: (which) => decide(at(requests, which)),
    changed: [
      ['action', () => decide({ ...asked, action: 'git.push' })],
      ['resource', () => decide(asked, 'docs')],
      ...(facts
        ? [['tenant', () => decide({ ...asked, parameters: { ...asked.parameters, tenant: 'other' } })] as const]
        : []),
    ],
  };
}

/** Nanoseconds per answer over one round, no two questions in a row near each other. */
function round({ name, ask }: Contestant, seed: number, questions: number): number {
  let which = seed;
  let permitted = 0;
  const start = process.hrtime.bigint();
  for (let asked = 0; asked < questions; asked += 1) {
    // A full-period generator modulo 2^32 (Numerical Recipes); its upper bits are the random ones.
    which = (Math.imul(which, 1_664_525) + 1_013_904_223) >>> 0;
    if (ask(which >>> 4)) permitted += 1;
  }
  const took = Number(process.hrtime.bigint() - start) / questions;
  if (permitted !== questions) throw new Error(`${name}: what the bench asks is permitted, and a no came out`);
  return took;
}

const ours = sizes.map(writ);
const peers = [cedar(true), cedar(false)];
for (const { name, changed } of [...ours, ...peers])
  for (const [what, ask] of changed) if (ask()) throw new Error(`${name}: its yes does not depend on the ${what}`);

const contestants = [
  ...ours.map((one) => ({ one, questions: perRound, times: [] as number[] })),
  ...peers.map((one) => ({ one, questions: perRound / 10, times: [] as number[] })),
];
// The first round warms the compiler and is not counted.
for (let turn = 0; turn <= rounds; turn += 1)
  for (const { one, questions, times } of contestants) {
    const took = round(one, turn + 1, questions);
    if (turn > 0) times.push(took);
  }

const medians = contestants.map(({ one, times }) => ({ name: one.name, ns: median(times) }));
for (const { name, ns } of medians)
  process.stdout.write(`${name.padEnd(32)} ${ns.toFixed(0).padStart(7)} ns per verdict\n`);
const nsOf = (index: number): number => medians[index]?.ns ?? Number.NaN;
const inNs = (ns: number): string => `${Math.round(ns).toLocaleString('en')} ns`;
const largest = nsOf(ours.length - 1);
const among = `${(sizes.at(-1) ?? 0).toLocaleString('en')} live mandates`;
const [facts, noFacts] = [nsOf(ours.length), nsOf(ours.length + 1)];
row({
  what: `verdict in process, depth ${String(depth)}, ${among}`,
  beside: 'Cedar (WASM), one policy parsed before, same facts',
  ratio: facts / largest,
  bar: { atLeast: 25 },
  ours: inNs(largest),
  theirs: inNs(facts),
});
row({
  what: `the same at ${among}`,
  beside: 'at 1,000',
  ratio: largest / nsOf(0),
  bar: { atMost: 2 },
  ours: inNs(largest),
  theirs: inNs(nsOf(0)),
});
process.stdout.write(`  beside Cedar that is told no facts: ${(noFacts / largest).toFixed(1)} ×\n`);
