/** A control of its own for an attack that speaks HTTP: raw requests by its owner or by an agent under a mandate. */

import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createControlClient } from '@writ/enforce';
import { controlApi } from '@writ/protocol';
import { startControlServer } from '@writ/server';
import { answerOf } from '../../test/kit/http/answer-of.ts';

export type Said = {
  readonly status: number;
  readonly body: { readonly code?: string; readonly detail?: string; readonly [more: string]: unknown };
};

export const details = [
  {
    type: 'mission_resource_access' as const,
    resource: 'git://p/refs/heads/writ',
    resource_match: 'prefix' as const,
    actions: ['git.push'],
  },
];
export const inAnHour = (): string => new Date(Date.now() + 3_600_000).toISOString();

/** Starts it; dispose it at the end. `before`: what is done to its folder first. */
export async function ownControl(before: (dir: string) => void = () => undefined) {
  const dir = await mkdtemp(join(tmpdir(), 'writ-attack-'));
  before(dir);
  let server = await startControlServer({ dir });
  const tokenIn = async (path: string) => (await readFile(join(dir, 'control', path), 'utf8')).trim();
  const owner = await tokenIn('owner.token');
  const person = createControlClient({ base: { url: server.url }, token: owner, timeoutMs: 10_000 });
  const must = async <T>(reply: Promise<{ ok: true; value: T } | { ok: false; problem: { detail: string } }>) => {
    const got = await reply;
    if (!got.ok) throw new Error(got.problem.detail);
    return got.value;
  };
  return {
    dir,
    get url() {
      return server.url;
    },
    /** Where it says it listens, the multiplexed socket first. */
    endpoint: () => ({ url: 'http://127.0.0.1:9', multiplex: join(dir, 'control', 'control.sock') }),
    /** Starts it again, at the same address. */
    async restart(port: number): Promise<void> {
      await server.close();
      server = await startControlServer({ dir, port });
    },
    owner,
    person,
    must,
    tokenIn,
    /** Sends exactly this text. */
    async send(method: string, path: string, text: string | undefined, headers: Record<string, string>): Promise<Said> {
      const length = text === undefined ? {} : { 'content-length': String(Buffer.byteLength(text)) };
      const type = text === undefined ? {} : { 'content-type': 'application/json' };
      const sent = request(server.url + path, { method, agent: false, headers: { ...type, ...length, ...headers } });
      sent.end(text);
      const response = await answerOf(sent);
      const parts: Buffer[] = [];
      for await (const part of response) parts.push(part as Buffer); // no encoding is set
      // The caller asserts what is in it.
      const body = JSON.parse(Buffer.concat(parts).toString('utf8')) as Said['body'];
      return { status: response.statusCode ?? 0, body };
    },
    /** An approved mandate, and the credential of a run under it. */
    async run(more: object = {}): Promise<{ readonly mandate: string; readonly credential: string }> {
      const body = {
        project: 'p',
        purpose: 'x',
        actor: 'builder',
        authorization_details: details,
        delegation: { max_depth: 3, max_children: 4, actors: 'any' as const },
        expires_at: inAnHour(),
        ...more,
      };
      const { id, revision, text_digest } = await must(person.call(controlApi.propose, { body }));
      const params = { id };
      await must(person.call(controlApi.approve, { params, body: { revision, text_digest } }));
      const { credential } = await must(person.call(controlApi.issueCredential, { params, body: { run: 'run' } }));
      return { mandate: id, credential };
    },
    async [Symbol.asyncDispose]() {
      person[Symbol.dispose]();
      await server.close();
      await rm(dir, { recursive: true, maxRetries: 5 });
    },
  };
}
