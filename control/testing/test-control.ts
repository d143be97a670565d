/** Control over a real journal in a folder of its own, with a clock that stands still and the shortest ways to its commands. */

import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AuthoritySet, Budget, Grants } from '@writ/authority';
import { uncontained } from '@writ/authority';
import type { Journal } from '@writ/journal';
import { openSqliteJournal } from '@writ/journal';
import type { Actor, Person, Point } from '../caller.ts';
import type { Control } from '../control.ts';
import { openControl } from '../control.ts';
import { shown } from '../mandate/shown.ts';
import type { Terms } from '../mandate/terms.ts';
import type { Ask } from '../operation/ask.ts';
import type { Outcome } from '../refusal.ts';
import { wordsOf } from '../refusal.ts';
import { pushTo, terms } from './scenario.ts';

export const person: Person = { kind: 'person', name: 'owner' };
export const sink: Point = { kind: 'point', name: 'sink' };
export const hour = 3_600_000;

/** Shows what a stop of everything would hit. */
export const everywhere = {
  act: 'revoke',
  project: null,
  mandate: null,
  agent: null,
  harness: null,
  model: null,
  reason: '',
  dryRun: true,
} as const;

/** The value of an outcome that has to be a yes. */
export function got<T>(outcome: Outcome<T>): T {
  if (!outcome.ok) throw new Error(`refused: ${wordsOf(outcome.refusal).sentence}`);
  return outcome.value;
}

/** The code of an outcome that has to be a refusal. */
export const codeOf = (outcome: Outcome<unknown>): string =>
  outcome.ok ? 'not refused' : wordsOf(outcome.refusal).code;

export type TestControl = Awaited<ReturnType<typeof testControl>>;

type OpenJournal = (dir: string, now: () => number) => Promise<Journal>;

const openEmbedded: OpenJournal = (dir, now) =>
  openSqliteJournal({ path: join(dir, 'control.db'), organisation: 'test', now });

/** Opens it; dispose it at the end. `seed` makes ids and tokens repeatable. */
export async function testControl(seed = 'seed', openJournal = openEmbedded) {
  const dir = await mkdtemp(join(tmpdir(), 'writ-control-'));
  const clock = { now: Date.UTC(2030, 0, 1) };
  let drawn = 0;
  const random = (bytes: number): Uint8Array =>
    createHash('sha512')
      .update(`${seed}:${String(drawn++)}`)
      .digest()
      .subarray(0, bytes);
  const open = async (): Promise<{ journal: Journal; control: Control }> => {
    const journal = await openJournal(dir, () => clock.now);
    return { journal, control: await openControl({ dir, now: () => clock.now, random, journal }) };
  };
  const opened = await open();
  const close = async (): Promise<void> => {
    await opened.control[Symbol.asyncDispose]();
    await opened.journal[Symbol.asyncDispose]();
  };
  const kit = {
    dir,
    clock,
    get control() {
      return opened.control;
    },
    get journal() {
      return opened.journal;
    },
    /** Somebody with these roles. */
    async person(name: string, grants: Grants): Promise<Person> {
      const { token } = got(await opened.control.addPerson(name, grants, { by: person }));
      const caller = opened.control.authenticate(token);
      if (caller?.kind !== 'person') throw new Error('the token does not name a person');
      return caller;
    },
    token: async (path: string) => (await readFile(join(dir, path), 'utf8')).trim(),
    /** Closes control and opens it over the same files, or over what `between` makes of them. */
    async restart(between: () => void = () => undefined): Promise<void> {
      await close();
      between();
      Object.assign(opened, await open());
    },
    async proposed(more: Partial<Terms> = {}): Promise<string> {
      return got(await opened.control.propose(terms({ expiresAt: clock.now + hour, ...more }), { by: person })).mandate
        .id;
    },
    async approved(more: Partial<Terms> = {}): Promise<string> {
      const id = await kit.proposed(more);
      // Proposed in the line above.
      const record = opened.control.answering(id)!;
      got(
        await opened.control.govern(
          id,
          { type: 'approve', revision: record.revision, textDigest: shown(record).digest, how: 'owner_token' },
          { by: person },
        ),
      );
      return id;
    },
    /** The actor of a mandate, by a credential for it. */
    async actorOf(mandate: string, run = 'run'): Promise<Actor> {
      const issued = await opened.control.issue(mandate, { id: run, expiresAt: undefined }, { by: person });
      const record = opened.control.answering(mandate);
      // One that was given while the mandate was in force.
      if (!issued.ok && record !== undefined) {
        const { id, actor, expiresAt } = record.mandate;
        return { kind: 'actor', mandate: id, actor, run, expiresAt };
      }
      const caller = opened.control.authenticate(got(issued).credential);
      if (caller?.kind !== 'actor') throw new Error('the credential does not name an actor');
      return caller;
    },
    async child(
      parent: string,
      more: { authority?: AuthoritySet; actor?: string; deeper?: number; budgets?: readonly Budget[] } = {},
    ): Promise<string> {
      const by = await kit.actorOf(parent);
      const delegation = { maxDepth: more.deeper ?? 0, maxChildren: 2, actors: 'any' } as const;
      const child = {
        purpose: 'a part',
        actor: more.actor ?? 'builder',
        authority: more.authority ?? pushTo('writ'),
        expiresAt: undefined,
        budgets: more.budgets,
        delegation,
      };
      return got(await opened.control.delegate(parent, child, { by })).mandate.id;
    },
    /** A push to a branch under `writ/`. */
    push: (mandate: string, more: Partial<Ask> = {}): Ask => ({
      mandate,
      action: 'git.push',
      resource: 'git://p/refs/heads/writ/x',
      facts: {},
      containment: uncontained,
      parameters: { oid: 'abc' },
      session: null,
      atLeast: undefined,
      ...more,
    }),
    async begun(mandate: string, key = 'key', more: Partial<Ask> = {}) {
      const by = await kit.actorOf(mandate);
      return got(await opened.control.begin(kit.push(mandate, more), 30_000, { by, key, body: key }));
    },
    redeem: async (permit: string) =>
      got(
        await opened.control.redeem(
          { permit, action: 'git.push', resource: 'git://p/refs/heads/writ/x', parameters: { oid: 'abc' } },
          sink,
        ),
      ),
    stop: async (id: string, type: 'revoke' | 'complete' = 'revoke') =>
      opened.control.state.receipts.get(
        got(await opened.control.stop(id, { type, reason: 'enough' }, { by: person })),
      )!, // a stop answers with a receipt of the fold
    suspend: async (id: string) =>
      opened.control.state.receipts.get(
        got(await opened.control.stop(id, { type: 'suspend', reason: 'wait' }, { by: person })),
      )!, // as above
    types: async (): Promise<readonly string[]> => (await opened.journal.readAll()).map(({ type }) => type),
    async [Symbol.asyncDispose]() {
      await close();
      await rm(dir, { recursive: true, maxRetries: 5 });
    },
  };
  return kit;
}
