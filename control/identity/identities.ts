/**
 * Who is who: the owner's token and one per enforcement point, each in a file only control's user can read, and credentials for single runs.
 * Only hashes are kept.
 */

import { createHmac } from 'node:crypto';
import { join } from 'node:path';
import { effectiveState } from '@writ/authority';
import { privateFolder, readPrivate, writePrivate } from '@writ/journal';
import { whyNothingLeft } from '../budget/spent.ts';
import type { Actor, Caller, Itself, PointKind, SourceCaller } from '../caller.ts';
import type { Asked, PlannedWrite } from '../commit.ts';
import { claimOf, planeProject } from '../commit.ts';
import type { Core } from '../core.ts';
import { usableUntil } from '../judge.ts';
import { chainOf, current, isWithin } from '../mandate/lineage.ts';
import type { Outcome } from '../refusal.ts';
import { done, refuse } from '../refusal.ts';
import { credentialStream } from '../streams.ts';
import type { People } from './people.ts';
import { createPeople } from './people.ts';
import { mayNot, personNamed, seesMandate } from './rights.ts';
import type { IssuedCredential, Program } from './credential.ts';
import { hashOf, isToken, tokenFiles, tokenOf } from './credential.ts';

export type Issued = { readonly credential: string; readonly expiresAt: number };

/** The run a credential is for. */
export type RunOf = {
  readonly id: string;
  readonly expiresAt: number | undefined;
  readonly program?: Program | undefined;
};

export interface Identities {
  /** Who the token belongs to; undefined for a token nobody was given. */
  authenticate(token: string): Caller | undefined;
  /**
   * A credential for the mandate's own actor, for one run, while the mandate is in force. A repeated key gives the same one. `beside`: the
   * enforcement point that keeps it for the agent, also for a child of its mandate; without one an agent is given none, so that it never holds
   * what outlives its run.
   */
  issue(mandate: string, run: RunOf, asked: Asked, beside?: PointKind): Promise<Outcome<Issued>>;
  /** The credential that comes with a child its parent's actor has just created. */
  issueWithChild(child: string, asked: Asked): Promise<Outcome<Issued>>;
}
export type IdentitiesAndPeople = Identities & People;

const unnamed: Program = { harness: null, model: null };
/** Nothing acts with it: it is what each run's own credential is asked for with. */
const none: Program = { harness: 'writ', model: null };

const itself: Itself = { kind: 'control' };

/** Opens the identities of the folder, making the tokens that are missing. */
export async function openIdentities(
  core: Core,
  options: { readonly folder: string; readonly random: (bytes: number) => Uint8Array },
): Promise<IdentitiesAndPeople> {
  const { projection, commit, find } = core;
  await privateFolder(options.folder);
  await privateFolder(join(options.folder, 'points'));
  for (const { caller, path } of tokenFiles) await openToken(caller, join(options.folder, path));
  const secret = await openSecret(join(options.folder, 'keys', 'credential.key'));

  async function openToken(caller: Exclude<Caller, SourceCaller>, path: string): Promise<void> {
    const kept = (await readPrivate(path))?.trim();
    const token = kept !== undefined && isToken(kept) ? kept : tokenOf(caller.kind, options.random(32));
    if (token !== kept) await writePrivate(path, `${token}\n`);
    const id = caller.kind === 'actor' ? caller.run : `${caller.kind}-${caller.name}`;
    if (projection.credentials.has(hashOf(token))) return;
    await commit(itself, () =>
      done({ writes: [issuedWrite(id, token, caller, planeProject)], reliedOn: [], value: undefined }),
    );
  }

  async function openSecret(path: string): Promise<Buffer> {
    const kept = await readPrivate(path);
    if (kept !== undefined) return Buffer.from(kept, 'base64url');
    const made = Buffer.from(options.random(32));
    await writePrivate(path, made.toString('base64url'));
    return made;
  }

  function issuedWrite(
    id: string,
    token: string,
    caller: Caller,
    project: string,
    more: Pick<IssuedCredential, 'program' | 'startedBy'> = {},
  ): PlannedWrite {
    const lineage =
      caller.kind === 'actor' ? { mandate: caller.mandate, agent: caller.actor, attempt: caller.run } : {};
    return {
      stream: credentialStream(id),
      events: [
        {
          type: 'credential.issued',
          data: { at: core.now(), id, hash: hashOf(token), caller, ...more },
        },
      ],
      project,
      lineage,
    };
  }

  /** With a key, the token follows from it, so that a lost reply can be answered again although the token was never kept. */
  function tokenFor(kind: 'actor' | 'added' | 'visitor', asked: Asked, purpose: readonly string[]): string {
    const id = claimOf(asked, JSON.stringify(purpose));
    return tokenOf(kind, id === undefined ? options.random(32) : createHmac('sha256', secret).update(id).digest());
  }

  async function issueFor(mandateId: string, run: RunOf, asked: Asked): Promise<Outcome<Issued>> {
    const token = tokenFor('actor', asked, ['credential', mandateId, run.id]);
    const hash = hashOf(token);
    const outcome = await commit(asked.by, () => {
      const known = projection.credentials.get(hash)?.caller;
      if (known?.kind === 'actor') return done({ writes: [], reliedOn: [], value: known.expiresAt });
      const record = current(find, mandateId);
      if (record === undefined) return refuse({ code: 'not_found', what: 'mandate', id: mandateId });
      const { mandate } = record;
      const program = run.program ?? unnamed;
      const startedBy = asked.by.kind === 'person' ? { startedBy: asked.by.name } : {};
      const expiresAt = Math.min(run.expiresAt ?? mandate.expiresAt, mandate.expiresAt);
      const caller: Actor = { kind: 'actor', mandate: mandate.id, actor: mandate.actor, run: run.id, expiresAt };
      return done({
        writes: [issuedWrite(core.newId('c'), token, caller, mandate.project, { program, ...startedBy })],
        reliedOn: [],
        value: expiresAt,
      });
    });
    return outcome.ok ? done({ credential: token, expiresAt: outcome.value }) : outcome;
  }

  return {
    ...createPeople(core, {
      tokenFor: (kind, asked, purpose) => tokenFor(kind === 'person' ? 'added' : kind, asked, purpose),
      issuedWrite: (id, token, caller) => issuedWrite(id, token, caller, planeProject),
    }),
    authenticate: (token) => {
      const caller = isToken(token) ? projection.credentials.get(hashOf(token))?.caller : undefined;
      const isPerson = caller?.kind === 'person' || caller?.kind === 'visitor';
      return isPerson && personNamed(core, caller.name) === undefined ? undefined : caller;
    },
    issue: async (mandateId, run, asked, beside) => {
      const { by } = asked;
      const record = current(find, mandateId);
      if (record === undefined || !seesMandate(core, by, mandateId))
        return refuse({ code: 'not_found', what: 'mandate', id: mandateId });
      const refused = mayNot(core, by, 'run', record);
      if (refused !== undefined) return refused;
      const isOwn =
        by.kind === 'actor' &&
        usableUntil(core, by) > core.now() &&
        isWithin(find, record.mandate.id, current(find, by.mandate)?.mandate.id ?? '');
      if (by.kind !== 'person' && !(isOwn && beside !== undefined))
        return refuse({
          code: 'not_yours',
          sentence: `a credential for \`${mandateId}\` is for a person to ask for, or for the enforcement point that runs its own actor`,
        });
      const chain = chainOf(find, record.mandate.id);
      const state = effectiveState(chain, core.now())?.name ?? 'unknown';
      if (state !== 'active')
        return refuse({
          code: 'out_of_bounds',
          sentence: `\`${record.mandate.id}\` is ${state}, and no credential is given under it`,
          wayOut: 'it has to be in force first',
        });
      const spent = whyNothingLeft(core, chain);
      if (spent !== undefined) return refuse({ code: 'spent', reason: spent });
      return issueFor(mandateId, run, asked);
    },
    issueWithChild: (child, asked) => issueFor(child, { id: child, expiresAt: undefined, program: none }, asked),
  };
}
