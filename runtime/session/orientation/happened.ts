/**
 * What happened in a session, for who comes back to it: what was left for them, what was tried and did not work, and what others did since they were last there. Each is an event of the log, named as
 * evidence; nothing is summed up by a model.
 */

import type { Ports } from '../../ports.ts';
import type { About, Fact, Visit } from './fact.ts';
import type { Session } from '../session.ts';
import type { EventAt } from './events-at.ts';
import { eventsAt, firstLine, textOf } from './events-at.ts';

export type Happened = {
  readonly clues: readonly Fact[];
  readonly tried: readonly Fact[];
  readonly changed: readonly Fact[];
  readonly lastTurn: readonly Fact[];
};

/** Reads what the digest of its log points at. */
export async function happened(ports: Pick<Ports, 'records'>, visit: Visit): Promise<Happened> {
  const { session, who } = visit;
  const since = lastHere(session, who);
  const [{ clues, ruledOut }, tried, told, adopted, lastTurn] = await Promise.all([
    cluesFor(ports, session, who, since),
    triedIn(ports, session),
    eventsAt(
      ports,
      session,
      session.digest.told.filter((version) => version > since),
    ),
    eventsAt(
      ports,
      session,
      session.digest.adopted.filter((version) => version > since),
    ),
    turnsOf(ports, session),
  ]);
  const changed = [
    ...othersSince(session, who, since),
    ...told.map((event) => fact('changed', event, 'the mandate', mandateChange(event))),
    ...adopted.map((event) => fact('changed', event, 'a fork came home', textOf(event, 'fork'))),
  ];
  return { clues, tried: [...ruledOut, ...tried], changed, lastTurn };
}

/** The newest event of theirs; 0 where they never did anything here. */
const lastHere = ({ digest }: Session, who: string): number =>
  digest.actors.find(({ name }) => name === who)?.version ?? 0;

function fact(about: About, event: EventAt, what: string, value: string): Fact {
  const { at, version, actor } = event;
  return {
    about,
    what,
    value: firstLine(value),
    standing: 'verified now',
    observedAt: at,
    method: 'the log',
    event: version,
    by: actor === 'runtime' ? null : actor,
  };
}

/** First what is for them, then what others left for everybody since they were here; and the notes that say what something is not. */
async function cluesFor(
  ports: Pick<Ports, 'records'>,
  session: Session,
  who: string,
  since: number,
): Promise<{ readonly clues: readonly Fact[]; readonly ruledOut: readonly Fact[] }> {
  const { notes } = session.digest;
  const own = notes.filter((note) => note.for === who);
  const open = notes.filter((note) => note.for === null);
  const isRuledOut = ({ value }: Fact): boolean => /^(?:ruled out|tried|dead end)\b/i.test(value);
  const read = async (list: typeof notes, what: string) =>
    (
      await eventsAt(
        ports,
        session,
        list.map(({ version }) => version),
      )
    ).map((event) =>
      fact('clue', event, event.data['late'] === true ? `${what}, left late` : what, textOf(event, 'text')),
    );
  const all = await read(open.slice(-12), 'note');
  const forAll = all.filter((note) => !isRuledOut(note));
  const isNew = ({ event }: Fact): boolean => (event ?? 0) > since;
  return {
    clues: [...(await read(own, 'for you')), ...forAll.filter(isNew), ...forAll.filter((note) => !isNew(note))],
    ruledOut: all.filter(isRuledOut).map((note) => ({ ...note, about: 'tried' as const, what: 'ruled out' })),
  };
}

/** What did not work, newest first: turns, runs and calls. */
async function triedIn(ports: Pick<Ports, 'records'>, session: Session): Promise<readonly Fact[]> {
  const { turns, failed, refused } = session.digest;
  const ends = turns.flatMap(({ end }) => (end === null || end.outcome === 'done' ? [] : [end.version]));
  const events = await eventsAt(ports, session, [...new Set([...ends, ...failed, ...refused])]);
  // A turn that failed because its only run did is told once.
  const isTold = (event: EventAt): boolean =>
    event.type === 'run.ended' && events.some((other) => other.type === 'turn.ended' && follows(event, other));
  return events
    .filter((event) => !isTold(event))
    .toSorted((a, b) => b.version - a.version)
    .slice(0, 8)
    .map((event) => fact('tried', event, ...whatFailed(event)));
}

const follows = (run: EventAt, turn: EventAt): boolean => turn.version > run.version && turn.version - run.version <= 3;

function whatFailed(event: EventAt): readonly [what: string, value: string] {
  switch (event.type) {
    case 'turn.ended':
      return [`a turn ${textOf(event, 'outcome')}`, textOf(event, 'summary')];
    case 'run.ended':
      return [
        'a run failed',
        textOf(event, 'exitCode') === '' ? textOf(event, 'why') : `exit code ${textOf(event, 'exitCode')}`,
      ];
    default:
      return ['refused', `${textOf(event, 'action')} on ${textOf(event, 'resource')}: ${textOf(event, 'sentence')}`];
  }
}

/** Who else did something since, how much, and when last. */
function othersSince({ digest, id }: Session, who: string, since: number): readonly Fact[] {
  return digest.actors
    .filter(({ name, version }) => name !== who && version > since && !name.startsWith('point:'))
    .map(({ name, version, count }) => ({
      about: 'changed' as const,
      what: 'somebody was here',
      value: `${name}, ${count === 1 ? 'once' : `${String(count)} times`} in all; last at event ${String(version)} of ${id}`,
      standing: 'changed' as const,
      observedAt: null,
      method: 'the log',
      event: version,
      by: name,
    }));
}

function mandateChange(event: EventAt): string {
  switch (event.type) {
    case 'session.rebound':
      return `${textOf(event, 'to')} took the place of ${textOf(event, 'from')}`;
    case 'session.bound':
      return `${textOf(event, 'mandate')} was granted`;
    default:
      return textOf(event, 'sentence');
  }
}

/** The newest turns: what was asked, and what it came to. */
async function turnsOf(ports: Pick<Ports, 'records'>, session: Session): Promise<readonly Fact[]> {
  const { turns, inputs, said } = session.digest;
  const last = turns.at(-1);
  const versions = [inputs.at(-1), last?.end?.version, said.at(-1)].filter((version) => version !== undefined);
  const events = await eventsAt(ports, session, versions);
  return events.map((event) => {
    switch (event.type) {
      case 'input.admitted':
        return fact('happening', event, 'last asked', textOf(event, 'text'));
      case 'turn.ended':
        return fact('happening', event, `the last turn ${textOf(event, 'outcome')}`, textOf(event, 'summary') || '–');
      default:
        return fact('happening', event, 'last said', textOf(event, 'text'));
    }
  });
}
