/** What people do: propose and approve, hold and let go on, narrow, extend, end, report signals, change keys. */

import { engine } from '../../engine/engine.ts';
import { remotePlace } from '../../stand-ins/remote.ts';
import type { Act as Acted, MandateModel } from '../model.ts';
import type { Step } from '../plan.ts';
import type { World } from '../world.ts';
import type { Acts, Calls } from './calls.ts';
import { iso, isUnknown, less, onWire, remove, subjects, whole } from './terms.ts';

type Kinds =
  | 'propose'
  | 'suspend'
  | 'reinstate'
  | 'revoke'
  | 'complete'
  | 'narrow'
  | 'extend'
  | 'signal'
  | 'rotateKey'
  | 'nameRemote';

export class People {
  readonly #world: World;
  readonly #calls: Calls;

  constructor(world: World, calls: Calls) {
    this.#world = world;
    this.#calls = calls;
  }

  readonly table: Acts<Kinds> = {
    propose: { machine: 'desk', work: (step) => this.#propose(step) },
    suspend: { machine: 'desk', work: (step) => this.#act(step, 'suspend', ({ suspended }) => listed(suspended)) },
    reinstate: {
      machine: 'desk',
      work: (step) => this.#act(step, 'reinstate', ({ reinstated }) => listed(reinstated)),
    },
    revoke: { machine: 'desk', work: (step) => this.#act(step, 'revoke', (mandate) => ends(mandate, false)) },
    complete: { machine: 'desk', work: (step) => this.#act(step, 'complete', (mandate) => ends(mandate, true)) },
    narrow: { machine: 'desk', work: (step) => this.#narrow(step) },
    extend: { machine: 'desk', work: (step) => this.#extend(step) },
    signal: { machine: 'desk', work: (step) => this.#signal(step) },
    rotateKey: { machine: 'desk', work: (step) => this.#rotateKey(step) },
    nameRemote: { machine: 'desk', work: () => this.#nameRemote() },
  };

  async #propose({ a, b, c }: Step): Promise<void> {
    const world = this.#world;
    const expiresAt = engine.wall(world.machines.control) + (a < 0.3 ? 2_000 + b * 20_000 : 3_600_000);
    const subject = c < 0.4 ? (subjects[Math.floor(c * 5)] ?? null) : null;
    const calls = b < 0.3 ? 5 + Math.floor(b * 200) : null;
    const proposed = await this.#calls.surely('desk', 'propose', {
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
    const approved: Acted = { sent: engine.now, acked: null };
    const answer = await this.#calls.surely('desk', 'approve', { params: { id }, body: { revision, text_digest } });
    if (!answer.ok) return;
    approved.acked = engine.now;
    const issued = await this.#calls.surely('desk', 'issueCredential', { params: { id }, body: { run: `r-${id}` } });
    if (!issued.ok) return;
    this.#world.model.add({
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

  /** A person's act that is certain once it is acknowledged. */
  async #act(
    { a }: Step,
    act: 'suspend' | 'reinstate' | 'revoke' | 'complete',
    list: (mandate: MandateModel) => { readonly add: (act: Acted) => void; readonly remove: (act: Acted) => void },
  ): Promise<void> {
    const mandate = this.#calls.some(a);
    if (mandate === undefined) return;
    const { id } = mandate;
    const done: Acted = { sent: engine.now, acked: null };
    // What may widen counts from when it was sent, what stops from when it was acknowledged.
    const acts = list(mandate);
    acts.add(done);
    const reply = await this.#calls.surely('desk', act, { params: { id }, body: { reason: '' } });
    if (reply.ok) done.acked = engine.now;
    else if (!isUnknown(reply.problem)) acts.remove(done);
  }

  async #narrow({ a, b, c }: Step): Promise<void> {
    const mandate = this.#calls.some(a);
    if (mandate === undefined) return;
    const authority = less(b, c);
    const sent = engine.now;
    const body = { authorization_details: onWire(authority), reason: '' };
    const reply = await this.#calls.surely('desk', 'narrow', { params: { id: mandate.id }, body });
    if (reply.ok) mandate.narrowed.push({ sent, acked: engine.now, authority });
  }

  async #extend({ a, b }: Step): Promise<void> {
    const mandate = this.#calls.some(a);
    if (mandate === undefined || mandate.parent !== null) return;
    const at = Math.floor(engine.wall(this.#world.machines.control) + 5_000 + b * 3_600_000);
    const done = { sent: engine.now, acked: null as number | null, was: mandate.id };
    mandate.extended.push(done);
    mandate.expiries.push({ sent: engine.now, at });
    const { id } = mandate;
    const reply = await this.#calls.surely('desk', 'extend', {
      params: { id },
      body: { expires_at: iso(at), reason: '' },
    });
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
    mandate.formerIds.push(mandate.id);
    mandate.id = reply.value.id;
  }

  async #signal({ a, b }: Step): Promise<void> {
    const subject = subjects[Math.floor(a * subjects.length)] ?? '';
    const isGood = b < 0.65;
    const report = { sent: engine.now, acked: null as number | null, isGood };
    const reports = this.#world.model.reports.get(subject) ?? [];
    this.#world.model.reports.set(subject, reports);
    reports.push(report);
    const reply = await this.#calls.surely('desk', 'signal', { body: { subject, value: isGood ? 'good' : 'bad' } });
    if (reply.ok) report.acked = engine.now;
  }

  async #nameRemote(): Promise<void> {
    const { project: id, name, url } = remotePlace;
    await this.#calls.surely('desk', 'createProject', { body: { id, title: '' } });
    await this.#calls.surely('desk', 'nameSink', { params: { id, name }, body: { url, kind: 'fenced' } });
  }

  async #rotateKey({ a, b }: Step): Promise<void> {
    await this.#calls.surely('desk', 'rotateKey', { body: { use: a < 0.5 ? 'permit' : 'artifact', now: b < 0.5 } }, 1);
  }
}

const listed = (acts: Acted[]) => ({
  add: (act: Acted) => void acts.push(act),
  remove: (act: Acted) => remove(acts, act),
});

/** The ends of a mandate, each kept as the act that is acknowledged later. */
const ends = ({ ended }: MandateModel, drains: boolean) => ({
  add: (act: Acted) => void ended.push(Object.assign(act, { drains })),
  remove: (act: Acted) => {
    const at = ended.findIndex((one) => one === act);
    if (at >= 0) ended.splice(at, 1);
  },
});
