import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { MandateStanding, StepAnswer } from '../control/ask.ts';
import type { Findings, PlaceCheck } from './core/judge-resume.ts';
import { judgeResume } from './core/judge-resume.ts';
import type { SessionCommand } from './decide.ts';
import { decide } from './decide.ts';
import type { Acting, ResetPart, SessionEvent, Visibility } from './events.ts';
import { resetParts } from './events.ts';
import { evolve } from './evolve.ts';
import { mayRecord, newFacts } from './facts.ts';
import type { Session } from './session.ts';
import { acting } from './session.ts';
import { mayView } from './visibility.ts';

const opened: Extract<SessionEvent, { readonly type: 'session.opened' }> = {
  type: 'session.opened',
  data: {
    title: 's0',
    project: 'p',
    agent: 'a',
    driver: 'command',
    mandate: 'm0',
    mission: null,
    task: null,
    parent: null,
    workspace: null,
    repository: null,
    argv: ['true'],
    sandbox: { kind: 'contain', writable: [], hidden: [], network: 'none' },
  },
};
const fold = (events: readonly SessionEvent[]): Session =>
  events.reduce<Session | undefined>(
    (state, event, index) =>
      evolve(state, event, { stream: 'session/s0', version: index + 1, at: '2026-01-01T00:00:00.000Z' }),
    undefined,
  )!;
const evolveAll = (session: Session, events: readonly SessionEvent[]): Session =>
  events.reduce(
    (state, event, index) =>
      evolve(state, event, {
        stream: 'session/s0',
        version: state.version + index + 1,
        at: '2026-01-01T00:00:00.000Z',
      }),
    session,
  );
const leased: SessionEvent = { type: 'lease.taken', data: { holder: 'boot-1', token: 1 } };
const input = { input: 'i1', text: 'go', delivery: 'queue', wake: 'person', by: 'ann', drives: true } as const;
const admitted: SessionEvent = { type: 'input.admitted', data: input };
const atTurn: SessionEvent = { type: 'turn.started', data: { turn: 't1', input: 'i1', wake: 'person', token: 1 } };
const admit = (more: Partial<Extract<SessionCommand, { do: 'admit' }>> = {}): SessionCommand => ({
  do: 'admit',
  input: 'i2',
  text: 'x',
  delivery: 'queue',
  wake: 'person',
  by: 'ann',
  drives: true,
  agent: null,
  person: null,
  expectedTurn: undefined,
  request: null,
  ...more,
});
const start = (more: Partial<Extract<SessionCommand, { do: 'start_turn' }>> = {}): SessionCommand => ({
  do: 'start_turn',
  turn: 't2',
  wake: 'person',
  holder: 'boot-1',
  token: 1,
  input: null,
  ...more,
});

const run = { turn: 't1', operation: 'o1', purpose: 'work', action: 'a', resource: 'r', argv: [] } as const;
const atWork: SessionEvent = { type: 'run.started', data: { run: 'r1', ...run } };
const startRun: SessionCommand = { do: 'start_run', holder: 'boot-1', run: { run: 'r2', ...run } };

const given = (...events: SessionEvent[]) => ({
  when: (command: SessionCommand) => {
    const decided = decide(fold([opened, ...events]), command);
    return {
      then: (...types: string[]) => {
        expect(decided.ok ? decided.events.map((event) => event.type) : decided.refusal).toEqual(types);
      },
      refused: (kind: string, sentence: RegExp) => {
        expect(decided).toMatchObject({ ok: false, refusal: { kind, sentence: expect.stringMatching(sentence) } });
      },
    };
  },
});

describe('a session', () => {
  it('admits input before anything runs, and takes it up in order', () => {
    const session = fold([opened, leased, admitted]);
    expect(session.queue).toMatchObject([{ id: 'i1', text: 'go' }]);
    expect(session.activity).toEqual({ name: 'idle' });
    expect(decide(session, start({ input: 'i1' }))).toMatchObject({ ok: true, events: [{ data: { input: 'i1' } }] });
    expect(fold([opened, leased, admitted, atTurn])).toMatchObject({
      queue: [],
      activity: { name: 'turn', turn: 't1', input: { text: 'go' } },
    });
  });

  it('keeps what somebody without a say sent, and it drives nothing', () => {
    const unheard: SessionEvent = { ...admitted, data: { ...input, drives: false } };
    expect(fold([opened, unheard]).queue).toEqual([]);
  });

  it('is the same once what was said in it is erased', () => {
    const ended: SessionEvent = { type: 'turn.ended', data: { turn: 't1', outcome: 'done', exitCode: 0, summary: '' } };
    const runs: readonly SessionEvent[] = [
      {
        type: 'run.started',
        data: { run: 'r1', turn: 't1', operation: 'o1', purpose: 'work', action: 'a', resource: 'r', argv: [] },
      },
      { type: 'output.recorded', data: { run: 'r1', from: 0, next: 3, text: 'abc', dropped: 0 } },
      { type: 'run.ended', data: { run: 'r1', operation: 'o1', ended: 'exited', exitCode: 0, why: '' } },
    ];
    const said: readonly SessionEvent[] = [
      { type: 'agent.said', data: { turn: 't1', kind: 'message', text: 'hello' } },
      { type: 'note.left', data: { text: 'a clue' } },
      { type: 'observation.recorded', data: { type: 'x', data: null } },
    ];
    const log = [opened, leased, admitted, atTurn, ...runs, ...said, ended];
    const erased = log.map((event): SessionEvent => {
      switch (event.type) {
        case 'input.admitted':
        case 'output.recorded':
        case 'agent.said':
        case 'note.left':
        case 'observation.recorded':
          return { type: event.type, data: null };
        default:
          return event;
      }
    });
    expect(fold(erased)).toEqual(fold(log));
  });

  it('steers only the turn that was seen running', () => {
    given(leased, admitted, atTurn)
      .when(admit({ delivery: 'steer', expectedTurn: 't1' }))
      .then('input.admitted');
    given(leased, admitted, atTurn)
      .when(admit({ delivery: 'steer', expectedTurn: 't0' }))
      .refused('conflict', /is at turn `t1`/);
    given(leased)
      .when(admit({ delivery: 'steer', expectedTurn: 't1' }))
      .refused('conflict', /is not running any more/);
  });

  it('queues behind the turn that was expected, or not at all (codex `expectedTurnId`)', () => {
    given(leased, admitted, atTurn)
      .when(admit({ expectedTurn: 't1' }))
      .then('input.admitted');
    given(leased, admitted, atTurn)
      .when(admit({ expectedTurn: 't0' }))
      .refused('conflict', /is at turn `t1`/);
    given(leased, admitted, atTurn)
      .when(admit({ expectedTurn: null }))
      .refused('conflict', /is at turn `t1`/);
    given(leased)
      .when(admit({ expectedTurn: null }))
      .then('input.admitted');
  });

  it('says once what is sent again with its key, also when it is over, and nothing else with that key', () => {
    const request = { claim: 'k', bodyDigest: 'go' };
    const keyed: SessionEvent = { type: 'input.admitted', data: { ...input, request } };
    expect(fold([opened, leased, keyed]).requests).toEqual([{ ...request, input: 'i1', drives: true }]);
    given(leased, keyed).when(admit({ request })).then();
    given(leased, keyed, { type: 'session.closed', data: { exitCode: 0, summary: '' } })
      .when(admit({ request }))
      .then();
    given(leased, keyed)
      .when(admit({ request: { ...request, bodyDigest: 'stop' } }))
      .refused('conflict', /use a new key/);
    given(leased, keyed)
      .when(admit({ request: { ...request, claim: 'other' } }))
      .then('input.admitted');
    const many = Array.from({ length: 300 }, (_, n): SessionEvent => {
      const one = { claim: String(n), bodyDigest: '' };
      return { type: 'input.admitted', data: { ...input, drives: false, request: one } };
    });
    expect(fold([opened, ...many]).requests.map(({ claim }) => claim)).toEqual(
      Array.from({ length: 256 }, (_, n) => String(n + 44)),
    );
  });

  it('takes up what steers before what waits, and what was said into a turn no more', () => {
    const said = (id: string, delivery: 'steer' | 'queue'): SessionEvent => ({
      type: 'input.admitted',
      data: { ...input, input: id, delivery },
    });
    const log = [opened, leased, admitted, atTurn, said('i2', 'queue'), said('i3', 'steer'), said('i4', 'steer')];
    expect(fold(log).queue.map(({ id }) => id)).toEqual(['i3', 'i4', 'i2']);
    expect(fold([...log, { type: 'input.steered', data: { input: 'i3', turn: 't1' } }]).queue).toMatchObject([
      { id: 'i4' },
      { id: 'i2' },
    ]);
  });

  it('is shared once and for all, and a member never leaves themselves out', () => {
    const private_ = (...members: string[]): SessionEvent => ({
      type: 'visibility.changed',
      data: { visibility: { to: 'private', members } },
    });
    const share = (visibility: Visibility): SessionCommand => ({ do: 'share', visibility, by: 'ann' });
    given()
      .when(share({ to: 'private', members: ['ann'] }))
      .refused('conflict', /was seen by others already/);
    given(private_('ann'))
      .when(share({ to: 'private', members: ['ann', 'bob'] }))
      .then('visibility.changed');
    given(private_('ann'))
      .when(share({ to: 'private', members: ['bob'] }))
      .refused('invalid', /would not see/);
    given(private_('ann'))
      .when(share({ to: 'project' }))
      .then('visibility.changed');
    given(private_('ann'), { type: 'visibility.changed', data: { visibility: { to: 'project' } } })
      .when(share({ to: 'private', members: ['ann'] }))
      .refused('conflict', /was seen by others already/);
  });

  it('is seen by who sees what it came from: no sub-agent and no fork of a private one is seen by others', () => {
    const s0 = fold([
      opened,
      { type: 'visibility.changed', data: { visibility: { to: 'private', members: ['ann'] } } },
    ]);
    const child = { ...fold([opened]), id: 's0.1', parent: 's0' };
    const fork = { ...fold([opened]), id: 'f', fork: { from: 's0.1', at: 1, base: null } };
    const all = new Map([s0, child, fork].map((one) => [one.id, one]));
    for (const one of all.values()) {
      expect(mayView(all, one, 'ann')).toBe(true);
      expect(mayView(all, one, 'bob')).toBe(false);
    }
    expect(mayView(all, fold([opened]), 'bob')).toBe(true);
  });

  it('takes somebody in with the first thing they say, once', () => {
    given(leased)
      .when(admit({ person: 'ann' }))
      .then('participant.joined', 'input.admitted');
    given(leased, { type: 'participant.joined', data: { who: 'ann' } })
      .when(admit({ person: 'ann' }))
      .then('input.admitted');
    given(leased).when({ do: 'leave', who: 'ann' }).then();
  });

  it('acts as the agent of its turn, and as itself again after it', () => {
    const as: Acting = {
      agent: { name: 'reviewer', hash: 'h' },
      mandate: 'm0.1',
      actions: ['file.read'],
      driver: 'acp',
      argv: ['review'],
      sandbox: { kind: 'contain', writable: [], hidden: [], network: 'none' },
    };
    const composed: SessionEvent = {
      type: 'turn.composed',
      data: { turn: 't1', digest: 'd', driver: 'acp', model: null, acting: as },
    };
    const during = fold([opened, leased, admitted, atTurn, composed]);
    expect(acting(during)).toMatchObject({ agent: 'reviewer', mandate: 'm0.1', driver: 'acp', argv: ['review'] });
    expect(during).toMatchObject({ agent: 'a', mandate: 'm0' });
    const ended: SessionEvent = { type: 'turn.ended', data: { turn: 't1', outcome: 'done', exitCode: 0, summary: '' } };
    const after = fold([opened, leased, admitted, atTurn, composed, ended]);
    expect(acting(after)).toBe(after);
  });

  it('refuses a second writer before it starts anything (qwen-code#7164)', () => {
    given(leased, { type: 'lease.taken', data: { holder: 'boot-2', token: 2 } }, admitted)
      .when(start())
      .refused('conflict', /is written by `boot-2` now/);
    given(leased, admitted)
      .when(start({ token: 0 }))
      .refused('conflict', /is written by/);
    given(leased).when({ do: 'take_lease', holder: 'boot-2', machine: 'k', takesOver: false }).then('lease.taken');
  });

  it('starts nothing while paused and one turn at a time', () => {
    given(leased, admitted, { type: 'session.paused', data: { cause: 'mandate', reason: 'frozen' } })
      .when(start())
      .refused('conflict', /is paused: frozen/);
    given(leased, admitted, atTurn)
      .when(start())
      .refused('conflict', /at turn `t1` already/);
  });

  it('starts no run that was asked about before it was paused, taken over or ended, and one at a time', () => {
    given(leased, admitted, atTurn).when(startRun).then('run.started');
    given(leased, admitted, atTurn, { type: 'session.paused', data: { cause: 'person', reason: 'ann paused it' } })
      .when(startRun)
      .refused('conflict', /is paused: ann paused it/);
    given(leased, admitted, atTurn, { type: 'session.paused', data: { cause: 'budget', reason: 'its last call' } })
      .when(startRun)
      .then('run.started');
    given(leased, admitted, atTurn, { type: 'lease.taken', data: { holder: 'boot-2', token: 2 } })
      .when(startRun)
      .refused('conflict', /is written by `boot-2` now/);
    given(leased, admitted, atTurn, { type: 'session.inert', data: { reason: 'revoked' } })
      .when(startRun)
      .refused('inert', /is inert: revoked/);
    given(leased, admitted)
      .when(startRun)
      .refused('conflict', /turn `t1` .* is over/);
    given(leased, admitted, atTurn, atWork)
      .when(startRun)
      .refused('conflict', /run `r1` is at work/);
  });

  it('is told once how a run and a turn ended, by whoever saw it first', () => {
    const ranOut = {
      type: 'run.ended',
      data: { run: 'r1', operation: 'o1', ended: 'exited', exitCode: 0, why: '' },
    } as const;
    const said = { type: 'output.recorded', data: { run: 'r1', from: 0, next: 3, text: 'abc', dropped: 0 } } as const;
    const turned = { type: 'turn.ended', data: { turn: 't1', outcome: 'done', exitCode: 0, summary: '' } } as const;
    const all = [said, ranOut, turned];
    const working = fold([opened, leased, admitted, atTurn, atWork]);
    expect(newFacts(working, all)).toEqual(all);
    expect(newFacts(evolveAll(working, [said]), all)).toEqual([ranOut, turned]);
    const over = evolveAll(working, all);
    expect(newFacts(over, all)).toEqual([]);
    // The end of a turn says nothing about the one after it.
    const next: SessionEvent = { type: 'turn.started', data: { turn: 't2', input: null, wake: 'person', token: 1 } };
    expect(newFacts(evolveAll(over, [next]), [turned])).toEqual([]);
    const child: SessionEvent = { type: 'child.opened', data: { session: 's1', mandate: 'm1', agent: 'a' } };
    const ended: SessionEvent = { type: 'child.ended', data: { session: 's1', outcome: 'done' } };
    expect(newFacts(evolveAll(working, [child]), [ended])).toEqual([ended]);
    expect(newFacts(evolveAll(working, [child, ended]), [ended])).toEqual([]);
  });

  it('is cleared part by part, and keeps every other part as it was', () => {
    const seen = { seenAt: '2026-01-01T00:00:00Z', method: 'x', tree: null };
    const service = {
      kind: 'service',
      service: 'w',
      port: 1,
      address: 'a',
      pid: 1,
      startTime: '1',
      program: 'p',
    } as const;
    const full = fold([
      opened,
      leased,
      admitted,
      { type: 'fact.seen', data: { kind: 'mcp', server: 'ledger', digest: 'd', tools: 1, ...seen } },
      { type: 'fact.seen', data: { ...service, run: null, state: 'listening', ...seen } },
      { type: 'note.left', data: { text: 'a clue' } },
      { type: 'conversation.advanced', data: { turn: 't0', digest: 'd', messages: 2, agentSession: 'its own' } },
    ]);
    const cleared = (what: ResetPart): Session =>
      evolveAll(full, [{ type: 'session.reset', data: { what, cleared: ['x'], kept: [], undo: '' } }]);
    const parts = ({ conversation, conversationFrom, queue, digest, remembered, children, mandate }: Session) => ({
      ...{ conversation, conversationFrom, queue, children, mandate, notes: digest.notes },
      facts: remembered.facts.map(({ key }) => key),
    });
    const before = parts(full);
    expect(before).toMatchObject({ facts: ['mcp:ledger', 'service:w'], queue: [{ id: 'i1' }], notes: [{}] });
    const changes = {
      context: { conversation: null, conversationFrom: full.version + 1 },
      scratchpad: { notes: [] },
      connections: { conversation: { ...before.conversation, agentSession: null }, facts: ['service:w'] },
      services: { facts: ['mcp:ledger'] },
      queue: { queue: [] },
      credentials: {},
      children: {},
    } satisfies Record<ResetPart, Partial<typeof before> | object>;
    for (const what of resetParts) expect(parts(cleared(what)), what).toEqual({ ...before, ...changes[what] });
  });

  it('keeps what was said after it was stopped, once and marked late (vicoa#41)', () => {
    const said = { run: 'r1', from: 0, next: 3, text: 'abc', dropped: 0 };
    const word = { turn: 't1', kind: 'message', text: 'still here' };
    const heard: readonly SessionEvent[] = [
      { type: 'output.recorded', data: said },
      { type: 'agent.said', data: word },
    ];
    const marked: readonly SessionEvent[] = [
      { type: 'output.late', data: said },
      { type: 'agent.said', data: { ...word, late: true } },
    ];
    const working = fold([opened, leased, admitted, atTurn, atWork]);
    expect(newFacts(working, heard)).toEqual(heard);
    const stopped = evolveAll(working, [{ type: 'session.inert', data: { reason: 'revoked' } }]);
    expect(newFacts(stopped, heard)).toEqual(marked);
    expect(newFacts(evolveAll(stopped, marked), heard)).toEqual(marked.slice(1));
    const turned = evolveAll(working, [
      { type: 'turn.ended', data: { turn: 't1', outcome: 'interrupted', exitCode: null, summary: '' } },
    ]);
    expect(newFacts(turned, heard.slice(1))).toEqual(marked.slice(1));
  });

  it('is for good once inert: readable, and nothing starts, resumes or is admitted', () => {
    const inert: SessionEvent = { type: 'session.inert', data: { reason: 'revoked' } };
    given(leased, admitted, inert)
      .when(start())
      .refused('inert', /is inert: revoked/);
    given(inert)
      .when(admit())
      .refused('inert', /is inert: revoked/);
    given(inert).when({ do: 'resume', wake: 'person', sentence: '' }).refused('conflict', /inert/);
    given(inert)
      .when({ do: 'take_lease', holder: 'boot-2', machine: 'k', takesOver: false })
      .refused('conflict', /inert/);
    given(inert).when({ do: 'make_inert', reason: 'again' }).then();
    expect(fold([opened, admitted, inert]).queue).toEqual([]);
  });

  it('is written by one machine, and taken over by another only where a person said so', () => {
    const here: SessionEvent = { type: 'lease.taken', data: { holder: 'boot-1', token: 1, machine: 'k1' } };
    const take = (machine: string, takesOver: boolean): SessionCommand => ({
      do: 'take_lease',
      holder: 'boot-2',
      machine,
      takesOver,
    });
    given(here).when(take('k1', false)).then('lease.taken');
    given(here)
      .when(take('k2', false))
      .refused('conflict', /written by another machine; `writ session take s0`/);
    given(here, admitted, atTurn, atWork).when(take('k2', true)).then('lease.taken', 'run.ended', 'turn.ended');
    // The one that had it starts nothing and records nothing any more.
    const taken = evolveAll(fold([opened, here, admitted]), [
      { type: 'lease.taken', data: { holder: 'boot-2', token: 2, machine: 'k2' } },
    ]);
    expect(decide(taken, start())).toMatchObject({ ok: false, refusal: { kind: 'conflict' } });
    expect(mayRecord(taken, 'boot-1')).toBe(false);
    expect(mayRecord(taken, 'boot-2')).toBe(true);
  });

  it('does not let anything take the place of a person’s pause', () => {
    const paused: SessionEvent = { type: 'session.paused', data: { cause: 'person', reason: 'ann paused it' } };
    given(paused).when({ do: 'pause', cause: 'mandate', reason: 'suspended' }).then();
    given({ type: 'session.paused', data: { cause: 'mandate', reason: 'x' } })
      .when({ do: 'pause', cause: 'person', reason: 'y' })
      .then('session.paused');
  });

  it('is archived only where nothing is under way, and takes nothing in then', () => {
    const archive: SessionCommand = { do: 'archive', reason: '' };
    const archived: SessionEvent = { type: 'session.archived', data: { reason: '' } };
    const child: SessionEvent = { type: 'child.opened', data: { session: 's1', mandate: 'm1', agent: 'a' } };
    given().when(archive).then('session.archived');
    given(leased, admitted, atTurn)
      .when(archive)
      .refused('conflict', /is at work/);
    given(admitted)
      .when(archive)
      .refused('conflict', /input waits/);
    given(child)
      .when(archive)
      .refused('conflict', /1 of the sub-agents .* not ended/);
    given(archived)
      .when(admit())
      .refused('conflict', /is archived; `writ session unarchive s0`/);
    given(archived).when(archive).then();
    given(archived).when({ do: 'unarchive', reason: '' }).then('session.unarchived');
  });

  it('is bound once to a mandate that is granted to it, and never to another one', () => {
    const without: SessionEvent = { type: 'session.opened', data: { ...opened.data, mandate: null } };
    const bind: SessionCommand = { do: 'bind', mandate: 'm1' };
    expect(decide(fold([without]), bind)).toEqual({
      ok: true,
      events: [{ type: 'session.bound', data: { mandate: 'm1' } }],
    });
    given()
      .when(bind)
      .refused('conflict', /works under `m0`/);
    given().when({ do: 'bind', mandate: 'm0' }).then();
    given({ type: 'session.inert', data: { reason: 'revoked' } })
      .when(bind)
      .refused('inert', /revoked/);
  });

  it('stops loudly on a log that cannot be', () => {
    expect(() => fold([leased])).toThrow(/corrupt.*nothing opened it/);
    expect(() => fold([opened, opened])).toThrow(/opened before/);
    expect(() => fold([opened, leased, leased])).toThrow(/fencing token does not rise/);
  });
});

const bounds = { narrowings: 0, expiresAt: '2030-01-01T00:00:00Z', budgets: '[]', by: '', words: [] };
const standings: fc.Arbitrary<MandateStanding | null> = fc.constantFrom<MandateStanding | null>(
  null,
  { standing: 'in_force', version: 1, spent: null, bounds },
  { standing: 'held', sentence: 'suspended', version: 1 },
  { standing: 'ended', sentence: 'revoked', drains: false },
  { standing: 'superseded', successor: 'm1' },
  { standing: 'unreachable', sentence: 'no answer' },
);
const answers: fc.Arbitrary<StepAnswer | null> = fc.oneof(
  fc.constantFrom<StepAnswer | null>(
    null,
    { answer: 'permit', sentence: 'ok', position: 1 },
    { answer: 'hold', sentence: 'a yes', wayOut: null },
    { answer: 'unreachable', sentence: 'no answer' },
  ),
  fc.string().map((code): StepAnswer => ({ answer: 'refuse', code, sentence: 'no', wayOut: null })),
  fc
    .constantFrom('out_of_authority', 'condition_failed', 'budget_spent', 'credential_unusable')
    .map((code): StepAnswer => ({ answer: 'refuse', code, sentence: 'no', wayOut: null })),
);
const places: fc.Arbitrary<PlaceCheck> = fc.constantFrom<PlaceCheck>(
  { as: 'recorded' },
  { as: 'unneeded' },
  { as: 'different', sentence: 'moved' },
);
const bindings = fc.option(fc.record({ mandate: fc.constant('m0'), hasCredential: fc.boolean() }), { nil: null });
const findings: fc.Arbitrary<Findings> = fc.record({
  binding: bindings,
  mandate: standings,
  step: answers,
  place: places,
  context: places,
});

describe('resume', () => {
  it('LAW: continues only with a binding, a credential, a mandate in force, a permit for this step, and the place and the conversation as recorded', () => {
    fc.assert(
      fc.property(findings, (found) => {
        const may =
          found.binding?.hasCredential === true &&
          found.mandate?.standing === 'in_force' &&
          found.step?.answer === 'permit' &&
          found.place.as !== 'different' &&
          found.context.as !== 'different';
        expect(judgeResume(found).go === 'continue').toBe(may);
      }),
    );
  });

  it('LAW: is inert whenever its mandate ended, and waits where none was granted, whatever else is true', () => {
    fc.assert(
      fc.property(findings, (found) => {
        if (found.binding === null) expect(judgeResume(found)).toMatchObject({ go: 'pause', cause: 'mandate' });
        else if (found.mandate?.standing === 'ended') expect(judgeResume(found).go).toBe('inert');
      }),
    );
  });

  it('LAW: silence pauses and never ends', () => {
    fc.assert(
      fc.property(findings, (found) => {
        if (found.binding !== null && found.mandate?.standing === 'unreachable')
          expect(judgeResume(found)).toMatchObject({ go: 'pause', cause: 'unreachable' });
      }),
    );
  });

  it('tells a step that was never covered from a world that is not as it must be', () => {
    const base: Findings = {
      binding: { mandate: 'm0', hasCredential: true },
      mandate: { standing: 'in_force', version: 1, spent: null, bounds },
      step: null,
      place: { as: 'recorded' },
      context: { as: 'recorded' },
    };
    const refused = (code: string) =>
      judgeResume({ ...base, step: { answer: 'refuse', code, sentence: 'no', wayOut: null } });
    expect(refused('out_of_authority')).toMatchObject({ go: 'pause', cause: 'scope' });
    expect(refused('condition_failed')).toMatchObject({ go: 'pause', cause: 'mandate' });
    expect(refused('credential_unusable')).toMatchObject({ go: 'pause', cause: 'credential' });
    expect(refused('actor_mismatch')).toMatchObject({ go: 'inert' });
  });
});
