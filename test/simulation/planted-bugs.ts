/** Bugs that a simulation which is worth anything finds: the rule of the shipped code that is taken out, and what is put in its place as the file is loaded. */

export type PlantedBug = {
  readonly name: string;
  readonly file: string;
  readonly rule: string;
  readonly instead: string;
  /** What the simulation says then. */
  readonly says: RegExp;
  /** The most seeds that it may take, and the first of them where it is rare. */
  readonly seeds: number;
  readonly from?: number;
  /** How long what it found is made shorter, in seconds of real time; 10 where it is not given. */
  readonly shrinkS?: number;
};

export const plantedBugs: readonly PlantedBug[] = [
  {
    name: 'fence',
    file: 'enforce/sink/sink.ts',
    rule: 'if (!reply.value.current) return refuse(',
    instead: 'if (reply.value.current === null) return refuse(',
    says: /landed/,
    seeds: 60,
  },
  {
    name: 'read-set',
    file: 'control/operation/beginning.ts',
    rule: 'reliedOn: [...judged.reliedOn, ...destinationStreams(destination)],',
    instead: 'reliedOn: [],',
    says: /began/,
    seeds: 60,
  },
  {
    name: 'lease',
    file: 'control/operation/decide.ts',
    rule: 'return now < leaseUntil ? undefined :',
    instead: 'return leaseUntil > 0 ? undefined :',
    says: /lease/,
    seeds: 60,
  },
  {
    name: 'deadline',
    file: 'enforce/enforcer/start-enforcer.ts',
    rule: 'if (!heartbeat.isFresh) {',
    instead: 'if (heartbeat.stopDeadlineMs < 0) {',
    says: /moved/,
    seeds: 60,
  },
  {
    name: 'question of resume',
    file: 'runtime/session/resume.ts',
    rule: 'return judgeResume({ binding, mandate: standing, step: asked, place, context });',
    instead: "return { go: 'continue', sentence: standing.standing, position: asked && place ? 1 : 0 };",
    says: /I3: a turn/,
    seeds: 60,
  },
  {
    name: 'hold of the scheduler',
    file: 'runtime/mission/agenda.ts',
    rule: 'if (held !== null) return { start: [], wakeAt };',
    instead: '',
    says: /attempt.started .* the mission is held/,
    seeds: 60,
  },
  {
    name: 'witness of the journal',
    file: 'control/restore/witness.ts',
    rule: 'if (await holds(witness)) return done(true);',
    instead: 'if (witness.position >= 0) return done(true);',
    says: /a copy was put back|nobody noticed/,
    seeds: 60,
  },
  {
    name: 'look at the head',
    file: 'control/operation/ask.ts',
    rule: 'await core.journal.refresh();',
    instead: 'await Promise.resolve();',
    says: /I3: git.push was permitted|I6/,
    seeds: 120,
  },
  {
    name: 'lease of a session',
    file: 'runtime/session/decide.ts',
    rule: 'if (session.lease?.holder !== command.holder || session.lease.token !== command.token)',
    instead: 'if (session.lease === null)',
    says: /lease \d+ wrote it|two at work|at once/,
    seeds: 120,
  },
  {
    name: 'doubt of an interrupted push',
    file: 'enforce/broker/push-ending.ts',
    rule: 'if (sent === null)',
    instead: 'if (sent === null || interrupted !== null)',
    says: /is said to have interrupted, and it landed/,
    seeds: 60,
    from: 26,
    shrinkS: 30,
  },
  {
    name: 'caller in a key',
    file: 'control/operation/beginning.ts',
    rule: 'digestJson([callerKey(by), key])',
    instead: 'digestJson([key])',
    says: /I12/,
    seeds: 60,
  },
];
