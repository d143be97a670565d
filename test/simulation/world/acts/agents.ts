/** What agents do: ask, begin, renew, push, settle, run, delegate, give back; and bring permits late, twice, and for something else. */

import { runParameters } from '@writ/protocol';
import { engine } from '../../engine/engine.ts';
import { network } from '../../engine/network.ts';
import { processes } from '../../engine/processes.ts';
import { askThrough, pushThrough } from '../../stand-ins/agent-door.ts';
import { remotePlace } from '../../stand-ins/remote.ts';
import { cachedMs, running, slowestMs } from '../bounds.ts';
import type { Act as Acted, MandateModel } from '../model.ts';
import type { Step } from '../plan.ts';
import { nobody } from '../world.ts';
import type { World } from '../world.ts';
import type { Acts, Calls } from './calls.ts';
import { branchAt, contained, files, isUnknown, less, onWire, wider } from './terms.ts';

type Kinds = 'check' | 'door' | 'push' | 'brokerPush' | 'replay' | 'run' | 'delegate' | 'widerChild' | 'relinquish';

const command = { argv: ['agent'], cwd: '/work' };
const repository = { path: '/simulated/repository', project: remotePlace.project };

export class Agents {
  readonly #world: World;
  readonly #calls: Calls;
  readonly #permits: { readonly permit: string; readonly resource: string; readonly oid: string }[] = [];

  /** Keys that were sent lately, with who sent them, and everybody who ever sent each. */
  readonly #usedBy = new Map<string, Set<MandateModel>>();
  readonly #keys: { readonly key: string; readonly of: MandateModel }[] = [];

  constructor(world: World, calls: Calls) {
    this.#world = world;
    this.#calls = calls;
  }

  readonly table: Acts<Kinds> = {
    check: { machine: 'agent', work: (step) => this.#check(step) },
    door: { machine: 'enforcer', work: (step) => this.#door(step) },
    push: { machine: 'agent', work: (step) => this.#push(step) },
    brokerPush: { machine: 'enforcer', work: (step) => this.#brokerPush(step) },
    replay: { machine: 'agent', work: (step) => this.#replay(step) },
    run: { machine: 'agent', work: (step) => this.#run(step) },
    delegate: { machine: 'agent', work: (step) => this.#delegate(step, false) },
    widerChild: { machine: 'agent', work: (step) => this.#delegate(step, true) },
    relinquish: { machine: 'agent', work: (step) => this.#relinquish(step) },
  };

  async #check({ a, b, c }: Step): Promise<void> {
    const world = this.#world;
    const mandate = this.#calls.some(a);
    if (mandate === undefined) return;
    const [action, resource] = c < 0.5 ? ['git.push', branchAt(b)] : ['file.read', `${files}/x`];
    const sent = engine.now;
    const reply = await this.#calls.call('agent', 'check', {
      token: mandate.credential,
      body: { mandate: mandate.id, action, resource },
    });
    if (!reply.ok || reply.value.decision !== 'permit') return;
    world.counts.yes += 1;
    // A push is judged at the head of the journal, a read by what that node knows.
    const from = sent - (action === 'git.push' ? 0 : world.lagMs);
    const why = world.model.whyNever(mandate, { action, resource }, { from, to: engine.now });
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
    // Names that are easily taken for one another, within what is allowed and outside of it.
    const names = ['/x', '/x', '/x', '/a/b', '/a%2Fb', '/A', 'x', '%2F..%2Fother', '/../other'];
    const resource = `${files}${names[Math.floor(c * names.length)] ?? ''}`;
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
      { from: asked - (isLocal ? cachedMs : world.lagMs), to: engine.now },
    );
    if (why !== null) world.say(`I1: ${action} was permitted from ${answer.from} under ${mandate.id}, although ${why}`);
  }

  async #push({ a, b, c, index }: Step): Promise<void> {
    const world = this.#world;
    const mandate = this.#calls.some(a);
    if (mandate === undefined) return;
    const resource = branchAt(b);
    const parameters = { oid: `o-${String(index)}` };
    const leaseMs = 500 + Math.floor(c * 4_000);
    const sent = engine.now;
    const token = mandate.credential;
    const asking = {
      token,
      body: { mandate: mandate.id, action: 'git.push', resource, parameters, lease_ms: leaseMs },
    };
    // Now and then the key that somebody else has used for another push, whose answer is not this one's.
    const taken = c > 0.5 && c < 0.55 ? this.#keys[Math.floor(a * this.#keys.length)] : undefined;
    const idempotencyKey = taken?.of === mandate ? this.#calls.key() : (taken?.key ?? this.#calls.key());
    const usedBy = this.#usedBy.get(idempotencyKey) ?? new Set();
    this.#usedBy.set(idempotencyKey, usedBy);
    const isNew = !usedBy.has(mandate);
    usedBy.add(mandate);
    if (this.#keys.push({ key: idempotencyKey, of: mandate }) > 20) this.#keys.shift();
    const turns = world.diskTurns;
    const before = world.asked();
    let began = await this.#calls.call('agent', 'begin', { ...asking, idempotencyKey });
    if (began.ok && turns % 2 === 1 && world.diskTurns === turns)
      world.say(`I8: ${began.value.operation.id} began while the disk took nothing`);
    if (!began.ok && isUnknown(began.problem))
      began = await this.#calls.call('agent', 'begin', { ...asking, idempotencyKey });
    if (!began.ok) {
      // It is a new key to whoever never used it, whatever others did with the same letters.
      if (began.problem.code === 'idempotency_conflict' && isNew)
        world.say(`I12: ${mandate.id} never used key ${idempotencyKey}, and is told that it did`);
      return;
    }
    const { operation, permit } = began.value;
    if (operation.resource !== resource || world.modelOf(operation.mandate) !== mandate)
      world.say(`I12: ${mandate.id} asked for ${resource} and was given ${operation.id} of ${operation.mandate}`);
    const why = world.model.whyNever(mandate, { action: 'git.push', resource }, { from: sent, to: engine.now });
    if (why !== null) world.say(`I3: ${operation.id} began under ${mandate.id}, although ${why}`);
    world.operationBegan(operation.id, before);
    if (c < 0.1) await this.#beginAgain(asking, idempotencyKey, operation.id);
    let leaseEnds = engine.now + leaseMs;
    const holdsFor = c < 0.6 ? b * 50 : b * 2 * leaseMs;
    if (holdsFor > leaseMs / 2 && a < 0.5) {
      await this.#calls.pause(leaseMs / 3);
      leaseEnds = Infinity;
      const renewed = await this.#calls.call('agent', 'renew', {
        params: { id: operation.id },
        token,
        body: { lease_ms: leaseMs },
      });
      // A second copy of the renewal may come after the answer to the first, and is a renewal too.
      if (renewed.ok || !isUnknown(renewed.problem)) leaseEnds = engine.now + slowestMs + leaseMs;
    }
    await this.#calls.pause(holdsFor);
    const brought = { permit, resource, oid: parameters.oid };
    if (this.#permits.push(brought) > 200) this.#permits.shift();
    this.#bring(brought, { mandate, operation: operation.id, leaseEnds });
    if (c > 0.9) return;
    await this.#calls.pause(100 + a * 400);
    const outcome = a < 0.8 ? 'done' : 'failed';
    await this.#calls.call('agent', 'settle', {
      params: { id: operation.id },
      token,
      body: { outcome, evidence: 'as told' },
    });
  }

  /** An agent in a run pushes as its own Git does, through its door and the broker behind it. */
  async #brokerPush({ a, b, index }: Step): Promise<void> {
    const world = this.#world;
    const live = [...processes.live.keys()].filter((id) => world.runs.has(id));
    const run = live[Math.floor(a * live.length)];
    if (run === undefined) return;
    const ref = branchAt(b).slice(`git://${remotePlace.project}/`.length);
    const isPushed = await pushThrough(run, { ref, new: (index + 1).toString(16).padStart(40, '0') });
    world.counts.answers += 1;
    world.note('push', String(isPushed), Math.round(engine.now));
  }

  async #beginAgain(asking: object, idempotencyKey: string, operation: string): Promise<void> {
    const before = this.#world.asked();
    const again = await this.#calls.call('agent', 'begin', { ...asking, idempotencyKey });
    // A journal that was set back does not know the key.
    if (before.setBacks !== this.#world.setBacks) return;
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
    const mandate = this.#calls.some(a);
    if (mandate === undefined) return;
    const token = mandate.credential;
    const lease_ms = 2_000 + Math.floor(b * 10_000);
    const before = world.asked();
    const began = await this.#calls.surely('agent', 'begin', {
      token,
      point: world.tokenOf('points/enforcer.token'),
      body: {
        mandate: mandate.id,
        action: 'shell.run',
        resource: running('agent').resource,
        parameters: runParameters(command),
        containment: contained,
        lease_ms,
      },
    });
    if (!began.ok) return;
    world.operationBegan(began.value.operation.id, before);
    const id = `run-${String(index)}`;
    world.runs.set(id, mandate);
    const request = {
      ...{ id, session: nobody, mandate: mandate.id, credential: token, operation: began.value.operation.id, lease_ms },
      ...{ ...command, env: {}, stdin: '', remotes: [remotePlace.name], repository },
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

  async #delegate({ a, b, c }: Step, isWider: boolean): Promise<void> {
    const world = this.#world;
    const parent = this.#calls.some(a);
    if (parent === undefined || world.model.chainOf(parent).length > 4) return;
    const authority = isWider ? wider : b < 0.5 ? less(b, c) : parent.authority;
    const calls = parent.calls === null || a * 7 - Math.floor(a * 7) < 0.5 ? null : 1 + Math.floor(c * parent.calls);
    const approved: Acted = { sent: engine.now, acked: null };
    const made = await this.#calls.surely('agent', 'delegate', {
      params: { id: parent.id },
      token: parent.credential,
      point: world.tokenOf('points/enforcer.token'),
      body: {
        purpose: 'a part',
        actor: 'builder',
        authorization_details: onWire(authority),
        // A slice of what its parent may be used for.
        ...(calls !== null && { budgets: [{ kind: 'calls' as const, limit: calls }] }),
        delegation: { max_depth: 2, max_children: 4, actors: 'any' },
      },
    });
    if (!made.ok) return;
    approved.acked = engine.now;
    if (isWider) world.say(`I2: ${made.value.mandate.id} is wider than ${parent.id}, under which it was made`);
    const why = world.model.whyNever(parent, running('agent'), { from: approved.sent, to: engine.now });
    if (why !== null && !why.includes('never allowed') && !why.includes('narrowed'))
      world.say(`I3: a child of ${parent.id} was made, although ${why}`);
    const { mandate, credential } = made.value;
    // Its credential is for what it runs; each run's own is asked for with it.
    const own = await this.#calls.surely('agent', 'issueCredential', {
      params: { id: mandate.id },
      token: credential ?? '',
      point: world.tokenOf('points/enforcer.token'),
      body: { run: `r-${mandate.id}` },
    });
    if (!own.ok) return;
    const expiresAt = Date.parse(mandate.expires_at);
    const subject = null;
    const { id } = mandate;
    this.#world.model.add({
      id,
      credential: own.value.credential,
      parent,
      authority,
      approved,
      expiresAt,
      calls,
      subject,
    });
  }

  async #relinquish({ a }: Step): Promise<void> {
    const mandate = this.#calls.some(a);
    if (mandate === undefined || mandate.parent === null) return;
    const { id, credential: token } = mandate;
    const reply = await this.#calls.surely('agent', 'relinquish', { params: { id }, token, body: { reason: '' } });
    if (reply.ok) mandate.ended.push({ sent: engine.now, acked: engine.now, drains: true });
  }
}
