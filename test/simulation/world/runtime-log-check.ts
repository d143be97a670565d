/**
 * Reads the runtime's journal as it is committed and keeps a naive account of sessions and missions. It knows nothing of how the runtime folds, schedules or resumes.
 *
 * It refuses what must not stand in a log whatever anybody was told: a turn in a session that is paused or over, or by a writer whose lease is not the newest; two turns or two runs of
 * one session side by side; an input that is taken up twice; a task that starts while its mission may not go on, before what it is after, beside too many others, or again after its
 * end; a task that is done without its evidence.
 */

type Envelope = {
  readonly position: number;
  readonly type: string;
  readonly stream: string;
  readonly data: unknown;
};

type Session = {
  state: 'live' | 'paused' | 'spent' | 'over';
  mandate: string | null;
  readonly parent: string | null;
  readonly program: string;
  turn: string | null;
  token: number;
  readonly waiting: Set<string>;
  readonly runs: Set<string>;
};

type Task = {
  readonly after: readonly string[];
  readonly done: readonly string[];
  state: 'waiting' | 'running' | 'claimed' | 'asking' | 'done' | 'failed' | 'cancelled';
  attempt: number;
  tree: string;
  readonly shown: Set<string>;
};

type Mission = {
  state: 'planned' | 'running' | 'held' | 'over';
  readonly limit: number;
  readonly tasks: ReadonlyMap<string, Task>;
};

/** Of the runtime's own events, as `runtime/session/events.ts` and `runtime/mission/events.ts` say; each type has some of these. */
type Said = {
  readonly token: number;
  readonly turn: string | null;
  readonly cause: string;
  readonly input: string | null;
  readonly drives: boolean;
  readonly run: string;
  readonly purpose: string;
  readonly to: string;
  readonly task: string;
  readonly attempt: number;
  readonly outcome: string;
  readonly tree: string;
  readonly command: string;
  readonly exitCode: number;
  readonly mandate: string | null;
  readonly parent: string | null;
  readonly argv: readonly string[];
  readonly plan: {
    readonly limit: number;
    readonly tasks: readonly {
      readonly id: string;
      readonly after: readonly string[];
      readonly done: readonly string[];
    }[];
  };
};

export type Witnessed = { readonly incarnation: number; readonly position: number };

type Wrong = (why: string) => void;

/** Told of each turn and each run that begins: what it is, its session, the mandate that binds it, and the program. */
export type OnBegin = (what: string, session: string, mandate: string, program: string) => void;

const beginnings: ReadonlySet<string> = new Set([
  'turn.started',
  'run.started',
  'session.resumed',
  'session.paused',
  'lease.taken',
  'input.admitted',
]);

export class RuntimeLogCheck {
  position = 0;
  /** Where each event is, by position. */
  readonly streams: string[] = [];
  readonly sessions = new Map<string, Session>();
  readonly missions = new Map<string, Mission>();
  readonly inputs = new Set<string>();
  /** The newest event of control's journal that was witnessed here. */
  witnessed: Witnessed = { incarnation: 1, position: 0 };
  readonly counts = { turns: 0, attempts: 0, tasksDone: 0 };
  readonly #wrong: Wrong;
  readonly #onBegin: OnBegin;
  readonly #tell: (line: string) => void;

  constructor(wrong: Wrong, onBegin: OnBegin, tell: (line: string) => void) {
    this.#tell = tell;
    this.#wrong = wrong;
    this.#onBegin = onBegin;
  }

  readonly take = (events: readonly Envelope[]): void => {
    for (const event of events) this.#event(event);
  };

  #event({ position, type, stream, data }: Envelope): void {
    if (position !== this.position + 1)
      this.#wrong(`I4: position ${String(position)} of the runtime follows ${String(this.position)}`);
    this.position = position;
    this.streams[position] = stream;
    this.#tell(`runtime ${String(position)} ${stream} ${type} ${JSON.stringify(data)}`);
    const [kind = '', id = ''] = stream.split('/');
    // What each type has of it is what is read below.
    const said = data as Said;
    const wrong = (why: string): void => this.#wrong(`${type} of ${stream} at ${String(position)}: ${why}`);
    if (kind === 'session') this.#session(type, id, said, wrong);
    else if (kind === 'mission') this.#mission(type, id, said, wrong);
    // As `runtime/witness.ts` writes it.
    else if (type === 'control.seen') this.witnessed = data as Witnessed;
  }

  #session(type: string, id: string, said: Said, wrong: Wrong): void {
    if (type === 'session.opened') {
      const { mandate, parent, argv } = said;
      const program = argv[0] ?? '';
      const [waiting, runs] = [new Set<string>(), new Set<string>()];
      this.sessions.set(id, { state: 'live', mandate, parent, program, turn: null, token: 0, waiting, runs });
      return;
    }
    const session = this.sessions.get(id);
    if (session === undefined) return wrong('nothing opened it');
    if (session.state === 'over' && beginnings.has(type)) wrong('I10: it is over');
    switch (type) {
      case 'lease.taken':
        if (said.token <= session.token) wrong('its fencing token does not rise');
        session.token = said.token;
        return;
      case 'input.admitted':
        if (this.inputs.has(said.input ?? '')) wrong('I9: it was admitted before');
        this.inputs.add(said.input ?? '');
        if (said.drives) session.waiting.add(said.input ?? '');
        return;
      case 'turn.started':
        return this.#turn(id, session, said, wrong);
      case 'turn.ended':
        if (said.turn !== session.turn) wrong(`I9: the turn that goes on is ${String(session.turn)}`);
        session.turn = null;
        return;
      case 'run.started':
        return this.#run(id, session, said, wrong);
      case 'run.ended':
        if (!session.runs.delete(said.run)) wrong('I9: it does not run');
        return;
      case 'session.paused':
        session.state = said.cause === 'budget' ? 'spent' : 'paused';
        return;
      case 'session.resumed':
        session.state = 'live';
        return;
      case 'session.rebound':
        session.mandate = said.to;
        return;
      case 'session.inert':
      case 'session.closed':
        session.state = 'over';
    }
  }

  #turn(id: string, session: Session, said: Said, wrong: Wrong): void {
    this.counts.turns += 1;
    if (session.state !== 'live') wrong('the session is paused');
    if (session.turn !== null) wrong(`${session.turn} goes on`);
    if (said.token !== session.token)
      wrong(`lease ${String(said.token)} wrote it, and the newest is ${String(session.token)}`);
    if (said.input !== null && !session.waiting.delete(said.input)) wrong(`I9: ${said.input} does not wait`);
    session.turn = said.turn;
    if (session.mandate === null) wrong('it has no mandate');
    else this.#onBegin('turn', id, session.mandate, session.program);
  }

  #run(id: string, session: Session, said: Said, wrong: Wrong): void {
    // What was begun with the last of a budget is carried out.
    if (session.state !== 'live' && session.state !== 'spent') wrong('the session is paused');
    if (said.purpose === 'work' && said.turn !== session.turn) wrong(`the turn is ${String(session.turn)}`);
    if (session.runs.size > 0) wrong(`${[...session.runs].join()} runs already: two at work in one session`);
    session.runs.add(said.run);
    if (session.mandate !== null) this.#onBegin('run', id, session.mandate, said.argv[0] ?? '');
  }

  #mission(type: string, id: string, said: Said, wrong: Wrong): void {
    if (type === 'mission.created') {
      const tasks = said.plan.tasks.map(({ id: name, after, done }): [string, Task] => [
        name,
        { after, done, state: 'waiting', attempt: 0, tree: '', shown: new Set() },
      ]);
      this.missions.set(id, { state: 'planned', limit: said.plan.limit, tasks: new Map(tasks) });
      return;
    }
    const mission = this.missions.get(id);
    if (mission === undefined) return wrong('nothing created it');
    if (type === 'mission.rebound') return;
    if (type.startsWith('mission.')) {
      if (mission.state === 'over') wrong('I10: it is over');
      mission.state = stateAfter[type] ?? mission.state;
      return;
    }
    const task = mission.tasks.get(said.task);
    if (task === undefined) wrong('there is no such task');
    else if (type === 'attempt.started') this.#attempt(mission, task, said, wrong);
    else this.#task(type, task, said, wrong);
  }

  /** What was claimed was claimed by the rules, as they can be read off the log. */
  #attempt(mission: Mission, task: Task, { attempt }: Said, wrong: Wrong): void {
    this.counts.attempts += 1;
    if (mission.state !== 'running') wrong(`the mission is ${mission.state}`);
    if (task.state !== 'waiting') wrong(`the task is ${task.state}`);
    if (attempt !== task.attempt + 1) wrong(`attempt ${String(attempt)} follows ${String(task.attempt)}`);
    const open = task.after.filter((parent) => mission.tasks.get(parent)?.state !== 'done');
    if (open.length > 0) wrong(`${open.join()} is not done`);
    const busy = [...mission.tasks.values()].filter(({ state }) => state === 'running' || state === 'claimed');
    if (busy.length >= mission.limit) wrong(`${String(busy.length)} run already`);
    Object.assign(task, { state: 'running', attempt, tree: '' });
    task.shown.clear();
  }

  #task(type: string, task: Task, said: Said, wrong: Wrong): void {
    if (task.state === 'done' || task.state === 'cancelled') {
      // Late word of an attempt that was cut off says nothing about the task.
      if (type !== 'attempt.ended') wrong(`I10: the task is ${task.state}`);
      return;
    }
    if (/^(attempt|evidence)[.]/.test(type) && said.attempt !== task.attempt)
      wrong(`I9: the attempt that goes on is ${String(task.attempt)}`);
    const isAtWork = task.state === 'running' || task.state === 'claimed';
    switch (type) {
      case 'attempt.claimed':
        if (!isAtWork) wrong(`the task is ${task.state}`);
        Object.assign(task, { state: 'claimed', tree: said.tree });
        task.shown.clear();
        return;
      case 'evidence.recorded':
        if (said.exitCode === 0 && said.tree === task.tree) task.shown.add(said.command);
        return;
      case 'attempt.ended':
        if (!isAtWork) wrong(`the task is ${task.state}`);
        if (said.outcome !== 'done') task.state = 'waiting';
        return;
      case 'task.done': {
        const missing = task.done.filter((command) => !task.shown.has(command));
        if (task.state !== 'claimed' || missing.length > 0)
          wrong(`it is ${task.state}, and nothing shows ${missing.join()}`);
        this.counts.tasksDone += 1;
        task.state = 'done';
        return;
      }
      default:
        task.state = taskAfter[type] ?? task.state;
    }
  }
}

const stateAfter: Readonly<Record<string, Mission['state']>> = {
  'mission.started': 'running',
  'mission.released': 'running',
  'mission.held': 'held',
  'mission.inert': 'over',
  'mission.ended': 'over',
};

const taskAfter: Readonly<Record<string, Task['state']>> = {
  'task.asked': 'asking',
  'task.reopened': 'waiting',
  'task.failed': 'failed',
  'task.cancelled': 'cancelled',
};
