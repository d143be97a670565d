/** Bugs that a simulation which is worth anything finds: the rule of the shipped code that is taken out, and what is put in its place as the file is loaded. */

import type { More } from './world/plan.ts';

export type PlantedBug = {
  readonly name: string;
  readonly file: string;
  readonly rule: string;
  readonly instead: string;
  /** What the simulation says then. */
  readonly says: RegExp;
  /** The first seed, shortly before one that fails, and the most that it may take: several of them fail, so that one is left when the code changes a little. */
  readonly from: number;
  readonly seeds: number;
  /** Only those in which there are two machines of the runtime, or of control: elsewhere the rule has nothing to do. */
  readonly with?: 'shared' | 'peer';
  /** What there is more of than usual, by how much: what the rule is about, where that is rare. */
  readonly more?: More;
};

export const plantedBugs: readonly PlantedBug[] = [
  {
    name: 'fence',
    file: 'enforce/sink/sink.ts',
    rule: 'if (!reply.value.current) return refuse(',
    instead: 'if (reply.value.current === null) return refuse(',
    says: /landed/,
    from: 1,
    seeds: 60,
  },
  {
    name: 'read-set',
    file: 'control/operation/beginning.ts',
    rule: 'reliedOn: [...judged.reliedOn, ...destinationStreams(destination)],',
    instead: 'reliedOn: [],',
    says: /began/,
    from: 1,
    seeds: 60,
  },
  {
    name: 'lease',
    file: 'control/operation/decide.ts',
    rule: 'return now < leaseUntil ? undefined :',
    instead: 'return leaseUntil > 0 ? undefined :',
    says: /lease/,
    from: 1,
    seeds: 60,
  },
  {
    name: 'deadline',
    file: 'enforce/enforcer/start-enforcer.ts',
    rule: 'if (!heartbeat.isFresh) {',
    instead: 'if (heartbeat.stopDeadlineMs < 0) {',
    says: /moved/,
    from: 4,
    seeds: 60,
  },
  {
    name: 'question of resume',
    file: 'runtime/session/resume.ts',
    rule: 'return judgeResume({ binding, mandate: standing, step: asked, place, context });',
    instead: "return { go: 'continue', sentence: standing.standing, position: asked && place ? 1 : 0 };",
    says: /I3: a turn/,
    from: 4,
    seeds: 60,
  },
  {
    name: 'hold of the scheduler',
    file: 'runtime/mission/agenda.ts',
    rule: 'if (held !== null) return { start: [], wakeAt };',
    instead: '',
    says: /attempt.started .* the mission is held/,
    from: 1,
    seeds: 60,
  },
  {
    name: 'witness of the journal',
    file: 'control/restore/witness.ts',
    rule: 'if (await holds(witness)) return done(true);',
    instead: 'if (witness.position >= 0) return done(true);',
    says: /a copy was put back|nobody noticed/,
    from: 7,
    seeds: 60,
  },
  {
    name: 'look at the head',
    file: 'control/operation/ask.ts',
    rule: 'await core.journal.refresh();',
    instead: 'await Promise.resolve();',
    says: /I3: git.push was permitted|I6/,
    with: 'peer',
    from: 1,
    seeds: 400,
  },
  {
    name: 'lease of a session',
    file: 'runtime/session/decide.ts',
    rule: 'if (session.lease?.holder !== command.holder || session.lease.token !== command.token)',
    instead: 'if (session.lease === null)',
    says: /lease \d+ wrote it|two at work|at once/,
    with: 'shared',
    from: 50,
    seeds: 120,
  },
  {
    name: 'doubt of an interrupted push',
    file: 'enforce/broker/push-ending.ts',
    rule: 'if (sent === null)',
    instead: 'if (sent === null || interrupted !== null)',
    says: /is said to have interrupted, and it landed/,
    from: 48,
    seeds: 60,
  },
  {
    name: 'caller in a key',
    file: 'control/operation/beginning.ts',
    rule: 'digestJson([callerKey(by), key])',
    instead: 'digestJson([key])',
    says: /I12/,
    from: 1,
    seeds: 60,
  },
  {
    name: 'bounds of a child',
    file: 'control/mandate/delegate.ts',
    rule: "    whyNotWithin(terms, chain, 'effective') ??\n    whyNotHandedOn(terms, chain, facts.liveChildren);",
    instead: 'undefined;',
    says: /I2/,
    from: 1,
    seeds: 60,
  },
  {
    name: 'sync before a word is given',
    file: 'platform/journal/simulated/simulated-journal.ts',
    rule: 'this.#disk.sync();',
    instead: 'void this.#disk;',
    // What was acknowledged is gone: it is missed, or everything after it has a position that was known before.
    says: /I4|I6/,
    from: 1,
    seeds: 60,
  },
  {
    name: 'count of a slice',
    file: 'authority/artifact/answer.ts',
    rule: 'if (countsCalls(artifact.chain) && !((artifact.slice?.calls ?? 0) - drawn >= 1))',
    instead: 'if (countsCalls(artifact.chain) && drawn < 0)',
    says: /I5/,
    from: 1,
    seeds: 60,
    more: { run: 4, door: 3 },
  },
  {
    name: 'time of an event in a fold',
    file: 'control/mandate/evolve.ts',
    rule: 'approval: { by, at, how, revision, textDigest, restedOn },',
    instead: 'approval: { by, at: Date.now(), how, revision, textDigest, restedOn },',
    says: /I7/,
    from: 1,
    seeds: 60,
  },
  {
    name: 'key of an operation',
    file: 'control/operation/beginning.ts',
    rule: 'const id = `op-${digestJson([callerKey(by), key]).slice(0, 22)}`;',
    instead: "const id = core.newId('op');",
    says: /I9/,
    from: 1,
    seeds: 60,
  },
  {
    name: 'end of a mandate',
    file: 'control/mandate/evolve.ts',
    rule: 'const { narrowings, ...terms } = data.terms;',
    instead: `const { narrowings, ...approved } = data.terms;
  const terms = { ...approved, expiresAt: approved.expiresAt + 60_000 };`,
    // Whoever was told yes under it, or what its log shows to have begun under it.
    says: /had expired|is over since/,
    from: 1,
    seeds: 60,
    more: { propose: 3 },
  },
];
