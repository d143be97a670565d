/**
 * A fork: another session that has all of this one up to some event as its history, by reference, and goes its own way in a worktree of its own.
 *
 * It gets no mandate by being a fork, and takes nothing from what it was forked from: that one goes on as it was. What it costs does not depend on how long the history is.
 */

import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { Envelope, JsonValue } from '@writ/journal';
import type { By } from '../log.ts';
import type { Ports } from '../ports.ts';
import type { Result } from '../refusal.ts';
import { accept, refuse, reject } from '../refusal.ts';
import { resolveCommit } from '../workspace/repository.ts';
import type { Repository } from '../workspace/repository.ts';
import type { Place, Worktree } from '../workspace/worktree.ts';
import { addWorktree, snapshotPlace } from '../workspace/worktree.ts';
import type { Driver, SessionEvent } from './events.ts';
import { gitPlaceOf } from './place.ts';
import type { Session } from './session.ts';

export type ForkAsk = {
  /** The version of the event it begins after; null for the newest. */
  readonly at: number | null;
  readonly title: string | null;
  /** What runs in it; null for what runs in the one that is forked. */
  readonly run: { readonly driver: Driver; readonly agent: string; readonly argv: readonly string[] } | null;
  /** Its files as they stand here now, also where it begins earlier. By default as they were then. */
  readonly files?: 'as_now';
};

/** Forks the session `id`. */
export async function forkSession(ports: Ports, id: string, ask: ForkAsk, by: By): Promise<Result<Session>> {
  const session = ports.records.sessions.get(id);
  if (session === undefined)
    return reject(refuse('not_found', `there is no session \`${id}\``, '`writ session list` lists them'));
  const at = ask.at ?? session.version;
  if (at < 1 || at > session.version)
    return reject(
      refuse(
        'invalid',
        `session \`${id}\` has no event ${String(at)}: its newest is ${String(session.version)}`,
        '`writ log` shows them',
      ),
    );
  const forkId = ports.newId('s');
  const placed = await placeFork(ports, session, { at, files: ask.files }, forkId);
  if (!placed.ok) return placed;
  const fork = await ports.records.sessions.create(
    forkId,
    eventsOf(session, ask, { at, ...placed.value }),
    session.project,
    { ...by, cause: id },
  );
  await ports.records.sessions.record(id, [{ type: 'fork.opened', data: { session: forkId, at } }], {
    ...by,
    cause: forkId,
  });
  return accept(fork);
}

type From = { readonly at: number; readonly files: ForkAsk['files'] };
type Placed = { readonly worktree: Worktree | null; readonly base: string | null };

function eventsOf(
  session: Session,
  { title, run }: ForkAsk,
  { at, worktree, base }: Placed & { readonly at: number },
): readonly SessionEvent[] {
  const { id, project, sandbox } = session;
  // At a terminal there is nobody to run it; a person takes it up, or says what does.
  const own =
    session.driver === 'attended'
      ? ({ driver: 'person', agent: session.agent, argv: [], pin: null } as const)
      : session;
  // INVARIANT: what always acts as an agent does so in its fork, with that agent's tools and no others.
  const { driver, agent, argv, pin } = run === null ? own : { ...run, pin: null };
  const workspace = worktree === null ? null : { path: worktree.path, branch: worktree.branch, head: base };
  return [
    {
      type: 'session.opened',
      data: {
        title: (title ?? `${session.title} (fork)`).slice(0, 256).toWellFormed(),
        project,
        agent,
        driver,
        // INVARIANT: a fork gets no authority by being a fork.
        mandate: null,
        mission: null,
        task: null,
        parent: null,
        workspace,
        repository: worktree?.repository.path ?? null,
        argv,
        pin,
        sandbox: { ...sandbox, writable: worktree === null ? [] : [worktree.path] },
      },
    },
    { type: 'session.forked', data: { from: id, at, base } },
  ];
}

/** A worktree on a branch of its own, as the place was at that event. A session without a place, or in a plain folder, forks without one. */
async function placeFork(ports: Ports, session: Session, from: From, forkId: string): Promise<Result<Placed>> {
  const found = await gitPlaceOf(session);
  if (found === null) return accept({ worktree: null, base: null });
  const base = await baseAt(ports, session, from, found);
  if (base === null)
    return reject(
      refuse(
        'conflict',
        `the files of session \`${session.id}\` as they were at event ${String(from.at)} are not known: no commit of them is on record`,
        'fork it at a later event, or at its newest',
      ),
    );
  const name = `${forkId}-${createHash('sha256').update(forkId).digest('hex').slice(0, 10)}`;
  const worktree = await addWorktree(
    found.repository,
    join(ports.dir, 'worktrees', 'forks', name),
    `writ/fork/${forkId}/work`,
    base,
  );
  return accept({ worktree, base });
}

type Found = { readonly place: Place; readonly repository: Repository };

/** The files at `at`: as they are now for the newest event, and otherwise the newest commit of them that was on record then. */
async function baseAt(
  ports: Ports,
  session: Session,
  { at, files }: From,
  { place, repository }: Found,
): Promise<string | null> {
  const recorded = await markAt(ports, session, at);
  const commit = recorded === null ? null : await resolveCommit(repository, recorded);
  if (at < session.version && files !== 'as_now') return commit;
  const head = await resolveCommit({ ...repository, gitDir: place.gitDir }, 'HEAD');
  if (head === null) return commit;
  const message = `the files of session ${session.id} as they were when it was forked\n`;
  return (await snapshotPlace(place, head, message)).commit;
}

/** How many events are read at a time on the way back to a commit that the fold does not remember. */
const pageEvents = 500;

async function markAt({ records }: Ports, session: Session, at: number): Promise<string | null> {
  const { newest, isAll } = session.marks;
  const known = newest.findLast(({ version }) => version <= at);
  if (known !== undefined || isAll) return known?.commit ?? null;
  for (let until = at; until > 0; until -= pageEvents) {
    const after = Math.max(0, until - pageEvents);
    const events = await records.journal.read(records.sessions.streamOf(session.id), { after, limit: until - after });
    const found = events.map(commitIn).findLast((commit) => commit !== null);
    if (found !== undefined) return found;
  }
  return null;
}

function commitIn({ type, data }: Envelope): string | null {
  if (typeof data !== 'object' || data === null) return null;
  if (type === 'checkpoint.recorded' && 'commit' in data) return typeof data.commit === 'string' ? data.commit : null;
  if (type === 'checkpoint.taken' && 'files' in data) return commitOfFiles(data.files);
  const workspace = 'workspace' in data ? data.workspace : null;
  if ((type !== 'place.changed' && type !== 'session.opened') || typeof workspace !== 'object' || workspace === null)
    return null;
  return 'head' in workspace && typeof workspace.head === 'string' ? workspace.head : null;
}

/** What a checkpoint keeps in the repository of the place itself. */
function commitOfFiles(files: JsonValue): string | null {
  if (typeof files !== 'object' || files === null || !('in' in files) || files.in !== 'repository') return null;
  return 'commit' in files && typeof files.commit === 'string' ? files.commit : null;
}

/** An event of a session or of one it was forked from; `at` counts all of them from the first ancestor's first. */
export type HistoryEvent = { readonly seq: number; readonly session: string; readonly event: Envelope };

/** All of a session's history, what it has by reference included: those after `after`, at most `limit`. */
export async function historyOf(
  { records }: Pick<Ports, 'records'>,
  session: Session,
  { after, limit }: { readonly after: number; readonly limit: number },
): Promise<readonly HistoryEvent[]> {
  const found: HistoryEvent[] = [];
  let before = 0;
  for (const { id, until } of chainOf(records.sessions, session)) {
    const skip = Math.max(0, after - before);
    const wanted = Math.min(limit - found.length, until - skip);
    const events =
      wanted <= 0 ? [] : await records.journal.read(records.sessions.streamOf(id), { after: skip, limit: wanted });
    for (const event of events) found.push({ seq: before + event.version, session: id, event });
    before += until;
    if (found.length >= limit) break;
  }
  return found;
}

/**
 * From the first ancestor to itself, each with the version up to which it belongs to the history. INVARIANT: all are of its project, whatever a log that came from elsewhere calls itself a fork of: who
 * sees a session was asked about that project alone.
 */
function chainOf(
  sessions: Ports['records']['sessions'],
  session: Session,
): readonly { readonly id: string; readonly until: number }[] {
  const chain = [{ id: session.id, until: session.version }];
  const seen = new Set([session.id]);
  for (let { fork } = session; fork !== null && !seen.has(fork.from);) {
    seen.add(fork.from);
    const from = sessions.get(fork.from);
    if (from?.project !== session.project) break;
    chain.unshift({ id: fork.from, until: Math.min(fork.at, from.version) });
    ({ fork } = from);
  }
  return chain;
}

/** How many events of history it has. */
export const historyLength = (sessions: Ports['records']['sessions'], session: Session): number =>
  chainOf(sessions, session).reduce((sum, { until }) => sum + until, 0);
