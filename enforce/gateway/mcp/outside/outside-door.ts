/**
 * The door for agents outside every sandbox: an address on loopback for each MCP server of this machine, an OAuth protected resource (RFC 9728) whose tokens name
 * that address and stand for a pass. It opens when a person first gives one, and at each start after that.
 *
 * A token is evidence of a pass and of nothing else: it is never sent on, and at each request control is asked whether the mandate is in force, and who has a key proves to hold it. What comes through is judged
 * like a run's calls. It refuses a token in an address, and whoever comes by another name of this machine or from a page of the web.
 */

import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { uncontained } from '@writ/authority';
import { controlApi, proofAlgorithms } from '@writ/protocol';
import type { ControlClient } from '../../../client/control-client.ts';
import type { Answer } from '../../../enforcer/answer.ts';
import { done, refuse } from '../../../enforcer/answer.ts';
import { chainOf } from '../../../enforcer/ask-control.ts';
import { http } from '../../../node-http.ts';
import type { DoorHolder } from '../../door-holder.ts';
import type { Authorization } from './authorization.ts';
import { createAuthorization } from './authorization.ts';
import { openConversation } from './conversation.ts';
import { addressOf, challenge, challengeProof, headerOf, sendError, sendJson, whyNotHere } from './http-answers.ts';
import { createKeyProofs } from './key-proofs.ts';
import type { McpEndpoint } from './mcp-endpoint.ts';
import { createMcpEndpoint } from './mcp-endpoint.ts';
import type { Pass } from './pass.ts';
import { admit } from './pass.ts';
import { openPasses } from './passes.ts';

export type PassAsk = {
  readonly server: string;
  readonly mandate: string;
  /** Issued by control for the run of this id. */
  readonly run: string;
  readonly credential: string;
  readonly name: string;
  readonly expiresAt: number;
  /** The word of a client that waits at the door; null: the token is handed over. */
  readonly word: string | null;
  /** The thumbprint of the key that the token counts with alone; null: of the key that a client proves to hold when it takes the token, or of none. */
  readonly jkt: string | null;
};

/** `token` null: the client that waits has it. */
export type PassGiven = { readonly pass: Pass; readonly url: string; readonly token: string | null };

export interface OutsideDoor extends AsyncDisposable {
  /** Opens it, and says where a server is. */
  addressOf(server: string): Promise<Answer<{ readonly url: string }>>;
  give(ask: PassAsk): Promise<Answer<PassGiven>>;
  list(): readonly Pass[];
  end(id: string): Answer<Pass>;
  /** Whose pass it is that a connection speaks for; undefined where it is none. */
  passOf(run: string): Pass | undefined;
  /** No pass counts any more of those it holds for; the mandates they were under. */
  endAll(concerns: (pass: Pass) => boolean, why: string): readonly string[];
}

export type OutsideDoorDeps = {
  /** Where its files are. */
  readonly folder: string;
  readonly control: ControlClient;
  readonly now: () => number;
  /** Of every MCP server of this machine. */
  readonly names: () => readonly string[];
  readonly namesFor: (project: string | null) => readonly string[];
  readonly connect: (holder: DoorHolder, name: string, agent: Duplex) => boolean;
  /** Nothing of this run goes through any more. */
  readonly onEnded: (run: string, why: string) => void;
  readonly report: (sentence: string) => void;
};

type Open = { readonly origin: string; readonly server: Server; readonly authorization: Authorization };

/** The door with its passes. Opens where it was open before. Throws when its files cannot be trusted. */
export function createOutsideDoor(deps: OutsideDoorDeps): OutsideDoor {
  const { folder, control, now, namesFor, report } = deps;
  const passes = openPasses(folder);
  const proofs = createKeyProofs(now);
  const endpoint: McpEndpoint = createMcpEndpoint((pass) =>
    openConversation((agent) => deps.connect(holderOf(pass), pass.server, agent)),
  );
  const place = join(folder, 'mcp-outside.json');
  let open: Promise<Open> | null = existsSync(place) ? start() : null;
  open?.catch((error: unknown) => {
    open = null;
    report(`the door for agents outside does not open: ${error instanceof Error ? error.message : String(error)}`);
  });

  const serverAt = (origin: string, address: string): string | undefined =>
    deps.names().find((name) => address === `${origin}/mcp/${name}`);

  async function start(): Promise<Open> {
    const last = existsSync(place) ? Number(/"port":(\d+)/.exec(readFileSync(place, 'utf8'))?.[1] ?? 0) : 0;
    const server = http.createServer((request, response) => {
      answer(request, response).catch((error: unknown) => {
        report(`a request at the door for agents outside failed: ${String(error)}`);
        sendError(response, 500, -32_603, 'the door failed');
      });
    });
    server.headersTimeout = 10_000;
    const port = await listen(server, last).catch(() => listen(server, 0));
    if (port !== last) {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      writeFileSync(`${place}.new`, `${JSON.stringify({ port })}\n`, { mode: 0o600, flush: true });
      renameSync(`${place}.new`, place);
      if (last !== 0) report('the door for agents outside has another port: tokens for the old one count no more');
    }
    const origin = `http://127.0.0.1:${String(port)}`;
    const atOrigin = (address: string): string | undefined => serverAt(origin, address);
    return { origin, server, authorization: createAuthorization({ issuer: origin, serverAt: atOrigin, proofs, now }) };
  }
  const opened = (): Promise<Open> => (open ??= start());

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { origin, authorization } = await opened();
    const why = whyNotHere(request, origin);
    if (why !== undefined) return sendError(response, 403, -32_000, why);
    const { pathname, searchParams } = new URL(request.url ?? '/', origin);
    // OAuth 2.1 §5.1: an address is logged, and shown.
    if (searchParams.has('access_token')) return sendError(response, 400, -32_000, 'a token is never in an address');
    const described = /^\/\.well-known\/oauth-protected-resource(\/mcp\/[^/]+)$/.exec(pathname)?.[1];
    const name = serverAt(origin, `${origin}${described ?? pathname}`);
    if (name === undefined) {
      if (!(await authorization.answer(request, response))) sendError(response, 404, -32_000, 'there is nothing here');
      return;
    }
    const resource = `${origin}/mcp/${name}`;
    if (described !== undefined) return sendJson(response, 200, metadataOf(resource, origin, name));
    return admitted({ origin, resource, name }, request, response);
  }

  async function admitted(
    { origin, resource, name }: { readonly origin: string; readonly resource: string; readonly name: string },
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const metadata = `${origin}/.well-known/oauth-protected-resource/mcp/${name}`;
    const [, scheme, token] = /^(Bearer|DPoP) ([\x21-\x7e]+)$/i.exec(request.headers.authorization ?? '') ?? [];
    if (token === undefined || scheme === undefined) return challenge(response, metadata, null);
    const { keyOf } = passes;
    const admission = admit(
      token,
      { issuer: origin, resource, server: name, keyOf, passOf: (id) => passes.get(id) },
      now(),
    );
    if (!admission.ok) return challenge(response, metadata, admission.why);
    const { pass } = admission;
    const unproven = await whyUnproven(pass, { scheme: scheme.toLowerCase(), token }, request);
    if (unproven !== null) return challengeProof(response, metadata, { ...unproven, nonce: proofs.nonce() });
    if (pass.jkt !== null) response.setHeader('dpop-nonce', proofs.nonce());
    const found = await control.call(controlApi.getMandate, { params: { id: pass.mandate } });
    if (!found.ok) return sendError(response, 503, -32_000, `control was asked, and said: ${found.problem.detail}`);
    const { state, state_detail: detail } = found.value;
    if (state === 'suspended') return sendError(response, 403, -32_000, `the mandate is suspended: ${detail}`);
    if (state !== 'active') {
      endAll((one) => one.mandate === pass.mandate, 'its mandate has ended');
      return challenge(response, metadata, 'its mandate has ended');
    }
    return endpoint.answer(pass, request, response);
  }

  /**
   * Why who came does not prove to hold the key of the pass; null where they do, or it has none.
   *
   * INVARIANT: a token with a key is nobody's who only bears it, and one without is not taken for proven.
   */
  async function whyUnproven(
    { jkt }: Pass,
    { scheme, token }: { readonly scheme: string; readonly token: string },
    request: IncomingMessage,
  ): Promise<{ readonly error: string; readonly why: string } | null> {
    if (jkt === null)
      return scheme === 'bearer' ? null : { error: 'invalid_token', why: 'the token is bound to no key' };
    const proof = headerOf(request, 'dpop');
    if (scheme === 'bearer' || proof === undefined)
      return { error: 'invalid_token', why: 'the token is bound to a key, and came without a proof of it' };
    const wanted = { method: request.method ?? '', url: addressOf(request), token };
    const proven = await proofs.verify(proof, wanted);
    if (!proven.ok) return proven;
    return proven.jkt === jkt ? null : { error: 'invalid_token', why: 'the proof is signed with another key' };
  }

  function endAll(concerns: (pass: Pass) => boolean, why: string): readonly Pass[] {
    const ended = passes.end(concerns);
    for (const { id } of ended) {
      endpoint.end(id);
      deps.onEnded(id, why);
    }
    return ended;
  }

  async function give(ask: PassAsk): Promise<Answer<PassGiven>> {
    const { server, mandate, word, run: id } = ask;
    const chain = await chainOf(control, mandate);
    if (!chain.ok) return chain;
    const { leaf, ids, expiresAt } = chain.value;
    if (leaf.state !== 'active')
      return refuse('mandate_inactive', 409, `mandate \`${mandate}\` is not in force: ${leaf.state_detail}`, null);
    if (!namesFor(leaf.project).includes(server))
      return refuse('not_found', 404, `\`${leaf.project}\` has no MCP server \`${server}\``, 'see `writ mcp list`');
    if (passes.get(id) !== undefined) return refuse('conflict', 409, `there is a pass \`${id}\` already`, null);
    const { origin, authorization } = await opened();
    const waiting = word === null ? undefined : authorization.waiting(word);
    if (word !== null && waiting?.server !== server)
      return refuse('not_found', 404, `nobody waits for \`${server}\` under \`${word}\``, 'look at the page again');
    const pass: Pass = {
      ...{ id, server, mandate, project: leaf.project, chain: ids, credential: ask.credential },
      ...{ name: waiting?.name ?? ask.name, expiresAt: Math.min(ask.expiresAt, expiresAt), jkt: ask.jkt },
    };
    passes.add(pass);
    const url = `${origin}/mcp/${server}`;
    const tokenOf = (one: Pass): Promise<string> => passes.tokenFor(one, origin, url, now());
    if (word === null) return done({ pass, url, token: await tokenOf(pass) });
    authorization.grant(word, {
      expiresAt: pass.expiresAt,
      async token(jkt) {
        const known = passes.get(id);
        // A key that the person named is the one.
        if (known === undefined || (known.jkt !== null && known.jkt !== jkt)) return null;
        const bound = { ...known, jkt };
        if (jkt !== known.jkt) passes.add(bound);
        return tokenOf(bound);
      },
    });
    return done({ pass, url, token: null });
  }

  return {
    async addressOf(server) {
      if (!deps.names().includes(server))
        return refuse('not_found', 404, `there is no MCP server \`${server}\` here`, 'see `writ mcp list`');
      return done({ url: `${(await opened()).origin}/mcp/${server}` });
    },
    give,
    list: () => passes.list(now()),
    end(id) {
      const [ended] = endAll((pass) => pass.id === id, 'a person ended its pass');
      return ended === undefined ? refuse('not_found', 404, `there is no pass \`${id}\``, null) : done(ended);
    },
    passOf: (run) => passes.get(run),
    endAll: (concerns, why) => endAll(concerns, why).map(({ mandate }) => mandate),
    async [Symbol.asyncDispose]() {
      for (const { id } of passes.list(now())) endpoint.end(id);
      const { server } = (await open?.catch(() => null)) ?? {};
      if (server === undefined) return;
      server.close();
      server.closeAllConnections();
    },
  };
}

/** Who speaks for a pass: as far as is known, whoever comes can reach anything. */
const holderOf = ({ id, mandate, project, credential }: Pass): DoorHolder => ({
  ...{ run: id, session: id, mandate, project, credential },
  containment: uncontained,
});

const metadataOf = (resource: string, issuer: string, name: string): object => ({
  resource,
  authorization_servers: [issuer],
  bearer_methods_supported: ['header'],
  dpop_signing_alg_values_supported: proofAlgorithms,
  resource_name: `${name}, through Writ`,
});

const listen = (server: Server, port: number): Promise<number> =>
  new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject);
      const address = server.address();
      if (address === null || typeof address === 'string') reject(new Error('it has no port'));
      else resolve(address.port);
    });
  });
