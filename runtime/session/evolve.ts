/** The fold of a session's log. An event that cannot follow is a corrupt log and stops loudly. */

import type { Thread } from './conversation.ts';
import { digested, emptyDigest } from './digest.ts';
import type { ResetPart, SessionEvent } from './events.ts';
import { remembered } from './requests.ts';
import type { AdmittedInput, Marks, OpenRun, Session } from './session.ts';
import { nothingRemembered, remember } from './workspace-events.ts';

/** Where and when an event stands. */
export type Stamp = {
  readonly stream: string;
  readonly version: number;
  readonly at: string;
  /** Who wrote it, where that is asked. */
  readonly actor?: string;
};

/** The session after `event`; `undefined` before the first. */
export function evolve(session: Session | undefined, event: SessionEvent, stamp: Stamp): Session {
  if (event.type === 'session.opened') {
    if (session !== undefined) throw corrupt(event, stamp, 'it was opened before');
    const session0 = opened(event.data, stamp);
    return { ...session0, digest: digested(session0.digest, event, stamp) };
  }
  if (session === undefined) throw corrupt(event, stamp, 'nothing opened it');
  const digest = digested(session.digest, event, stamp);
  return { ...apply(session, event, stamp), digest, version: stamp.version, updatedAt: stamp.at };
}

type Rest = Exclude<SessionEvent, { readonly type: 'session.opened' }>;

function apply(session: Session, event: Rest, stamp: Stamp): Session {
  switch (event.type) {
    case 'lease.taken':
      if (event.data.token <= (session.lease?.token ?? 0))
        throw corrupt(event, stamp, 'its fencing token does not rise');
      return { ...session, lease: { ...event.data, machine: event.data.machine ?? null } };
    case 'input.admitted': {
      // Erased, and so neither waiting nor running any more.
      if (event.data === null) return session;
      const { input: id, text, delivery, wake, by, drives, agent = null, person: isPersons = false } = event.data;
      const requests = remembered(session.requests, event.data);
      return drives
        ? { ...session, requests, queue: queued(session.queue, { id, text, delivery, wake, by, isPersons, agent }) }
        : { ...session, requests };
    }
    case 'turn.started': {
      const input = session.queue.find((one) => one.id === event.data.input) ?? null;
      return {
        ...session,
        queue: session.queue.filter((one) => one.id !== event.data.input),
        activity: { name: 'turn', turn: event.data.turn, input, acting: null },
      };
    }
    case 'input.steered':
    case 'input.set_aside':
      return { ...session, queue: session.queue.filter((one) => one.id !== event.data.input) };
    case 'turn.composed': {
      const { activity } = session;
      // Of a turn that had ended before it was said: nothing acts by it.
      if (activity.name !== 'turn' || activity.turn !== event.data.turn) return session;
      return { ...session, activity: { ...activity, acting: event.data.acting } };
    }
    case 'conversation.advanced': {
      const { digest, messages, agentSession } = event.data;
      return { ...session, conversation: { digest, messages, agentSession } };
    }
    case 'conversation.reset':
      return { ...session, conversation: null, conversationFrom: stamp.version };
    case 'visibility.changed':
      return { ...session, visibility: event.data.visibility };
    case 'participant.joined':
      return { ...session, participants: [...new Set([...session.participants, event.data.who])] };
    case 'participant.left':
      return { ...session, participants: session.participants.filter((who) => who !== event.data.who) };
    case 'turn.ended': {
      // Erased, and so of a session that is over: nothing follows any more from how its last turn ended.
      const lastTurn = event.data && { turn: event.data.turn, outcome: event.data.outcome };
      return { ...session, activity: { name: 'idle' }, lastTurn: lastTurn ?? session.lastTurn };
    }
    case 'run.started': {
      const { run: id, operation, purpose, turn, action, resource } = event.data;
      const machine = session.lease?.machine ?? null;
      const run: OpenRun = { ...{ id, operation, purpose, turn, action, resource }, machine, outputNext: 0 };
      return { ...session, runs: [...session.runs, run] };
    }
    case 'output.recorded':
    case 'output.late': {
      // Erased, and so of a run that is over.
      if (event.data === null) return session;
      const { run: id, next } = event.data;
      return {
        ...session,
        runs: session.runs.map((run): OpenRun => (run.id === id ? { ...run, outputNext: next } : run)),
      };
    }
    case 'run.ended': {
      const { run: id, ended } = event.data;
      // Where another machine took the session, the one before it ends what it still runs.
      const lost = session.runs.filter(
        (run) => run.id === id && ended === 'lost' && run.machine === (session.lease?.machine ?? null),
      );
      return {
        ...session,
        runs: session.runs.filter((run) => run.id !== id),
        lostRuns: [...session.lostRuns, ...lost.map(({ machine }) => ({ run: id, machine }))].slice(-mostLostRuns),
      };
    }
    case 'place.changed': {
      const { workspace } = event.data;
      return { ...session, workspace, marks: marked(session.marks, stamp, workspace.head) };
    }
    case 'checkpoint.recorded': {
      const { commit } = event.data;
      const workspace = session.workspace && { ...session.workspace, head: commit };
      return { ...session, workspace, marks: marked(session.marks, stamp, commit) };
    }
    case 'checkpoint.taken': {
      const { files } = event.data;
      const marks = files.in === 'repository' ? marked(session.marks, stamp, files.commit) : session.marks;
      return { ...session, marks, remembered: remember(session.remembered, event, stamp, threadOf(session)) };
    }
    case 'session.rewound': {
      const { checkpoints } = session.remembered;
      const { conversation, from } = checkpoints.find(({ checkpoint }) => checkpoint === event.data.to)?.thread ?? {
        conversation: null,
        from: stamp.version,
      };
      return {
        ...session,
        remembered: remember(session.remembered, event, stamp, threadOf(session)),
        // What the agent itself keeps of the conversation does not go back.
        conversation: conversation && { ...conversation, agentSession: null },
        conversationFrom: from,
      };
    }
    case 'fact.seen':
      return { ...session, remembered: remember(session.remembered, event, stamp, threadOf(session)) };
    case 'child.opened': {
      const { session: child, key } = event.data;
      const opened = { session: child, ended: false, ...(key === undefined ? {} : { key }) };
      return { ...session, children: [...session.children, opened] };
    }
    case 'child.ended':
      return {
        ...session,
        children: session.children.map((child) =>
          child.session === event.data.session ? { ...child, ended: true } : child,
        ),
      };
    case 'session.paused':
      return { ...session, state: { name: 'paused', ...event.data } };
    case 'session.resumed':
      return { ...session, state: { name: 'live' } };
    case 'session.rebound':
      return { ...session, mandate: event.data.to };
    case 'session.bound':
      if (session.mandate !== null) throw corrupt(event, stamp, 'it has a mandate');
      return { ...session, mandate: event.data.mandate };
    case 'session.forked':
      return { ...session, fork: event.data };
    case 'session.archived':
      return { ...session, isArchived: true };
    case 'session.unarchived':
      return { ...session, isArchived: false };
    case 'session.inert':
      // What waited will never run; it stays readable in the log.
      return { ...session, state: { name: 'inert', reason: event.data.reason }, queue: [] };
    case 'session.closed':
      return {
        ...session,
        state: { name: 'closed', ...(event.data ?? { exitCode: null, summary: 'erased' }) },
        queue: [],
      };
    case 'context.recorded':
    case 'message.recorded':
    case 'agent.said':
    case 'tool.judged':
    case 'tool.updated':
    case 'observation.recorded':
    case 'note.left':
    case 'session.told':
    case 'fork.opened':
    case 'fork.adopted':
    case 'session.adopted':
    case 'history.received':
    case 'session.handed_off':
      return session;
    case 'session.reset':
      return cleared(session, event.data.what, stamp);
    case 'session.received': {
      const { source, key, workspace, repository, reason } = event.data;
      const received = { source, key, version: stamp.version };
      return {
        ...atRest(session, workspace?.path ?? null),
        received,
        workspace,
        repository,
        state: { name: 'paused', cause: 'mandate', reason },
      };
    }
  }
}

/** What steers is taken up before what waits its turn. */
function queued(queue: Session['queue'], input: AdmittedInput): Session['queue'] {
  const at = input.delivery === 'steer' ? queue.findIndex(({ delivery }) => delivery === 'queue') : -1;
  return at === -1 ? [...queue, input] : queue.toSpliced(at, 0, input);
}

/** INVARIANT: nothing that could act comes along from elsewhere: no mandate, no lease, nothing under way and nothing that waits. */
function atRest(session: Session, place: string | null): Session {
  const children = session.children.map((child) => ({ ...child, ended: true }));
  const sandbox = { ...session.sandbox, writable: place === null ? [] : [place] };
  return {
    ...session,
    // Its mission and its parent are elsewhere, and so are its people and its terminal.
    ...{ mandate: null, mission: null, task: null, parent: null, lease: null, participants: [] },
    driver: session.driver === 'attended' ? 'person' : session.driver,
    ...{ activity: { name: 'idle' }, queue: [], runs: [], lostRuns: [], children, sandbox },
  };
}

const threadOf = ({ conversation, conversationFrom }: Session): Thread => ({ conversation, from: conversationFrom });

function cleared(session: Session, what: ResetPart, { version }: Stamp): Session {
  switch (what) {
    case 'context':
      return { ...session, conversation: null, conversationFrom: version };
    case 'connections': {
      const { conversation, remembered } = session;
      return {
        ...session,
        conversation: conversation && { ...conversation, agentSession: null },
        remembered: { ...remembered, facts: remembered.facts.filter(({ key }) => !key.startsWith('mcp')) },
      };
    }
    case 'services': {
      const { remembered } = session;
      return {
        ...session,
        remembered: { ...remembered, facts: remembered.facts.filter(({ key }) => !key.startsWith('service')) },
      };
    }
    case 'queue':
      return { ...session, queue: [] };
    case 'scratchpad':
    case 'credentials':
    case 'children':
      return session;
  }
}

/** How many runs it remembers that were lost. */
const mostLostRuns = 16;

/** How many commits of its place a session remembers; older ones are in its log. */
const mostMarks = 64;

function marked({ newest, isAll }: Marks, { version }: Stamp, commit: string | null): Marks {
  if (commit === null || newest.at(-1)?.commit === commit) return { newest, isAll };
  const all = [...newest, { version, commit }];
  return { newest: all.slice(-mostMarks), isAll: isAll && all.length <= mostMarks };
}

function opened(data: Extract<SessionEvent, { readonly type: 'session.opened' }>['data'], stamp: Stamp): Session {
  return {
    id: stamp.stream.slice(stamp.stream.indexOf('/') + 1),
    ...data,
    pin: data.pin ?? null,
    visibility: { to: 'project' },
    participants: [],
    conversation: null,
    conversationFrom: 0,
    state: { name: 'live' },
    activity: { name: 'idle' },
    lastTurn: null,
    queue: [],
    requests: [],
    runs: [],
    lostRuns: [],
    lease: null,
    children: [],
    remembered: nothingRemembered,
    fork: null,
    isArchived: false,
    digest: emptyDigest,
    received: null,
    marks: marked({ newest: [], isAll: true }, stamp, data.workspace?.head ?? null),
    version: stamp.version,
    createdAt: stamp.at,
    updatedAt: stamp.at,
  };
}

const corrupt = (event: SessionEvent, stamp: Stamp, why: string): Error =>
  new Error(`the log is corrupt: \`${event.type}\` at version ${String(stamp.version)} of \`${stamp.stream}\`: ${why}`);
