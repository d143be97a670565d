/**
 * An SSH agent for one run or session, in front of the person's own: it shows the keys a person gave to the project, and lets each signature through that the mandate
 * permits, for what the key was given. The keys never leave the person's agent.
 *
 * It refuses everything else of the protocol: nothing is added, removed, locked, or told of other keys. A signature for a login is for the server that its connection is
 * proved to be with. What was signed stays signed.
 */

import { createHash, randomUUID } from 'node:crypto';
import { chmodSync, mkdirSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import type { Socket } from 'node:net';
import { dirname } from 'node:path';
import { resourceUri } from '@writ/authority';
import { controlApi } from '@writ/protocol';
import type { Asker } from '../../enforcer/ask-control.ts';
import { beside } from '../../enforcer/ask-control.ts';
import type { Settlements } from '../../enforcer/settlements.ts';
import type { DoorHolder } from '../../gateway/door-holder.ts';
import type { Frame } from './agent-wire.ts';
import { frameOf, frameReader, identitiesFrame, numbers, readIdentities, readSignRequest } from './agent-wire.ts';
import { isKeyOf } from './known-hosts.ts';
import type { Bound, SignedFor } from './signed-for.ts';
import { readBind, signedFor } from './signed-for.ts';
import type { SshKey } from './ssh-keys.ts';
import { fingerprintOf } from './ssh-keys.ts';

export type SshAgentDeps = Asker & {
  readonly settlements: Settlements;
  /** The socket of the person's own agent. */
  readonly upstream: string;
  /** The keys of the holder's project, as they are now. */
  readonly keys: () => readonly SshKey[];
  /** The person's `known_hosts`. */
  readonly knownHosts: string;
  /** Why nothing goes through now, null when it does. */
  readonly closedBecause: () => string | null;
  /** A signature was refused. */
  readonly onRefused: (asked: { readonly action: string; readonly resource: string }, sentence: string) => void;
};

export interface SshAgent {
  readonly socketPath: string;
  /** Closes every connection, at once. */
  stop(): void;
  close(): Promise<void>;
}

const leaseMs = 15_000;
/** Of one message that the person's agent answers: it may ask them. */
const answerLimitMs = 60_000;
const mostConnections = 32;
const failure = frameOf(numbers.failure);

/** Opens it at `socketPath`. */
export async function openSshAgent(holder: DoorHolder, socketPath: string, deps: SshAgentDeps): Promise<SshAgent> {
  const open = new Set<Socket>();
  const server = createServer((client) => {
    open.add(client);
    client.once('close', () => open.delete(client));
    client.on('error', () => client.destroy());
    serve(holder, client, deps);
  });
  server.maxConnections = mostConnections;
  mkdirSync(dirname(socketPath), { recursive: true, mode: 0o700 });
  rmSync(socketPath, { force: true });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(socketPath, resolve);
  });
  chmodSync(socketPath, 0o600);
  const stop = (): void => {
    for (const client of open) client.destroy();
  };
  return {
    socketPath,
    stop,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          rmSync(socketPath, { force: true });
          resolve();
        });
        stop();
      }),
  };
}

/** One connection: its messages are answered in order, and what it was bound to is remembered. */
function serve(holder: DoorHolder, client: Socket, deps: SshAgentDeps): void {
  const bound: Bound[] = [];
  let last: Promise<void> = Promise.resolve();
  client.on(
    'data',
    frameReader(
      (frame) => {
        last = last
          .then(async () => {
            const answer = await answerTo(holder, frame, bound, deps);
            // INVARIANT: nothing is handed to what was stopped while it was asked about.
            if (deps.closedBecause() === null && !client.destroyed) client.write(answer);
            else client.destroy();
          })
          .catch(() => void client.destroy());
      },
      () => client.destroy(),
    ),
  );
}

async function answerTo(holder: DoorHolder, frame: Frame, bound: Bound[], deps: SshAgentDeps): Promise<Buffer> {
  if (deps.closedBecause() !== null) return failure;
  switch (frame.type) {
    case numbers.requestIdentities: {
      const given = new Set(deps.keys().map(({ fingerprint }) => fingerprint));
      const all = readIdentities(await askAgent(deps.upstream, frameOf(frame.type))) ?? [];
      return identitiesFrame(all.filter(({ key }) => given.has(fingerprintOf(key))));
    }
    case numbers.extension: {
      const one = readBind(frame);
      if (one === null) return failure;
      bound.push(one);
      return frameOf(numbers.success);
    }
    case numbers.signRequest:
      return sign(holder, frame, bound, deps);
    default:
      return failure;
  }
}

async function sign(holder: DoorHolder, frame: Frame, bound: readonly Bound[], deps: SshAgentDeps): Promise<Buffer> {
  const wanted = readSignRequest(frame);
  if (wanted === null) return failure;
  const key = deps.keys().find(({ fingerprint }) => fingerprint === fingerprintOf(wanted.key));
  if (key === undefined) return failure;
  const purpose = signedFor(wanted.data, wanted.key, bound);
  const fitting = useOf(key, purpose, deps.knownHosts);
  const resource = resourceUri('secret', key.project, `${key.name}/${(fitting ?? 'other').replace(':', '/')}`);
  if (!resource.ok) return failure;
  const asked = { action: 'credential.use', resource: resource.uri };
  if (fitting === null) {
    deps.onRefused(asked, whyNot(key, purpose));
    return failure;
  }
  const begun = await deps.control.call(controlApi.begin, {
    token: holder.credential,
    ...beside(deps),
    idempotencyKey: randomUUID(),
    body: {
      mandate: holder.mandate,
      session: holder.session,
      ...asked,
      parameters: {
        key: key.fingerprint,
        data: `sha-256:${createHash('sha256').update(wanted.data).digest('base64url')}`,
        ...(purpose.kind === 'login' ? { user: purpose.user } : {}),
      },
      containment: holder.containment,
      lease_ms: leaseMs,
    },
  });
  if (!begun.ok) {
    deps.onRefused(asked, begun.problem.detail);
    return failure;
  }
  const said = (outcome: 'done' | 'failed' | 'interrupted', evidence: string): void =>
    void deps.settlements.say({
      operation: begun.value.operation.id,
      credential: holder.credential,
      outcome,
      evidence,
    });
  const closed = deps.closedBecause();
  if (closed !== null) {
    said('interrupted', `${closed}; nothing was signed`);
    return failure;
  }
  const answer = await askAgent(deps.upstream, frameOf(frame.type, frame.body)).catch(() => null);
  const isSigned = answer?.type === numbers.signResponse;
  const after = deps.closedBecause();
  if (isSigned && after !== null) said('interrupted', `${after}; what was signed was not handed out`);
  else said(isSigned ? 'done' : 'failed', isSigned ? `signed for ${fitting}` : 'the agent of the person did not sign');
  return answer !== null && isSigned ? frameOf(answer.type, answer.body) : failure;
}

/** Which of its uses a signature is; null for none. */
function useOf({ uses }: SshKey, purpose: SignedFor, knownHosts: string): string | null {
  switch (purpose.kind) {
    case 'nothing_known':
      return null;
    case 'signature':
      return uses.find((use) => use === `sign:${purpose.namespace}`) ?? null;
    case 'login':
      return (
        uses.find(
          (use) => use.startsWith('login:') && isKeyOf(knownHosts, use.slice('login:'.length), purpose.hostKey),
        ) ?? null
      );
  }
}

function whyNot({ name, uses }: SshKey, purpose: SignedFor): string {
  const for_ = `the key \`${name}\` was given for ${uses.join(', ')}`;
  switch (purpose.kind) {
    case 'nothing_known':
      return purpose.why;
    case 'signature':
      return `${for_}, and not to sign as \`${purpose.namespace}\``;
    case 'login':
      return `${for_}, and the server with the key ${fingerprintOf(purpose.hostKey)} is none of them`;
  }
}

/** One question to the person's agent. */
function askAgent(path: string, message: Buffer): Promise<Frame> {
  return new Promise((resolve, reject) => {
    const socket = connect({ path, timeout: answerLimitMs });
    const over = (error: Error): void => {
      socket.destroy();
      reject(error);
    };
    socket.once('error', reject);
    socket.once('timeout', () => over(new Error('the agent did not answer in time')));
    socket.once('close', () => reject(new Error('the agent closed the connection')));
    socket.on(
      'data',
      frameReader(
        (frame) => {
          resolve(frame);
          socket.end();
        },
        () => over(new Error('the agent answered with no message')),
      ),
    );
    socket.write(message);
  });
}
