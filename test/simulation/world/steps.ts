/** What each step of a plan does: people's acts, agents' work, and what goes wrong. */

import { controlApi, runParameters } from '@writ/protocol';
import type { CallInput, CallResult } from '@writ/enforce';
import { engine } from '../engine/engine.ts';
import type { Machine } from '../engine/engine.ts';
import { network } from '../engine/network.ts';
import { processes } from '../engine/processes.ts';
import { askThrough } from '../stand-ins/agent-door.ts';
import { cachedMs, longestLeaseMs, running, slowestMs } from './bounds.ts';
import type { Act, Entry, MandateModel } from './model.ts';
import type { Step, StepKind } from './plan.ts';
import type { World } from './world.ts';

type Routes = typeof controlApi;
type Reply<Name extends keyof Routes> = Routes[Name]['reply']['_zod']['output'];
type Who = 'desk' | 'agent';

const subjects = ['weather', 'risk'];
const contained = { files: 'worktree', network: 'none', credentials: 'none' } as const;
const command = { argv: ['agent'], cwd: '/work' };
const branch = 'git://p/refs/heads/w';
const files = 'workspace://p/src';
const program = 'shell://p/agent';

const whole: readonly Entry[] = [
  { prefix: branch, actions: ['git.push'] },
  { prefix: files, actions: ['file.read', 'file.write'] },
  { prefix: program, actions: ['shell.run'] },
];

/** Less of the same: branches below one name, and perhaps nothing else. */
const less = (b: number, c: number): readonly Entry[] => [
  { prefix: `${branch}/${b < 0.5 ? 'a' : 'b'}`, actions: ['git.push'] },
  ...(c < 0.7 ? whole.slice(1) : []),
];

const onWire = (entries: readonly Entry[]) =>
  entries.map(({ prefix, actions }) => ({
    type: 'mission_resource_access' as const,
    resource: prefix,
    resource_match: 'prefix' as const,
    actions: [...actions],
  }));

const iso = (at: number): string => new Date(Math.floor(at)).toISOString();

export class Steps {
  readonly #world: World;
  #keys = 0;
  readonly #permits: { readonly permit: string; readonly resource: string; readonly oid: string }[] = [];

  constructor(world: World) {
    this.#world = world;
  }

  do(step: Step): void {
    this.#world.counts.steps += 1;
    this.#world.tell(`step ${String(step.index)} ${step.kind}`);
    const { machine, work } = this.#table[step.kind];
    if (machine === null) void work(step);
    else this.#world.on(this.#world.machines[machine], () => work(step));
  }

  readonly #table: Readonly<
    Record<StepKind, { readonly machine: Who | 'enforcer' | null; readonly work: (step: Step) => Promise<void> | void }>
  > = {
    check: { machine: 'agent', work: (step) => this.#check(step) },
    door: { machine: 'enforcer', work: (step) => this.#door(step) },
    push: { machine: 'agent', work: (step) => this.#push(step) },
    replay: { machine: 'agent', work: (step) => this.#replay(step) },
    run: { machine: 'agent', work: (step) => this.#run(step) },
    propose: { machine: 'desk', work: (step) => this.#propose(step) },
    delegate: { machine: 'agent', work: (step) => this.#delegate(step, false) },
    widerChild: { machine: 'agent', work: (step) => this.#delegate(step, true) },
    suspend: { machine: 'desk', work: (step) => this.#act(step, 'suspend', ({ suspended }) => listed(suspended)) },
    reinstate: {
      machine: 'desk',
      work: (step) => this.#act(step, 'reinstate', ({ reinstated }) => listed(reinstated)),
    },
    revoke: { machine: 'desk', work: (step) => this.#act(step, 'revoke', (mandate) => ends(mandate, false)) },
    complete: { machine: 'desk', work: (step) => this.#act(step, 'complete', (mandate) => ends(mandate, true)) },
    relinquish: { machine: 'agent', work: (step) => this.#relinquish(step) },
    narrow: { machine: 'desk', work: (step) => this.#narrow(step) },
    extend: { machine: 'desk', work: (step) => this.#extend(step) },
    signal: { machine: 'desk', work: (step) => this.#signal(step) },
    rotateKey: { machine: 'desk', work: (step) => this.#rotateKey(step) },
    crashControl: { machine: null, work: (step) => this.#crash('control', step) },
    crashEnforcer: { machine: null, work: (step) => this.#crash('enforcer', step) },
    crashSink: { machine: null, work: (step) => this.#crash('sink', step) },
    crashAgent: { machine: null, work: () => this.#world.crashAgent() },
    cut: { machine: null, work: (step) => this.#cut(step) },
    badLink: { machine: null, work: (step) => this.#badLink(step) },
    sleepEnforcer: { machine: null, work: (step) => this.#sleep('enforcer', step, 30_000) },
    sleepSink: { machine: null, work: (step) => this.#sleep('sink', step, 10_000) },
    pauseControl: { machine: null, work: (step) => this.#sleep('control', step, 8_000) },
    skewControl: { machine: null, work: (step) => this.#skewControl(step) },
    skewEnforcer: { machine: null, work: ({ a }) => void (this.#world.machines.enforcer.skewMs = (a - 0.5) * 20_000) },
    failDisk: { machine: null, work: (step) => this.#failDisk(step) },
  };

  /** Calls control, as whoever and from where it is said; counted, and what it says of positions is checked. */
  async #call<Name extends keyof Routes>(
    who: Who,
    name: Name,
    // The body of a route is checked where the route is known: here it is any of them.
    input: object,
  ): Promise<CallResult<Reply<Name>>> {
    const world = this.#world;
    const seen = world.askedAt();
    const route = controlApi[name];
    // One route and its own input: `name` says which, and every caller below writes the two together.
    const asked = input as CallInput<typeof controlApi.check>;
    const reply = (await world.callers[who].call(route as typeof controlApi.check, asked)) as CallResult<Reply<Name>>;
    world.counts.calls += 1;
    if (reply.ok) {
      const { position } = reply.value as { readonly position?: number };
      if (typeof position === 'number') world.positionTold(position, seen);
    }
    world.tell(
      `${who} ${name} ${JSON.stringify('params' in input ? input.params : {})}: ${reply.ok ? 'ok' : reply.problem.detail}`,
    );
    world.note(name, reply.ok ? 'ok' : reply.problem.code, Math.round(engine.now));
    return reply;
  }

  /** As `#call`, again with the same key while nobody answers. */
  async #surely<Name extends keyof Routes>(
    who: Who,
    name: Name,
    input: object,
    tries = 4,
  ): Promise<CallResult<Reply<Name>>> {
    const key = this.#key();
    for (let left = tries; ; left -= 1) {
      const reply = await this.#call(who, name, { ...input, idempotencyKey: key });
      if (reply.ok || left <= 1 || !isUnknown(reply.problem)) return reply;
      await this.#pause(300 * (tries - left + 1));
    }
  }

  #key(): string {
    this.#keys += 1;
    return `key-${String(this.#keys)}`;
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => void setTimeout(resolve, ms));
  }

  #some(a: number): MandateModel | undefined {
    const { mandates } = this.#world.model;
    // Mostly one of the newest, so that there is something going on.
    const back = Math.floor(a * Math.min(mandates.length, 12));
    return mandates[mandates.length - 1 - back];
  }

  #resource(b: number): string {
    return `${branch}/${b < 0.45 ? 'a' : b < 0.9 ? 'b' : 'c'}/x`;
  }

  async #propose({ a, b, c }: Step): Promise<void> {
    const world = this.#world;
    const expiresAt = engine.wall(world.machines.control) + (a < 0.3 ? 2_000 + b * 20_000 : 3_600_000);
    const subject = c < 0.4 ? (subjects[Math.floor(c * 5)] ?? null) : null;
    const calls = b < 0.3 ? 5 + Math.floor(b * 200) : null;
    const proposed = await this.#surely('desk', 'propose', {
      body: {
        project: 'p',
        purpose: 'something',
        actor: 'builder',
        authorization_details: onWire(whole),
        conditions:
          subject === null
            ? []
            : [
                {
                  id: 'good',
                  subject,
                  test: 'not_equals',
                  value: 'bad',
                  on_failure: 'suspend',
                  returns: a < 0.5 ? 'by_reinstatement' : 'automatically',
                  hold_ms: 0,
                  max_age_ms: null,
                  when_unreported: 'holds',
                },
              ],
        budgets: calls === null ? [] : [{ kind: 'calls', limit: calls }],
        delegation: { max_depth: 3, max_children: 8, actors: 'any' },
        expires_at: iso(expiresAt),
      },
    });
    if (!proposed.ok) return;
    const { id, revision, text_digest } = proposed.value;
    const approved: Act = { sent: engine.now, acked: null };
    const answer = await this.#surely('desk', 'approve', { params: { id }, body: { revision, text_digest } });
    if (!answer.ok) return;
    approved.acked = engine.now;
    const issued = await this.#surely('desk', 'issueCredential', { params: { id }, body: { run: `r-${id}` } });
    if (!issued.ok) return;
    this.#add({
      id,
      credential: issued.value.credential,
      parent: null,
      authority: whole,
      approved,
      expiresAt,
      calls,
      subject,
    });
  }

  #add({
    id,
    credential,
    parent,
    authority,
    approved,
    expiresAt,
    calls,
    subject,
  }: Pick<MandateModel, 'id' | 'credential' | 'parent' | 'authority' | 'approved' | 'calls' | 'subject'> & {
    readonly expiresAt: number;
  }): void {
    const { mandates } = this.#world.model;
    mandates.push({
      index: mandates.length,
      ...{ id, credential, parent, authority, approved, calls, subject },
      narrowed: [],
      ended: [],
      suspended: [],
      reinstated: [],
      extended: [],
      expiries: [{ sent: -Infinity, at: Math.floor(expiresAt) }],
      used: 0,
    });
  }

  async #delegate({ a, b, c }: Step, isWider: boolean): Promise<void> {
    const world = this.#world;
    const parent = this.#some(a);
    if (parent === undefined || world.model.chainOf(parent).length > 4) return;
    const wider: readonly Entry[] = [...whole, { prefix: 'git://p/refs/heads/main', actions: ['git.push'] }];
    const authority = isWider ? wider : b < 0.5 ? less(b, c) : parent.authority;
    const approved: Act = { sent: engine.now, acked: null };
    const made = await this.#surely('agent', 'delegate', {
      params: { id: parent.id },
      token: parent.credential,
      point: world.tokenOf('points/enforcer.token'),
      body: {
        purpose: 'a part',
        actor: 'builder',
        authorization_details: onWire(authority),
        delegation: { max_depth: 2, max_children: 4, actors: 'any' },
      },
    });
    if (!made.ok) return;
    approved.acked = engine.now;
    if (isWider) world.say(`I2: ${made.value.mandate.id} is wider than ${parent.id}, under which it was made`);
    const why = world.model.whyNever(parent, running, { from: approved.sent, to: engine.now });
    if (why !== null && !why.includes('never allowed') && !why.includes('narrowed'))
      world.say(`I3: a child of ${parent.id} was made, although ${why}`);
    const { mandate, credential } = made.value;
    // Its credential is for what it runs; each run's own is asked for with it.
    const own = await this.#surely('agent', 'issueCredential', {
      params: { id: mandate.id },
      token: credential ?? '',
      point: world.tokenOf('points/enforcer.token'),
      body: { run: `r-${mandate.id}` },
    });
    if (!own.ok) return;
    const expiresAt = Date.parse(mandate.expires_at);
    const subject = null;
    const { id } = mandate;
    this.#add({ id, credential: own.value.credential, parent, authority, approved, expiresAt, calls: null, subject });
  }

  /** A person's act that is certain once it is acknowledged. */
  async #act(
    { a }: Step,
    act: 'suspend' | 'reinstate' | 'revoke' | 'complete',
    list: (mandate: MandateModel) => { readonly add: (act: Act) => void; readonly remove: (act: Act) => void },
  ): Promise<void> {
    const mandate = this.#some(a);
    if (mandate === undefined) return;
    const { id } = mandate;
    const done: Act = { sent: engine.now, acked: null };
    // What may widen counts from when it was sent, what stops from when it was acknowledged.
    const acts = list(mandate);
    acts.add(done);
    const reply = await this.#surely('desk', act, { params: { id }, body: { reason: '' } });
    if (reply.ok) done.acked = engine.now;
    else if (!isUnknown(reply.problem)) acts.remove(done);
  }

  async #relinquish({ a }: Step): Promise<void> {
    const mandate = this.#some(a);
    if (mandate === undefined || mandate.parent === null) return;
    const { id, credential: token } = mandate;
    const reply = await this.#surely('agent', 'relinquish', { params: { id }, token, body: { reason: '' } });
    if (reply.ok) mandate.ended.push({ sent: engine.now, acked: engine.now, drains: true });
  }

  async #narrow({ a, b, c }: Step): Promise<void> {
    const mandate = this.#some(a);
    if (mandate === undefined) return;
    const authority = less(b, c);
    const sent = engine.now;
    const body = { authorization_details: onWire(authority), reason: '' };
    const reply = await this.#surely('desk', 'narrow', { params: { id: mandate.id }, body });
    if (reply.ok) mandate.narrowed.push({ sent, acked: engine.now, authority });
  }

  async #extend({ a, b }: Step): Promise<void> {
    const mandate = this.#some(a);
    if (mandate === undefined || mandate.parent !== null) return;
    const at = Math.floor(engine.wall(this.#world.machines.control) + 5_000 + b * 3_600_000);
    const done: Act = { sent: engine.now, acked: null };
    mandate.extended.push(done);
    mandate.expiries.push({ sent: engine.now, at });
    const { id } = mandate;
    const reply = await this.#surely('desk', 'extend', { params: { id }, body: { expires_at: iso(at), reason: '' } });
    if (!reply.ok) {
      if (isUnknown(reply.problem)) return;
      remove(mandate.extended, done);
      mandate.expiries.splice(
        mandate.expiries.findIndex((expiry) => expiry.at === at),
        1,
      );
      return;
    }
    done.acked = engine.now;
    mandate.id = reply.value.id;
  }

  async #signal({ a, b }: Step): Promise<void> {
    const subject = subjects[Math.floor(a * subjects.length)] ?? '';
    const isGood = b < 0.65;
    const report = { sent: engine.now, acked: null as number | null, isGood };
    const reports = this.#world.model.reports.get(subject) ?? [];
    this.#world.model.reports.set(subject, reports);
    reports.push(report);
    const reply = await this.#surely('desk', 'signal', { body: { subject, value: isGood ? 'good' : 'bad' } });
    if (reply.ok) report.acked = engine.now;
  }

  async #rotateKey({ a, b }: Step): Promise<void> {
    await this.#surely('desk', 'rotateKey', { body: { use: a < 0.5 ? 'permit' : 'artifact', now: b < 0.5 } }, 1);
  }

  async #check({ a, b, c }: Step): Promise<void> {
    const world = this.#world;
    const mandate = this.#some(a);
    if (mandate === undefined) return;
    const [action, resource] = c < 0.5 ? ['git.push', this.#resource(b)] : ['file.read', `${files}/x`];
    const sent = engine.now;
    const reply = await this.#call('agent', 'check', {
      token: mandate.credential,
      body: { mandate: mandate.id, action, resource },
    });
    if (!reply.ok || reply.value.decision !== 'permit') return;
    world.counts.yes += 1;
    const why = world.model.whyNever(mandate, { action, resource }, { from: sent, to: engine.now });
    if (why !== null) world.say(`I3: ${action} was permitted under ${mandate.id}, although ${why}`);
  }

  /** An agent in a run asks through its door. */
  async #door({ a, b, c }: Step): Promise<void> {
    const world = this.#world;
    const live = [...processes.live.keys()];
    const run = live[Math.floor(a * live.length)];
    const mandate = run === undefined ? undefined : world.runs.get(run);
    if (run === undefined || mandate === undefined) return;
    const action = b < 0.6 ? 'file.read' : 'file.write';
    const resource = c < 0.95 ? `${files}/x` : 'workspace://p/other';
    const asked = engine.now;
    const answer = await askThrough(run, { action, resource, containment: contained });
    world.counts.answers += 1;
    world.note('door', answer?.decision ?? 'closed', answer?.from ?? '');
    if (answer?.decision !== 'permit') return;
    world.counts.yes += 1;
    const isLocal = answer.from === 'artifact';
    if (isLocal) world.used(mandate);
    const why = world.model.whyNever(
      mandate,
      { action, resource },
      { from: asked - (isLocal ? cachedMs : 0), to: engine.now },
    );
    if (why !== null) world.say(`I1: ${action} was permitted from ${answer.from} under ${mandate.id}, although ${why}`);
  }

  async #push({ a, b, c, index }: Step): Promise<void> {
    const world = this.#world;
    const mandate = this.#some(a);
    if (mandate === undefined) return;
    const resource = this.#resource(b);
    const parameters = { oid: `o-${String(index)}` };
    const leaseMs = 500 + Math.floor(c * 4_000);
    const sent = engine.now;
    const token = mandate.credential;
    const asking = {
      token,
      body: { mandate: mandate.id, action: 'git.push', resource, parameters, lease_ms: leaseMs },
    };
    const idempotencyKey = this.#key();
    const turns = world.diskTurns;
    let began = await this.#call('agent', 'begin', { ...asking, idempotencyKey });
    if (began.ok && turns % 2 === 1 && world.diskTurns === turns)
      world.say(`I8: ${began.value.operation.id} began while the disk took nothing`);
    if (!began.ok && isUnknown(began.problem))
      began = await this.#call('agent', 'begin', { ...asking, idempotencyKey });
    if (!began.ok) return;
    const { operation, permit } = began.value;
    const why = world.model.whyNever(mandate, { action: 'git.push', resource }, { from: sent, to: engine.now });
    if (why !== null) world.say(`I3: ${operation.id} began under ${mandate.id}, although ${why}`);
    world.begun.add(operation.id);
    if (c < 0.1) await this.#beginAgain(asking, idempotencyKey, operation.id);
    let leaseEnds = engine.now + leaseMs;
    const holdsFor = c < 0.6 ? b * 50 : b * 2 * leaseMs;
    if (holdsFor > leaseMs / 2 && a < 0.5) {
      await this.#pause(leaseMs / 3);
      leaseEnds = Infinity;
      const renewed = await this.#call('agent', 'renew', {
        params: { id: operation.id },
        token,
        body: { lease_ms: leaseMs },
      });
      // A second copy of the renewal may come after the answer to the first, and is a renewal too.
      if (renewed.ok || !isUnknown(renewed.problem)) leaseEnds = engine.now + slowestMs + leaseMs;
    }
    await this.#pause(holdsFor);
    const brought = { permit, resource, oid: parameters.oid };
    if (this.#permits.push(brought) > 200) this.#permits.shift();
    this.#bring(brought, { mandate, operation: operation.id, leaseEnds });
    if (c > 0.9) return;
    await this.#pause(100 + a * 400);
    const outcome = a < 0.8 ? 'done' : 'failed';
    await this.#call('agent', 'settle', {
      params: { id: operation.id },
      token,
      body: { outcome, evidence: 'as told' },
    });
  }

  async #beginAgain(asking: object, idempotencyKey: string, operation: string): Promise<void> {
    const again = await this.#call('agent', 'begin', { ...asking, idempotencyKey });
    if (again.ok && again.value.operation.id !== operation)
      this.#world.say(`I9: one key began ${operation} and ${again.value.operation.id}`);
  }

  /** Brings a permit to the sink, which commits if it may. */
  #bring(
    { permit, resource, oid }: { readonly permit: string; readonly resource: string; readonly oid: string },
    of: { readonly mandate: MandateModel; readonly operation: string; readonly leaseEnds: number } | null,
  ): void {
    const world = this.#world;
    const { agent, sink } = world.machines;
    network.message(agent, sink, () => {
      const asked = engine.now;
      const skews = world.model.skews.length;
      const claim = { permit, action: 'git.push', resource, parameters: { oid } };
      const effect = (): Promise<void> => {
        world.counts.landed += 1;
        const times = (world.landed.get(oid) ?? 0) + 1;
        world.landed.set(oid, times);
        if (times > 1) world.say(`I9: ${oid} landed ${String(times)} times`);
        if (of === null) return Promise.resolve();
        world.used(of.mandate);
        const why = world.model.whyNever(of.mandate, { action: 'git.push', resource }, { from: asked, to: engine.now });
        if (why !== null) world.say(`I1: ${of.operation} landed under ${of.mandate.id}, although ${why}`);
        if (asked > of.leaseEnds && skews === 1)
          world.say(`${of.operation} landed ${(asked - of.leaseEnds).toFixed(0)} ms after its lease had ended`);
        return Promise.resolve();
      };
      world.sink?.commit(claim, effect).catch(world.bug);
    });
  }

  /** Somebody brings a permit they have kept, perhaps for something else than it is for. */
  #replay({ a, b }: Step): void {
    const kept = this.#permits[Math.floor(a * this.#permits.length)];
    if (kept === undefined) return;
    this.#bring(b < 0.5 ? kept : { ...kept, oid: `${kept.oid}-other` }, null);
  }

  async #run({ a, b, index }: Step): Promise<void> {
    const world = this.#world;
    const mandate = this.#some(a);
    if (mandate === undefined) return;
    const token = mandate.credential;
    const lease_ms = 2_000 + Math.floor(b * (longestLeaseMs - 2_000));
    const began = await this.#surely('agent', 'begin', {
      token,
      point: world.tokenOf('points/enforcer.token'),
      body: {
        mandate: mandate.id,
        action: 'shell.run',
        resource: program,
        parameters: runParameters(command),
        containment: contained,
        lease_ms,
      },
    });
    if (!began.ok) return;
    world.begun.add(began.value.operation.id);
    const id = `run-${String(index)}`;
    world.runs.set(id, mandate);
    const request = {
      ...{ id, session: 's', mandate: mandate.id, credential: token, operation: began.value.operation.id, lease_ms },
      ...{ ...command, env: {}, stdin: '', remotes: [], repository: null },
      sandbox: { kind: 'contain' as const, writable: [], hidden: [], network: 'none' as const },
    };
    const { agent, enforcer } = world.machines;
    network.message(agent, enforcer, () => {
      void world.enforcer?.startRun(request).then((started) => {
        world.tell(`run ${id} of ${mandate.id}: ${started.ok ? 'started' : started.problem.detail}`);
        world.note('run', started.ok ? 'ok' : started.problem.code);
      }, world.bug);
    });
  }

  #crash(what: 'control' | 'enforcer' | 'sink', { a, b }: Step): void {
    const world = this.#world;
    const machine = world.machines[what];
    if (!machine.isUp) return;
    world.note('crash', what);
    if (what === 'control') world.crashControl();
    else if (what === 'enforcer') world.crashEnforcer();
    else world.crashSink();
    engine.after(50 + (a < 0.8 ? b * 1_500 : b * 12_000), () => this.boot(what), null);
  }

  boot(what: 'control' | 'enforcer' | 'sink'): void {
    const world = this.#world;
    if (world.machines[what].isUp) return;
    if (what === 'control') world.bootControl();
    else if (what === 'enforcer') world.bootEnforcer();
    else world.bootSink();
  }

  #two(a: number): readonly [Machine, Machine] {
    const { control, enforcer, sink, agent, desk } = this.#world.machines;
    const other = [enforcer, enforcer, sink, agent, desk][Math.floor(a * 5)] ?? enforcer;
    return [control, other];
  }

  #cut({ a, b, c }: Step): void {
    const [one, other] = this.#two(a);
    const both = b < 0.6;
    const change = (isCut: boolean): void => {
      this.#world.cut(one, other, isCut);
      if (both) this.#world.cut(other, one, isCut);
    };
    change(true);
    engine.after(200 + c * 12_000, () => change(false), null);
  }

  #badLink({ a, b, c }: Step): void {
    const [one, other] = this.#two(a);
    const more = { maxMs: 1 + b * (slowestMs - 1), loss: c < 0.5 ? c * 0.2 : 0, duplicates: b * 0.2 };
    for (const [from, to] of [
      [one, other],
      [other, one],
    ] as const) {
      network.change(from, to, more);
      engine.after(1_000 + c * 8_000, () => network.change(from, to, { maxMs: 0.4, loss: 0, duplicates: 0 }), null);
    }
  }

  #sleep(what: 'enforcer' | 'sink' | 'control', { a, b }: Step, mostMs: number): void {
    const machine = this.#world.machines[what];
    if (!machine.isUp || machine.asleepSince !== null) return;
    this.#world.sleep(machine);
    const { start } = machine;
    engine.after(
      100 + (a < 0.5 ? b * 2_000 : b * mostMs),
      () => {
        if (machine.start === start) this.#world.wake(machine);
      },
      null,
    );
  }

  #skewControl({ a }: Step): void {
    const ms = Math.round((a - 0.3) * 8_000);
    this.#world.machines.control.skewMs = ms;
    this.#world.model.skews.push({ from: engine.now, ms });
  }

  #failDisk({ a }: Step): void {
    this.#world.failDisk(true);
    engine.after(20 + a * 1_500, () => this.#world.failDisk(false), null);
  }
}

const listed = (acts: Act[]) => ({
  add: (act: Act) => void acts.push(act),
  remove: (act: Act) => remove(acts, act),
});

/** The ends of a mandate, each kept as the act that is acknowledged later. */
const ends = ({ ended }: MandateModel, drains: boolean) => ({
  add: (act: Act) => void ended.push(Object.assign(act, { drains })),
  remove: (act: Act) => {
    const at = ended.findIndex((one) => one === act);
    if (at >= 0) ended.splice(at, 1);
  },
});

/** Nobody can say whether it was done. */
const isUnknown = ({ code, status }: { readonly code: string; readonly status: number }): boolean =>
  code === 'control_unreachable' || status >= 500;

function remove<T>(list: T[], one: T): void {
  const at = list.indexOf(one);
  if (at >= 0) list.splice(at, 1);
}
