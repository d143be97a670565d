/** Makes the bundle of a session: its log as it stands, its files as they are now. The session stays where it is; that it was carried away, and when, is in its log. */

import { createHash } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Envelope } from '@writ/journal';
import type { By } from '../../log.ts';
import type { Ports } from '../../ports.ts';
import type { Result } from '../../refusal.ts';
import { accept, refuse, reject } from '../../refusal.ts';
import { gitOrThrow } from '../../workspace/git.ts';
import { keptPlace, takeCheckpoint } from '../checkpoints.ts';
import type { Session } from '../session.ts';
import type { CarriedEvent, CarriedFiles } from './bundle.ts';
import { seal } from './bundle.ts';

export type CarriedAway = {
  readonly bundle: string;
  readonly digest: string;
  readonly key: string;
  readonly events: number;
};

/** `withhold`: the types of event whose words are left out. */
export async function carryAway(
  ports: Ports,
  id: string,
  { key, withhold }: { readonly key: KeyObject; readonly withhold: ReadonlySet<string> },
  by: By,
): Promise<Result<CarriedAway>> {
  const session = ports.records.sessions.get(id);
  if (session === undefined) return reject(refuse('not_found', `there is no session \`${id}\``));
  if (session.activity.name === 'turn' || session.runs.length > 0)
    return reject(
      refuse('conflict', `session \`${id}\` is at work`, `wait for its turn, or end it: \`writ stop ${id}\``),
    );
  const files = await filesOf(ports, session, by);
  const events = (await ports.records.journal.read(ports.records.sessions.streamOf(id))).map((event) =>
    carried(event, withhold),
  );
  const exportedAt = new Date(ports.now()).toISOString();
  const bundle = seal({ session: id, project: session.project, exportedAt, by: by.actor, events, files }, key);
  const digest = createHash('sha256').update(bundle).digest('hex').slice(0, 32);
  await ports.records.sessions.record(id, [{ type: 'session.handed_off', data: { bundle: digest, reason: '' } }], by);
  return accept({ bundle, digest, key: ports.machine, events: events.length });
}

const carried = ({ version, type, at, actor, hash, data }: Envelope, withhold: ReadonlySet<string>): CarriedEvent => ({
  ...{ version, type, at, actor, hash },
  data: withhold.has(type) ? null : data,
});

/** The files as one commit of their own, in a pack that needs nothing else. */
async function filesOf(ports: Ports, session: Session, by: By): Promise<CarriedFiles> {
  const place = await keptPlace(ports, session);
  if (typeof place === 'string' || place.repository === null) return null;
  const taken = await takeCheckpoint(ports, session.id, { why: 'asked', turn: null }, by);
  if (taken === null || taken.files.in !== 'repository') return null;
  const { commit } = taken.files;
  const dir = await mkdtemp(join(tmpdir(), 'writ-pack-'));
  try {
    const file = join(dir, 'pack');
    const { gitDir } = place.repository;
    const ref = `refs/writ/carried/${session.id}`;
    await gitOrThrow({ gitDir }, ['update-ref', '--no-deref', ref, commit]);
    await gitOrThrow({ gitDir }, ['bundle', 'create', '--quiet', file, ref]);
    await gitOrThrow({ gitDir }, ['update-ref', '--no-deref', '-d', ref]);
    return { branch: taken.branch, head: taken.head, commit, pack: (await readFile(file)).toString('base64') };
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}
