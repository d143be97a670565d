/**
 * Brings what a fork came to home into the session it was forked from: its files by a three-way merge, its notes and its decisions. In two steps: a preview of every path, then exactly that, by the
 * preview's digest.
 *
 * INVARIANT: it is the mandate of the session at home that is asked, about each file; the fork's own says nothing there. Nothing is written while anything is at work at home, where files moved since
 * the preview, or where the two sides do not fit together.
 */

import { createHash } from 'node:crypto';
import { askStep } from '../control/ask.ts';
import type { Step } from '../control/ask.ts';
import type { By } from '../log.ts';
import type { Ports } from '../ports.ts';
import type { Result } from '../refusal.ts';
import { accept, refuse, reject } from '../refusal.ts';
import type { RewindLine } from '../workspace/core/plan-rewind.ts';
import { git, gitOrThrow } from '../workspace/git.ts';
import type { KeptPlace } from '../workspace/keep-files.ts';
import { checkpointRef, keepFiles } from '../workspace/keep-files.ts';
import { differences, obstacles, putBack } from '../workspace/put-back.ts';
import { integrate, resolveCommit } from '../workspace/repository.ts';
import { keptPlace, takeCheckpoint } from './checkpoints.ts';
import type { Adopted } from './events.ts';
import { eventsAt, textOf } from './orientation/events-at.ts';
import { credentialName } from './resume.ts';
import type { Session } from './session.ts';
import { isOver } from './session.ts';

export type Adoption = {
  /** Names this preview; what is adopted by it is what it shows. */
  readonly digest: string;
  readonly files: readonly RewindLine[];
  readonly notes: Adopted['notes'];
  readonly decisions: Adopted['decisions'];
};
export type AdoptedHome = { readonly adoption: Adoption; readonly undo: string | null };

type Names = { readonly home: string; readonly fork: string };

/** What adopting the fork would do at home. Writes nothing there. */
export async function previewAdoption(ports: Ports, names: Names): Promise<Result<Adoption>> {
  const found = await look(ports, names);
  return found.ok ? accept(found.value.adoption) : found;
}

/** Does what the preview of `digest` shows. */
export async function adopt(ports: Ports, names: Names, digest: string, by: By): Promise<Result<AdoptedHome>> {
  const found = await look(ports, names);
  if (!found.ok) return found;
  const { home, adoption, merge } = found.value;
  if (adoption.digest !== digest)
    return reject(
      refuse(
        'conflict',
        'what it would bring home is not what was shown',
        `look again: \`writ session adopt ${names.fork}\``,
        'tree_moved',
      ),
    );
  const before = merge === null ? null : await takeCheckpoint(ports, home.id, { why: 'before_rewind', turn: null }, by);
  if (merge !== null) {
    await putBack(merge.place, merge.tree, adoption.files, () => true);
    await takeCheckpoint(ports, home.id, { why: 'after_rewind', turn: null }, by);
  }
  const { notes, decisions } = adoption;
  const data: Adopted = {
    ...{ fork: names.fork, digest, notes, decisions },
    ...{ base: merge?.base ?? null, tree: merge?.theirs ?? null, patch: merge?.patch ?? null },
    files: adoption.files.map(({ path }) => path),
  };
  const cause = { ...by, cause: names.fork };
  const recorded = await ports.records.sessions.record(home.id, [{ type: 'fork.adopted', data }], cause);
  if (!recorded.ok) return recorded;
  await ports.records.sessions.record(
    names.fork,
    [{ type: 'session.adopted', data: { into: home.id, tree: merge?.theirs ?? '' } }],
    { ...by, cause: home.id },
  );
  return accept({ adoption, undo: before?.checkpoint ?? null });
}

/** `theirs`: the fork's files as a tree; `tree`: those of home with what the fork did. */
type Merge = {
  readonly place: KeptPlace;
  readonly base: string;
  readonly theirs: string;
  readonly tree: string;
  readonly patch: string | null;
  readonly files: readonly RewindLine[];
};
type Looked = { readonly home: Session; readonly adoption: Adoption; readonly merge: Merge | null };

async function look(ports: Ports, { home: homeId, fork: forkId }: Names): Promise<Result<Looked>> {
  const { sessions } = ports.records;
  const [home, fork] = [sessions.get(homeId), sessions.get(forkId)];
  if (home === undefined || fork === undefined)
    return reject(refuse('not_found', `there is no session \`${home === undefined ? homeId : forkId}\``));
  if (fork.fork?.from !== homeId)
    return reject(refuse('conflict', `session \`${forkId}\` is no fork of \`${homeId}\``));
  for (const one of [home, fork])
    if (one.activity.name === 'turn' || one.runs.length > 0)
      return reject(refuse('conflict', `session \`${one.id}\` is at work`, `pause it first: \`writ pause ${one.id}\``));
  if (isOver(home))
    return reject(refuse('inert', `session \`${homeId}\` is ${home.state.name}; nothing comes home there`));
  const merged = fork.workspace === null ? accept(null) : await merge(ports, home, fork, fork.fork.base);
  if (!merged.ok) return merged;
  const refusal = await mayWrite(ports, home, merged.value?.files ?? []);
  if (refusal !== null) return refusal;
  const [notes, decisions] = [await notesOf(ports, fork), decisionsOf(ports, fork)];
  const files = merged.value?.files ?? [];
  const facts = [homeId, forkId, merged.value?.tree ?? null, merged.value?.theirs ?? null, files, notes, decisions];
  const digest = createHash('sha256').update(JSON.stringify(facts)).digest('hex').slice(0, 32);
  return accept({ home, merge: merged.value, adoption: { digest, files, notes, decisions } });
}

/** How long a patch may be to be kept as text; a longer one is kept as a tree alone. */
const mostPatch = 120_000;

async function merge(ports: Ports, home: Session, fork: Session, base: string | null): Promise<Result<Merge>> {
  const [place, theirPlace] = [await keptPlace(ports, home), await keptPlace(ports, fork)];
  if (typeof place === 'string' || typeof theirPlace === 'string' || place.repository === null || base === null)
    return reject(refuse('conflict', `the files of \`${fork.id}\` and \`${home.id}\` are in no repository they share`));
  const { gitDir } = place.repository;
  const repository = { path: place.path, gitDir };
  if ((await resolveCommit(repository, base)) === null)
    return reject(refuse('conflict', `what \`${fork.id}\` began as is not in the repository of \`${home.id}\``));
  const own = await keepFiles(place, checkpointRef(home.id, 'looked'), null);
  const their = await keepFiles(theirPlace, checkpointRef(fork.id, 'looked'), null);
  // Whatever their histories are, what both began as is the base.
  const commit = async (tree: string, ...parents: readonly string[]): Promise<string> =>
    (
      await gitOrThrow(
        { gitDir },
        ['commit-tree', tree, ...parents.flatMap((parent) => ['-p', parent]), '-F', '-'],
        `writ: bring ${fork.id} home\n`,
      )
    ).trim();
  const root = await commit(`${base}^{tree}`);
  const together = await integrate(
    repository,
    [await commit(own.tree, root), await commit(their.tree, root)],
    `writ: ${fork.id} and ${home.id}\n`,
  );
  if (!together.ok)
    return reject(
      refuse(
        'conflict',
        `both sides changed ${together.paths.map((path) => `\`${path}\``).join(', ')}`,
        `merge the branch of the fork by hand: \`git merge ${fork.workspace?.branch ?? ''}\``,
      ),
    );
  const tree = (await gitOrThrow({ gitDir }, ['rev-parse', '--verify', `${together.commit}^{tree}`])).trim();
  const changes = await differences(place, own.tree, tree);
  const inTheWay = await obstacles(place, changes, new Set());
  const [blocked] = inTheWay;
  if (blocked !== undefined) return reject(refuse('conflict', `\`${blocked[0]}\` cannot be written: ${blocked[1]}`));
  const files = changes.map(({ path, now, then }): RewindLine => {
    const does = then === null ? 'delete' : now === null ? 'restore' : 'write';
    return { path, does, elsewhere: false, why: '' };
  });
  const diff = await git({ gitDir }, ['diff', '--no-color', '--no-ext-diff', '--no-textconv', base, their.tree]);
  const patch = diff.code === 0 && diff.stdout.length <= mostPatch ? diff.stdout.toWellFormed() : null;
  return accept({ place, base, theirs: their.tree, tree, patch, files });
}

/** Asks about each file under the mandate of the session at home. The refusal, or null where each is permitted. */
async function mayWrite(
  ports: Ports,
  home: Session,
  files: readonly RewindLine[],
): Promise<ReturnType<typeof reject> | null> {
  if (files.length === 0) return null;
  if (home.mandate === null)
    return reject(
      refuse(
        'refused',
        `session \`${home.id}\` has no mandate to write under`,
        `\`writ session grant ${home.id}\` gives it one`,
      ),
    );
  const credential = await ports.credentials.get(credentialName(home));
  for (const { path } of files) {
    const asked = await askStep(ports, home.mandate, credential, writeOf(home, path), home.id);
    if (asked.answer === 'permit') continue;
    const kind = asked.answer === 'unreachable' ? 'unreachable' : 'refused';
    return reject(
      refuse(kind, `\`${path}\` may not be written: ${asked.sentence}`, null, 'code' in asked ? asked.code : kind),
    );
  }
  return null;
}

const writeOf = ({ project }: Session, path: string): Step => ({
  action: 'file.write',
  resource: `workspace://${project}/${path.split('/').map(encodeURIComponent).join('/')}`,
  parameters: {},
  // Files of its own worktree, written by the harness: no process of the fork is run.
  containment: { files: 'worktree', network: 'none', credentials: 'none' },
});

async function notesOf(ports: Ports, fork: Session): Promise<Adopted['notes']> {
  const versions = fork.digest.notes.map(({ version }) => version);
  return (await eventsAt(ports, fork, versions)).map((event) => ({ by: event.actor, text: textOf(event, 'text') }));
}

/** Questions that people answered in the fork. */
const decisionsOf = ({ records }: Ports, { id }: Session): Adopted['decisions'] =>
  records.items
    .all()
    .flatMap(({ session, kind, ask, state }) =>
      session === id && kind === 'question' && state.name === 'answered'
        ? [{ ask, answer: state.answer, by: state.by }]
        : [],
    );
