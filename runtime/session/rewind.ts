/**
 * Back to a checkpoint, in two steps: a preview of everything that would happen, then exactly that, by the preview's hash. The conversation goes back with the files: its events stay, and a marker
 * says where it continues.
 *
 * It is a person's act and never an agent's (docs/decisions): nobody's mandate covers or forbids it. It refuses while anything is at work in the place, and when the files moved since the
 * preview. It is itself between two checkpoints, so that it is undone as it was done.
 */

import { createHash } from 'node:crypto';
import type { By } from '../log.ts';
import type { Ports } from '../ports.ts';
import type { Refusal, Result } from '../refusal.ts';
import { accept, refuse, reject } from '../refusal.ts';
import type { RewindLine, Stretch } from '../workspace/core/plan-rewind.ts';
import { isBeside, isFolderBeside, ownWork, planRewind } from '../workspace/core/plan-rewind.ts';
import type { KeptPlace } from '../workspace/keep-files.ts';
import { besideKept, checkpointRef, hasCommit, keepFiles } from '../workspace/keep-files.ts';
import { differences, foldersIn, obstacles, putBack } from '../workspace/put-back.ts';
import { keptPlace, takeCheckpoint } from './checkpoints.ts';
import type { Session } from './session.ts';
import { isOver } from './session.ts';
import type { Checkpoint, KeptFiles } from './workspace-events.ts';

export type Preview = {
  readonly to: Checkpoint;
  /** Names this preview; what is committed by it is what it shows. */
  readonly hash: string;
  readonly lines: readonly RewindLine[];
  /** What does not go back with the files, in sentences. */
  readonly stays: readonly string[];
};

export type Rewinding = { readonly preview: Preview; readonly undo: string };

/** What going back to `to` (the beginning of the newest turn, where it is null) would do. Writes nothing in the place. */
export async function previewRewind(ports: Ports, id: string, to: string | null): Promise<Result<Preview>> {
  const found = await look(ports, id, to);
  return found.ok ? accept(found.value.preview) : found;
}

/** Does what the preview of hash `hash` shows. */
export async function rewind(
  ports: Ports,
  id: string,
  { to, hash }: { readonly to: string; readonly hash: string },
  by: By,
): Promise<Result<Rewinding>> {
  const found = await look(ports, id, to);
  if (!found.ok) return found;
  const { place, preview, tree, mayRemove } = found.value;
  if (preview.hash !== hash) return reject(moved(id));
  const before = await takeCheckpoint(ports, id, { why: 'before_rewind', turn: null }, by);
  if (before === null || before.files.in === 'nothing') return reject(unkept(before));
  if (before.files.tree !== found.value.now) return reject(moved(id));
  const failed = await putBack(place, tree, preview.lines, mayRemove).then(
    () => null,
    (error: unknown) => (error instanceof Error ? error.message : String(error)).slice(0, 300).toWellFormed(),
  );
  const count = (...kinds: readonly RewindLine['does'][]): number =>
    preview.lines.filter(({ does }) => kinds.includes(does)).length;
  await takeCheckpoint(ports, id, { why: 'after_rewind', turn: null }, by);
  if (failed !== null) return reject(halfDone(id, before.checkpoint, failed));
  const recorded = await ports.records.sessions.record(
    id,
    [
      {
        type: 'session.rewound',
        data: {
          to: preview.to.checkpoint,
          after: preview.to.version,
          undo: before.checkpoint,
          preview: hash,
          written: count('write', 'restore'),
          deleted: count('delete'),
          left: count('leave'),
        },
      },
    ],
    by,
  );
  return recorded.ok ? accept({ preview, undo: before.checkpoint }) : recorded;
}

type Looked = {
  readonly place: KeptPlace;
  readonly preview: Preview;
  readonly tree: string;
  readonly now: string;
  readonly mayRemove: (folder: string) => boolean;
};

async function look(ports: Ports, id: string, to: string | null): Promise<Result<Looked>> {
  const session = ports.records.sessions.get(id);
  if (session === undefined)
    return reject(refuse('not_found', `there is no session \`${id}\``, '`writ show` lists them'));
  const busy = atWorkThere(ports, session);
  if (busy !== null) return reject(busy);
  const target = pick(session, to);
  if (!target.ok) return target;
  const { files } = target.value;
  if (files.in === 'nothing')
    return reject(
      refuse('conflict', `checkpoint \`${target.value.checkpoint}\` kept no files: ${files.because}`, choose(id)),
    );
  const place = await keptPlace(ports, session);
  if (typeof place === 'string')
    return reject(refuse('conflict', `the files of session \`${id}\` cannot be put back: ${place}`));
  if (!(await hasCommit(place, files.commit)))
    return reject(
      refuse('conflict', `what checkpoint \`${target.value.checkpoint}\` kept is not on this machine`, choose(id)),
    );
  const { tree: now } = await keepFiles(place, checkpointRef(id, 'looked'), null);
  const { lines, mayRemove } = await planned(place, session, target.value, { now, then: files.tree });
  const stays = staying(session, target.value);
  const hash = createHash('sha256')
    .update(JSON.stringify([id, target.value.checkpoint, now, files.tree, lines]))
    .digest('hex')
    .slice(0, 32);
  return accept({ place, tree: files.tree, now, mayRemove, preview: { to: target.value, hash, lines, stays } });
}

type KeptStretch = Stretch & { readonly begin: KeptTree; readonly wasFolder: (path: string) => boolean };

async function planned(
  place: KeptPlace,
  session: Session,
  target: Checkpoint,
  { now, then }: { readonly now: string; readonly then: string },
): Promise<{ readonly lines: readonly RewindLine[]; readonly mayRemove: (folder: string) => boolean }> {
  const changes = await differences(place, now, then);
  const stretches: KeptStretch[] = [];
  for (const [begin, end] of workSince(session, target)) {
    const beside = await besideKept(place, begin.commit);
    const known = new Set(beside ?? []);
    stretches.push({
      ...{ begin, changes: await differences(place, begin.tree, end.tree) },
      wasThere: (path) => beside === null || isBeside(known, path),
      wasFolder: (path) => beside === null || isFolderBeside(known, path),
    });
  }
  const own = ownWork(stretches);
  const going = new Set(
    planRewind(changes, own, new Map()).flatMap(({ does, path }) => (does === 'delete' ? [path] : [])),
  );
  const lines = planRewind(changes, own, await obstacles(place, changes, going));
  const isAnyDeleted = lines.some(({ does }) => does === 'delete');
  const begun = await Promise.all(
    (isAnyDeleted ? stretches : []).map(async ({ begin, wasFolder }) => ({
      ...{ folders: await foldersIn(place, begin.tree), wasFolder },
    })),
  );
  // INVARIANT: a folder that was there before the session's work stays, also where that work alone was in it.
  const mayRemove = (folder: string): boolean =>
    begun.some(({ folders, wasFolder }) => !folders.has(folder) && !wasFolder(folder));
  return { lines, mayRemove };
}

/** The files between which the session itself worked since `target`: turns, and files put back. What changed between those stretches is somebody else's. */
function workSince(session: Session, target: Checkpoint): readonly (readonly [KeptTree, KeptTree])[] {
  const since = session.remembered.checkpoints.filter(({ version }) => version >= target.version);
  return since.flatMap((end, index) => {
    const begin = since[index - 1];
    const isWork =
      begin !== undefined &&
      ((begin.why === 'before_turn' && end.why === 'after_turn' && begin.turn === end.turn) ||
        (begin.why === 'before_rewind' && end.why === 'after_rewind'));
    const [from, until] = [keptIn(begin?.files), keptIn(end.files)];
    return isWork && from !== null && until !== null ? [[from, until] as const] : [];
  });
}

type KeptTree = Exclude<KeptFiles, { readonly in: 'nothing' }>;

const keptIn = (files: KeptFiles | undefined): KeptTree | null =>
  files === undefined || files.in === 'nothing' ? null : files;

function pick(session: Session, to: string | null): Result<Checkpoint> {
  const { checkpoints } = session.remembered;
  const found =
    to === null
      ? checkpoints.findLast(({ why }) => why === 'before_turn')
      : checkpoints.find(({ checkpoint }) => checkpoint === to);
  if (found !== undefined) return accept(found);
  return reject(
    to === null
      ? refuse('not_found', `no turn of session \`${session.id}\` has a checkpoint`, choose(session.id))
      : refuse('not_found', `session \`${session.id}\` has no checkpoint \`${to}\``, choose(session.id)),
  );
}

const choose = (id: string): string => `choose one of \`writ session checkpoints ${id}\``;

/** Whatever works in the place now would write over what is put back, or be judged by it. */
function atWorkThere({ records }: Ports, session: Session): Refusal | null {
  const path = session.workspace?.path;
  const busy = records.sessions.all().find((other) => {
    const there = other.workspace?.path;
    const isThere = other.id === session.id || (path !== undefined && there !== undefined && overlap(path, there));
    return isThere && isAtWork(other);
  });
  if (busy === undefined) return null;
  return refuse(
    'conflict',
    `session \`${busy.id}\` is at work in \`${path ?? ''}\``,
    busy.driver === 'attended'
      ? `wait for its turn to end; where its launcher ended without a word: \`writ session checkpoints ${busy.id} --take\``
      : 'stop it first, or wait for its turn to end',
  );
}

/** An attended session tells of its turns by the checkpoints its launcher asks for. */
function isAtWork(session: Session): boolean {
  if (isOver(session)) return false;
  if (session.activity.name === 'turn' || session.runs.length > 0) return true;
  return session.driver === 'attended' && session.remembered.checkpoints.at(-1)?.why === 'before_turn';
}

const overlap = (a: string, b: string): boolean => a === b || a.startsWith(`${b}/`) || b.startsWith(`${a}/`);

function staying(session: Session, { head, branch, without }: Checkpoint): readonly string[] {
  const now = session.remembered.checkpoints.at(-1);
  return [
    ...(now !== undefined && (now.head !== head || now.branch !== branch)
      ? [
          `commits and branches: it was at ${stood(branch, head)} then and was at ${stood(now.branch, now.head)} last; HEAD is not moved`,
        ]
      : []),
    ...without,
  ];
}

const stood = (branch: string | null, head: string | null): string =>
  `${branch ?? 'no branch'} ${head?.slice(0, 10) ?? ''}`.trim();

const moved = (id: string): Refusal =>
  refuse('conflict', `the files changed since that preview`, `look again: \`writ session rewind ${id}\``, 'tree_moved');

const halfDone = (id: string, undo: string, why: string): Refusal =>
  refuse(
    'conflict',
    `not everything could be put back, and the conversation stays as it is: ${why}`,
    `\`writ session rewind ${id} --to ${undo}\` takes back what was put back`,
  );

const unkept = (before: Checkpoint | null): Refusal =>
  refuse(
    'conflict',
    `nothing was put back: what is there now could not be kept${before?.files.in === 'nothing' ? `: ${before.files.because}` : ''}`,
  );
