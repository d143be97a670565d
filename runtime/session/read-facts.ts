/**
 * What is known of a session's workspace, each fact with its age and whether it still holds: looked at again where looking changes nothing (Git, files, processes), and otherwise as old as it is.
 *
 * INVARIANT: nothing is run again to make a fact newer. What a command or a test said is never more than what it said then; whether the files are the same since is said beside it.
 */

import { createHash } from 'node:crypto';
import { lstat, readFile, realpath } from 'node:fs/promises';
import { isAbsolute, join, sep } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { Envelope } from '@writ/journal';
import type { Ports } from '../ports.ts';
import { dataStores } from '../workspace/data-stores.ts';
import { factAt, gitOf, mcpServersOf } from './look-around.ts';
import type { Service } from './services.ts';
import { servicesNow } from './services.ts';
import type { Session } from './session.ts';
import { mayTellIn } from './visibility.ts';
import type { Checkpoint } from './workspace-events.ts';
import type { Fact, McpFact, Seen, TestsFact, WorkspaceFact } from './workspace-fact.ts';
import { factKey } from './workspace-fact.ts';

export type Standing = 'verified now' | 'changed' | 'unknown';

export type KnownFact = {
  readonly fact: WorkspaceFact;
  /** Where it stands in the session's log. */
  readonly version: number;
  readonly standing: Standing;
  /** What was found now where it is another; or what bears on it. Empty where there is nothing to say. */
  readonly now: string;
};

/** All of them, newest last. */
export async function readFacts(ports: Ports, session: Session): Promise<readonly KnownFact[]> {
  return knownFacts(ports, session, await newestEvents(ports, session));
}

/** How those that `events` tell of stand now. */
export async function knownFacts(
  ports: Ports,
  session: Session,
  events: readonly Pick<Envelope, 'data' | 'version'>[],
): Promise<readonly KnownFact[]> {
  const told = events.map(({ data, version }) => ({
    // Written by `recordFact`, and not erased.
    fact: data as unknown as WorkspaceFact,
    version,
  }));
  const seen = await lookNow(ports, session, new Set(told.map(({ fact }) => fact.kind)));
  return Promise.all(
    told.map(async ({ fact, version }): Promise<KnownFact> => ({
      ...{ fact, version },
      ...(await standingOf(ports, session, { fact, version, seen })),
    })),
  );
}

/** The events of the newest fact of each key: read in pages, as they stand close together. */
async function newestEvents({ records }: Ports, { id, remembered }: Session): Promise<readonly Envelope[]> {
  const wanted = remembered.facts.map(({ version }) => version).toSorted((a, b) => a - b);
  const found: Envelope[] = [];
  for (let at = 0; at < wanted.length;) {
    const first = wanted[at] ?? 0;
    const page = wanted.slice(at).filter((version) => version < first + pageEvents);
    const limit = (page.at(-1) ?? first) - first + 1;
    const events = await records.journal.read(records.sessions.streamOf(id), { after: first - 1, limit });
    found.push(...events.filter(({ version, data }) => page.includes(version) && data !== null));
    at += page.length;
  }
  return found;
}

const pageEvents = 64;

type SeenNow = {
  readonly services: readonly Service[] | null;
  readonly servers: readonly McpFact[] | null;
  readonly facts: ReadonlyMap<string, Fact>;
  readonly place: string | null;
};

/** Looks at what bears on facts of these `kinds`, and at nothing else. */
async function lookNow(ports: Ports, session: Session, kinds: ReadonlySet<Fact['kind']>): Promise<SeenNow> {
  const place = session.workspace?.path ?? null;
  const root = place === null ? null : await realpath(place).catch(() => null);
  const git = kinds.has('git') ? await gitOf(ports, session, null).catch(() => null) : null;
  const stores = root === null || !kinds.has('data_store') ? [] : await dataStores(root).catch(() => []);
  return {
    facts: new Map([...(git === null ? [] : [git]), ...stores].map((fact) => [factKey(fact), fact])),
    place: root,
    services: kinds.has('service') ? await servicesNow(ports) : [],
    servers: kinds.has('mcp') ? await mcpServersOf(ports, session) : [],
  };
}

type Stands = Pick<KnownFact, 'standing' | 'now'>;

type Told = { readonly fact: WorkspaceFact; readonly version: number; readonly seen: SeenNow };

async function standingOf(ports: Ports, session: Session, { fact, version, seen }: Told): Promise<Stands> {
  switch (fact.kind) {
    case 'git':
    case 'data_store': {
      const now = seen.facts.get(factKey(fact));
      if (now === undefined)
        return { standing: seen.place === null ? 'unknown' : 'changed', now: 'it is not there now' };
      return isSame(fact, now) ? verified : { standing: 'changed', now: brief(now) };
    }
    case 'pin':
      return pinStands(fact, seen.place);
    case 'command':
      return { standing: 'unknown', now: sinceThen(session.remembered.checkpoints, version) };
    case 'tests': {
      const passed = await passedElsewhere(ports, session, fact);
      return passed === null
        ? { standing: 'unknown', now: sinceThen(session.remembered.checkpoints, version) }
        : { standing: 'changed', now: passed };
    }
    case 'service':
      return serviceStands(fact, seen.services);
    case 'mcp':
      return serverStands(fact, seen.servers);
    case 'outside':
    case 'terminal':
      return { standing: 'unknown', now: '' };
  }
}

/** By what a person trusted of it; the server itself is asked by who speaks to it. */
function serverStands({ server, digest }: McpFact, servers: readonly McpFact[] | null): Stands {
  if (servers === null) return { standing: 'unknown', now: '' };
  const now = servers.find((one) => one.server === server);
  if (now === undefined) return { standing: 'changed', now: 'it is not there for the project now' };
  return now.digest === digest ? verified : { standing: 'changed', now: 'its tools are described otherwise now' };
}

/**
 * What another session that works in the same folder saw later of the same tests: those that failed here and were not among what failed there. Null where nobody saw such a thing; a run of fewer tests
 * shows nothing.
 */
async function passedElsewhere(
  ports: Pick<Ports, 'records'>,
  own: Session,
  before: TestsFact & Seen,
): Promise<string | null> {
  const { sessions } = ports.records;
  const key = factKey(before);
  if (before.failed === 0) return null;
  const others = sessions
    .all()
    .filter(
      (other) =>
        other.id !== own.id &&
        other.workspace?.path === own.workspace?.path &&
        other.remembered.facts.some((one) => one.key === key) &&
        mayTellIn(sessions, own, other),
    );
  const size = ({ passed, failed }: TestsFact): number => passed + failed;
  for (const { id } of others.toReversed()) {
    const later = await factAt(ports, id, key);
    if (later?.kind !== 'tests' || later.seenAt <= before.seenAt || size(later) < size(before)) continue;
    const failing = new Set(later.failing.map(({ name }) => name));
    const passed = before.failing.map(({ name }) => name).filter((name) => !failing.has(name));
    if (passed.length > 0)
      return `${passed.slice(0, 3).join(', ')}${passed.length > 3 ? ' …' : ''} did not fail in ${id} at ${later.seenAt}`;
  }
  return null;
}

/** One that listened and does not any more is said to be gone; it is somebody's to start again. */
function serviceStands(fact: Extract<Fact, { kind: 'service' }>, now: readonly Service[] | null): Stands {
  if (fact.state === 'reaped' || fact.state === 'gone') return verified;
  if (now === null) return { standing: 'unknown', now: '' };
  const isThere = now.some(({ service, startTime }) => service === fact.service && startTime === fact.startTime);
  return isThere ? verified : { standing: 'changed', now: 'it does not listen now' };
}

const verified: Stands = { standing: 'verified now', now: '' };

function isSame({ seenAt: _, method: __, tree: ___, ...before }: WorkspaceFact, now: Fact): boolean {
  if (before.kind !== 'git' || now.kind !== 'git') return isDeepStrictEqual(before, now);
  // Why a branch was made is no more or less true for being read again.
  return isDeepStrictEqual({ ...before, reason: null }, { ...now, reason: null });
}

function brief(fact: Fact): string {
  if (fact.kind === 'git')
    return `${fact.branch ?? 'no branch'} at ${fact.head?.slice(0, 10) ?? 'no commit'}, ${String(fact.dirty)} uncommitted`;
  return fact.kind === 'data_store' ? `the newest is ${fact.newest ?? 'none'}` : '';
}

/** Of the files, by the checkpoints: the first after the fact has them as it saw them. */
export function sinceThen(checkpoints: readonly Checkpoint[], version: number): string {
  const kept = checkpoints.filter(({ files }) => files.in !== 'nothing');
  const then = kept.find((one) => one.version > version)?.files;
  const last = kept.at(-1)?.files;
  if (then === undefined || last === undefined || then.in === 'nothing' || last.in === 'nothing') return '';
  return then.tree === last.tree ? 'the same files when they were kept last' : 'the files changed since';
}

async function pinStands({ target, digest }: Extract<Fact, { kind: 'pin' }>, root: string | null): Promise<Stands> {
  if (digest === null || root === null) return { standing: 'unknown', now: '' };
  const now = await digestOf(root, target);
  if (now === null) return { standing: 'changed', now: 'it is not there now' };
  return now === digest ? verified : { standing: 'changed', now: 'it says something else now' };
}

const mostPinnedBytes = 16 * 1024 * 1024;

/** Of a plain file within `root`; null of anything else. */
export async function digestOf(root: string, path: string): Promise<string | null> {
  try {
    const real = await realpath(isAbsolute(path) ? path : join(root, path));
    const found = await lstat(real);
    if (!real.startsWith(`${root}${sep}`) || !found.isFile() || found.size > mostPinnedBytes) return null;
    return createHash('sha256')
      .update(await readFile(real))
      .digest('hex');
  } catch {
    return null; // not there
  }
}

const mostNamed = 10;

/** What an agent that begins should know of what was seen: failing tests, and what was reported as bad. By when it was seen and not by its age, so that the same is said again after a restart. */
export async function seenLines(ports: Ports, id: string): Promise<readonly string[]> {
  const session = ports.records.sessions.get(id);
  if (session === undefined) return [];
  const events = await newestEvents(ports, session);
  return events.flatMap(({ data }): readonly string[] => {
    // Written by `recordFact`, and not erased.
    const fact = data as unknown as WorkspaceFact;
    if (fact.kind === 'tests' && fact.failed > 0) {
      const names = fact.failing.slice(0, mostNamed).map(({ name }) => name);
      return [`${String(fact.failed)} of the tests of ${fact.runner} failed at ${fact.seenAt}: ${names.join(', ')}`];
    }
    if (fact.kind === 'outside' && fact.status === 'bad')
      return [`${fact.source} said of ${fact.subject} at ${fact.seenAt}: ${fact.sentence}`];
    return [];
  });
}
