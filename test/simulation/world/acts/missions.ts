/** What people and agents do at the runtime: missions, sessions, input, answers, pauses; sub-agents and questions through an agent's door; and a hand in a worktree. */

import { runtimeApi } from '@writ/protocol';
import type { CallInput, CallResult } from '@writ/enforce';
import { engine } from '../../engine/engine.ts';
import { processes } from '../../engine/processes.ts';
import { questionThrough, spawnThrough } from '../../stand-ins/agent-door.ts';
import { commitByHand } from '../../stand-ins/workspace.ts';
import { running } from '../bounds.ts';
import type { MandateModel } from '../model.ts';
import type { Step } from '../plan.ts';
import type { World } from '../world.ts';
import { nobody } from '../world.ts';
import type { Acts, Calls } from './calls.ts';

type Kinds =
  | 'mission'
  | 'session'
  | 'admit'
  | 'pauseWork'
  | 'unpauseWork'
  | 'answer'
  | 'spawn'
  | 'question'
  | 'closeSession'
  | 'handInPlace';

type Routes = typeof runtimeApi;
type Reply<Name extends keyof Routes> = Routes[Name]['reply']['_zod']['output'];

const repository = '/simulated/repository';

export class Missions {
  readonly #world: World;
  readonly #calls: Calls;

  constructor(world: World, calls: Calls) {
    this.#world = world;
    this.#calls = calls;
  }

  readonly table: Acts<Kinds> = {
    mission: { machine: 'desk', work: (step) => this.#mission(step) },
    session: { machine: 'desk', work: (step) => this.#session(step) },
    admit: { machine: 'desk', work: (step) => this.#admit(step) },
    pauseWork: { machine: 'desk', work: (step) => this.#pause(step, false) },
    unpauseWork: { machine: 'desk', work: (step) => this.#pause(step, true) },
    answer: { machine: 'desk', work: (step) => this.#answer(step) },
    spawn: { machine: 'enforcer', work: (step) => this.#spawn(step) },
    question: { machine: 'enforcer', work: (step) => this.#question(step) },
    closeSession: { machine: 'desk', work: (step) => this.#close(step) },
    handInPlace: { machine: null, work: ({ a }) => void commitByHand(a) },
  };

  async #call<Name extends keyof Routes>(name: Name, input: object): Promise<CallResult<Reply<Name>>> {
    const world = this.#world;
    // One route and its own input: `name` says which, and every caller below writes the two together.
    const [route, asked] = [runtimeApi[name] as typeof runtimeApi.getMission, input as CallInput<Routes['getMission']>];
    const reply = (await world.runtime.person.call(route, asked)) as CallResult<Reply<Name>>;
    world.counts.calls += 1;
    world.tell(`desk ${name}: ${reply.ok ? 'ok' : reply.problem.detail}`);
    world.note(name, reply.ok ? 'ok' : reply.problem.code, Math.round(engine.now));
    return reply;
  }

  #pick(ids: Iterable<string>, nth: number, newest = 8): string | undefined {
    const all = [...ids];
    return all[all.length - 1 - Math.floor(nth * Math.min(all.length, newest))];
  }

  /** A mandate and a credential of its own for what stands under it. */
  async #under(a: number): Promise<{ readonly mandate: MandateModel; readonly credential: string } | undefined> {
    const mandate = this.#calls.some(a);
    if (mandate === undefined || mandate.parent !== null) return undefined;
    const issued = await this.#calls.surely('desk', 'issueCredential', {
      params: { id: mandate.id },
      body: { run: `work-${this.#calls.key()}` },
    });
    return issued.ok ? { mandate, credential: issued.value.credential } : undefined;
  }

  async #mission({ a, b, c, index }: Step): Promise<void> {
    const under = await this.#under(a);
    if (under === undefined) return;
    const file = { source: missionText(index, b, c), file: 'mission.md', repository, project: 'p' };
    const idempotencyKey = this.#calls.key();
    let made = await this.#call('createMission', { body: file, idempotencyKey });
    // The same request again, for a reply that was lost: the same mission.
    if (!made.ok || b < 0.2) {
      const again = await this.#call('createMission', { body: file, idempotencyKey });
      if (made.ok && again.ok && made.value.id !== again.value.id)
        this.#world.say(`I9: one key made the missions ${made.value.id} and ${again.value.id}`);
      made = again;
    }
    if (!made.ok) return;
    this.#world.runtime.created.add(made.value.id);
    const body = { mandate: under.mandate.id, credential: under.credential };
    const key = this.#calls.key();
    for (let tries = 0; tries < 3; tries += 1) {
      const sent = engine.now;
      const started = await this.#call('startMission', { params: { id: made.value.id }, body, idempotencyKey: key });
      if (started.ok) return this.#started(under.mandate, made.value.id, sent);
      await this.#calls.pause(300);
    }
  }

  #started(mandate: MandateModel, mission: string, sent: number): void {
    const why = this.#world.model.whyNever(mandate, running('work'), { from: sent - 5_000, to: engine.now });
    // Whether the mandate covers a task is asked when the task is begun.
    if (why !== null && !why.includes('never allowed') && !why.includes('narrowed') && !why.includes('condition'))
      this.#world.say(`I3: mission ${mission} was started under ${mandate.id}, although ${why}`);
  }

  async #session({ a, b, c }: Step): Promise<void> {
    const under = await this.#under(a);
    if (under === undefined) return;
    const made = await this.#call('createSession', {
      body: {
        title: 'something to do',
        project: 'p',
        agent: 'builder',
        driver: c < 0.9 ? 'command' : 'person',
        workspace: null,
        mandate: under.mandate.id,
        credential: under.credential,
        argv: ['work', 'alone'],
      },
    });
    if (made.ok) await this.#send(made.value.id, b);
  }

  async #admit({ a, b }: Step): Promise<void> {
    const session = this.#pick(this.#world.runtime.log.sessions.keys(), a, 20);
    if (session !== undefined) await this.#send(session, b);
  }

  async #send(session: string, b: number): Promise<void> {
    const wake = b < 0.5 ? 'person' : b < 0.7 ? 'timer' : b < 0.85 ? 'queue' : 'retry';
    const reply = await this.#call('admit', { params: { id: session }, body: { text: `do ${String(b)}`, wake } });
    if (reply.ok) this.#world.runtime.admitted.add(reply.value.input);
  }

  async #pause({ a, b }: Step, isOver: boolean): Promise<void> {
    const { log } = this.#world.runtime;
    const isMission = b < 0.5;
    const id = this.#pick((isMission ? log.missions : log.sessions).keys(), a);
    if (id === undefined) return;
    const name = isMission ? (isOver ? 'unpauseMission' : 'pauseMission') : isOver ? 'unpauseSession' : 'pauseSession';
    await this.#call(name, { params: { id }, ...(!isOver && { body: { reason: '' } }) });
  }

  async #answer({ a, b }: Step): Promise<void> {
    const inbox = await this.#call('inbox', {});
    if (!inbox.ok) return;
    for (const item of inbox.value.items.slice(0, 1 + Math.floor(a * 4))) {
      const keys = item.options.map(({ key }) => key);
      const answer = b < 0.8 ? (keys[0] ?? 'yes') : (keys.at(-1) ?? 'no');
      const first = await this.#call('answer', { params: { id: item.id }, body: { answer } });
      if (!first.ok || b > 0.2) continue;
      const second = await this.#call('answer', { params: { id: item.id }, body: { answer } });
      if (second.ok) this.#world.say(`I9: ${item.id} was answered twice`);
    }
  }

  /** A run of the runtime that goes on now. */
  #liveRun(a: number): string | undefined {
    const live = [...processes.live.values()].filter(({ of }) => of.session !== nobody);
    return live[Math.floor(a * live.length)]?.id;
  }

  async #spawn({ a, b, c }: Step): Promise<void> {
    const world = this.#world;
    const run = this.#liveRun(a);
    const parent = run === undefined ? undefined : processes.live.get(run);
    if (run === undefined || parent === undefined) return;
    const isWider = c > 0.9;
    const sent = engine.now;
    const reply = await spawnThrough(run, {
      agent: 'helper',
      purpose: 'help',
      argv: ['work', 'child'],
      actions: isWider ? ['git.delete'] : ['shell.run', 'file.read'],
      wait: b < 0.3,
    });
    world.counts.calls += 1;
    world.note('spawn', reply === null ? 'closed' : reply.ok ? 'ok' : reply.problem.code);
    if (reply?.ok !== true) return;
    world.counts.spawned += 1;
    if (isWider) world.say(`I2: ${reply.value.mandate} has what ${parent.mandate} has not`);
    const of = world.modelOf(parent.mandate);
    const why = of && world.model.whyNever(of, running('work'), { from: sent, to: engine.now });
    if (why?.includes('ended') === true || why?.includes('suspended') === true)
      world.say(`I3: a sub-agent was given ${reply.value.mandate} under ${parent.mandate}, although ${why}`);
  }

  async #question({ a, index }: Step): Promise<void> {
    const run = this.#liveRun(a);
    if (run === undefined) return;
    this.#world.note('question', String(await questionThrough(run, `which of them, ${String(index)}?`)));
  }

  async #close({ a }: Step): Promise<void> {
    const id = this.#pick(this.#world.runtime.log.sessions.keys(), a, 30);
    // Whoever closes one at work says that it has ended elsewhere, as a launcher does.
    if (id !== undefined && this.#world.runtime.log.sessions.get(id)?.turn === null)
      await this.#call('closeSession', { params: { id }, body: {} });
  }
}

/** A mission of up to five tasks: joins, a task that fails what it shows, and now and then one that is a person's. */
function missionText(index: number, b: number, c: number): string {
  const count = 1 + Math.floor(b * 5);
  const shape = Math.floor(c * 4);
  const tasks = Array.from({ length: count }, (_, nth) => {
    const after = nth === 0 ? [] : parentsOf(nth, shape);
    const join = after.length === 0 ? '' : ` (after: ${after.map((one) => `T${String(one)}`).join(', ')})`;
    const isPersons = shape === 3 && nth === 1;
    const what = isPersons ? ' @ada' : ` run: \`work ${String(nth)}\``;
    return `- [ ] T${String(nth)}${join}${what} touches: src/${String(nth)}/** done: \`check ${String(nth)}\``;
  });
  const front = ['project: p', `parallel: ${String(1 + Math.floor(c * 3))}`, 'attempts: 2', 'delegation: 1'];
  return `---\n${front.join('\n')}\nagents:\n  ada: { driver: person }\n---\n\n# Mission ${String(index)}\n\nIt is done.\n\n${tasks.join('\n')}\n`;
}

/** Which tasks a task is after: a line, a fan, a diamond that comes together. */
function parentsOf(nth: number, shape: number): readonly number[] {
  if (shape === 0) return [nth - 1];
  if (shape === 1) return [0];
  return nth < 3 ? [0] : Array.from({ length: nth - 1 }, (_, one) => one + 1);
}
