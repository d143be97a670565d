/**
 * Takes in a session that was carried here. It arrives without a mandate, a lease or anything under way, and its history is as it was: each event with when, by whom and under which hash it was written.
 *
 * INVARIANT: nothing is merged silently. Where the session is here already and both went on, what came is kept beside it, as a fork from the last event they share.
 */

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Envelope, JsonValue, NewEvent } from '@writ/journal';
import type { By } from '../../log.ts';
import type { Ports } from '../../ports.ts';
import type { Refusal, Result } from '../../refusal.ts';
import { accept, refuse, reject } from '../../refusal.ts';
import { gitOrThrow } from '../../workspace/git.ts';
import { openRepository, resolveCommit } from '../../workspace/repository.ts';
import type { Worktree } from '../../workspace/worktree.ts';
import { addWorktree } from '../../workspace/worktree.ts';
import type { ReceivedMark, SessionEvent } from '../events.ts';
import { evolve } from '../evolve.ts';
import type { Session } from '../session.ts';
import { mayView } from '../visibility.ts';
import type { Carried, CarriedEvent, CarriedFiles, Opened } from './bundle.ts';

/** `source`: names what came, in the log. `repository`: where its files go; null for nowhere. */
export type TakeIn = { readonly source: string; readonly repository: string | null };

/** Writes what was carried here into the journal. */
export async function takeIn(ports: Ports, { key, carried }: Opened, ask: TakeIn, by: By): Promise<Result<Session>> {
  const { sessions, journal } = ports.records;
  const [first] = carried.events;
  // INVARIANT: it stands in the project that its bearer may write in, whatever its log says.
  if (first?.type !== 'session.opened' || projectIn(first.data) !== carried.project)
    return reject(refuse('invalid', `its log is not of project \`${carried.project}\``));
  const known = sessions.get(carried.session);
  if (known !== undefined) {
    if (known.project !== carried.project || !mayView(sessions, known, by.actor)) return reject(another(carried));
    const here = await journal.read(sessions.streamOf(known.id));
    return keepBeside(ports, known, here, { key, carried }, ask, by);
  }
  const placed = await place(ports, carried, ask.repository);
  if (!placed.ok) return placed;
  const own = [
    ...privateTo(carried, by),
    ...marksOf(carried.events, ask.source),
    endOf({ key, carried }, ask, placed.value),
  ];
  const refused = whyNotFolded(carried, own);
  if (refused !== null) return reject(refuse('invalid', `its log cannot be followed: ${refused}`));
  const copies = carried.events.map(({ type, data, actor }): NewEvent => ({
    ...envelope(carried, type, data),
    actor: `${actor}@${key.slice(0, 8)}`,
  }));
  const added = own.map(
    // Plain JSON by their definition.
    ({ type, data }): NewEvent => ({ ...envelope(carried, type, data as unknown as JsonValue), actor: by.actor }),
  );
  const stream = sessions.streamOf(carried.session);
  const written = await journal.append([{ stream, events: [...copies, ...added] }], [{ stream, version: 0 }]);
  const taken = sessions.get(carried.session);
  return written.ok && taken !== undefined
    ? accept(taken)
    : reject(refuse('conflict', `session \`${carried.session}\` came here at the same time`, 'import it again'));
}

const envelope = ({ project, session }: Carried, type: string, data: JsonValue) => ({
  ...{ type, data, project },
  lineage: { session },
});

const projectIn = (data: JsonValue): unknown =>
  data !== null && typeof data === 'object' && 'project' in data ? data.project : null;

const another = ({ session }: Carried): Refusal =>
  refuse('conflict', `another session is called \`${session}\` here`, 'it shares no event with what came');

/** INVARIANT: what was private there is private here, to who brought it: a name from elsewhere is nobody's here. */
function privateTo({ events }: Carried, { actor }: By): readonly SessionEvent[] {
  const said = events.findLast(({ type }) => type === 'visibility.changed');
  return JSON.stringify(said?.data ?? null).includes('"private"')
    ? [{ type: 'visibility.changed', data: { visibility: { to: 'private', members: [actor] } } }]
    : [];
}

/** The end of what came: where its files are here, and that it may do nothing yet. */
function endOf({ key, carried }: Opened, { source }: TakeIn, worktree: Worktree | null): SessionEvent {
  const head = carried.files?.commit ?? null;
  return {
    type: 'session.received',
    data: {
      ...{ source, key },
      workspace:
        worktree === null
          ? null
          : { path: worktree.path, branch: worktree.branch, head: worktree === null ? head : null },
      repository: worktree?.repository.path ?? null,
      reason: `it came from another machine without a mandate; \`writ session grant ${carried.session}\` gives it one`,
    },
  };
}

const marksEach = 1_000;

function marksOf(events: readonly CarriedEvent[], source: string): readonly SessionEvent[] {
  const marks = events.map(({ version, at, actor, hash }): ReceivedMark => ({ version, at, actor, hash }));
  return Array.from({ length: Math.ceil(marks.length / marksEach) }, (_, index) => ({
    type: 'history.received',
    data: { source, marks: marks.slice(index * marksEach, (index + 1) * marksEach) },
  }));
}

/** Why the fold would stop at it; null where it does not. INVARIANT: nothing gets into the journal that a start could not read. */
function whyNotFolded({ session, events }: Carried, own: readonly SessionEvent[]): string | null {
  try {
    // Types and data that were looked at as the bundle was opened; whether they can follow each other is what is tried here.
    const all = [...events.map(({ type, data }) => ({ type, data }) as unknown as SessionEvent), ...own];
    let state: Session | undefined;
    for (const [index, event] of all.entries())
      state = evolve(state, event, { stream: `session/${session}`, version: index + 1, at: events[0]?.at ?? '' });
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** What it was written as first: under the hash it had there, where it came from elsewhere itself. */
function firstHashes(events: readonly Pick<Envelope, 'version' | 'type' | 'hash' | 'data'>[]): readonly string[] {
  const marks = events
    .filter(({ type }) => type === 'history.received')
    // Written by `marksOf`, here or there.
    .flatMap(({ data }) => (data as unknown as { readonly marks: readonly ReceivedMark[] }).marks);
  const first = new Map(marks.map(({ version, hash }) => [version, hash]));
  return events.map(({ version, hash }) => first.get(version) ?? hash);
}

/** What carrying itself writes, and nobody's work. */
const ofCarrying: ReadonlySet<string> = new Set<SessionEvent['type']>([
  'session.handed_off',
  'history.received',
  'session.received',
  'checkpoint.taken',
  'lease.taken',
]);

async function keepBeside(
  ports: Ports,
  known: Session,
  here: readonly Envelope[],
  { key, carried }: Opened,
  { source, repository }: TakeIn,
  by: By,
): Promise<Result<Session>> {
  const [ours, theirs] = [firstHashes(here), firstHashes(carried.events)];
  let shared = 0;
  while (shared < ours.length && shared < theirs.length && ours[shared] === theirs[shared]) shared += 1;
  if (shared === 0) return reject(another(carried));
  const rest = carried.events.slice(shared).filter(({ type }) => !ofCarrying.has(type));
  if (rest.length === 0)
    return reject(refuse('conflict', `session \`${carried.session}\` is here already, with all that is in the bundle`));
  const id = ports.newId('s');
  const placed = await place(ports, { ...carried, session: id }, repository);
  if (!placed.ok) return placed;
  const worktree = placed.value;
  const workspace = worktree === null ? null : { path: worktree.path, branch: worktree.branch, head: null };
  const { title, project, agent, driver, argv, sandbox, pin } = known;
  const events: readonly SessionEvent[] = [
    {
      type: 'session.opened',
      data: {
        ...{ title: `${title} (from another machine)`.slice(0, 256).toWellFormed(), project, agent, argv, pin },
        ...{ mandate: null, mission: null, task: null, parent: null },
        driver: driver === 'attended' ? 'person' : driver,
        workspace,
        repository: worktree?.repository.path ?? null,
        sandbox: { ...sandbox, writable: worktree === null ? [] : [worktree.path] },
      },
    },
    { type: 'session.forked', data: { from: known.id, at: shared, base: carried.files?.commit ?? null } },
    // Kept as it was written, and nothing is done because of it.
    ...rest.map(({ version, type, at, actor, hash, data }): SessionEvent => ({
      type: 'observation.recorded',
      data: { type: 'event.elsewhere', data: { version, type, at, actor, hash, data, source, key } },
    })),
  ];
  const fork = await ports.records.sessions.create(id, events, project, { ...by, cause: known.id });
  await ports.records.sessions.record(known.id, [{ type: 'fork.opened', data: { session: id, at: shared } }], by);
  return accept(fork);
}

/** A worktree with the files that came, on a branch of its own, in a repository a person named. */
async function place(
  ports: Ports,
  { session, files }: Pick<Carried, 'session' | 'files'>,
  path: string | null,
): Promise<Result<Worktree | null>> {
  if (path === null || files === null) return accept(null);
  const repository = await openRepository(path);
  if (!repository.ok) return repository;
  const { gitDir } = repository.value;
  const unread = await unpack(gitDir, files).then(
    () => null,
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  );
  if (unread !== null)
    return reject(
      refuse('invalid', `the files in the bundle cannot be read: ${unread}`.slice(0, 2_000).toWellFormed()),
    );
  const base = files.head === null ? null : await resolveCommit(repository.value, files.head);
  const parents = base === null ? [] : ['-p', base];
  const text = `the files of session ${session} as they came here\n`;
  const commit = await gitOrThrow({ gitDir }, ['commit-tree', `${files.commit}^{tree}`, ...parents, '-F', '-'], text);
  const name = `${session}-${createHash('sha256').update(session).digest('hex').slice(0, 10)}`;
  const at = join(ports.dir, 'worktrees', 'carried', name);
  return accept(await addWorktree(repository.value, at, `writ/carried/${session}/work`, commit.trim()));
}

async function unpack(gitDir: string, { commit, pack }: NonNullable<CarriedFiles>): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), 'writ-pack-'));
  try {
    const file = join(dir, 'pack');
    await writeFile(file, Buffer.from(pack, 'base64'));
    // Checked object by object as it is read; only its objects are taken, and none of its refs.
    await gitOrThrow({ gitDir }, ['-c', 'transfer.fsckObjects=true', 'bundle', 'unbundle', file]);
    await gitOrThrow({ gitDir }, ['cat-file', '-e', `${commit}^{tree}`]);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}
