/**
 * The server's end of a proxied connection: a process of its own for each connection (stdio), or the address a person gave (Streamable HTTP).
 *
 * What the server is given to sign in with, or a person signed in for, goes to it alone. It ends with the connection, its processes with it, and with the enforcer.
 */

import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import type { JSONRPCMessage, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import type { SignIns } from '../../broker/sign-in/sign-ins.ts';
import { scrubbedEnv } from '../../supervisor/hidden-places.ts';
import { kill, treeOf } from '../../supervisor/process-tree.ts';
import { pdeathsig } from '../../supervisor/spawn-run.ts';
import type { Message } from './json-rpc.ts';
import { revisionOf } from './envelope.ts';
import { idOf, isMessage, membersOf, methodOf } from './json-rpc.ts';
import { lineOf, readMessages } from './lines.ts';
import type { McpServer } from './mcp-server.ts';
import type { ParamHeader } from './param-headers.ts';
import { paramHeaders } from './param-headers.ts';

export interface Upstream {
  /** `params`: what of a call's arguments stands in headers, too, where there are any. */
  send(message: Message, params?: readonly ParamHeader[]): void;
  /** Ends it; resolves when nothing of it is left here. */
  end(): Promise<void>;
}

export type UpstreamEvents = {
  readonly onMessage: (message: Message) => void;
  /** Once; nothing comes any more. */
  readonly onEnd: (why: string) => void;
};

/** The tokens of servers that a person signed in to. */
export type UpstreamTokens = Pick<SignIns, 'token' | 'renew'>;

type Launch<Kind> = Extract<McpServer['launch'], { readonly kind: Kind }>;

const killDeadlineMs = 2_000;
/** Of what a server says on its error output, what is kept to explain its end. */
const keptError = 2_000;

/** Starts the server, or the conversation with it, for one connection. */
export const openUpstream = ({ launch }: McpServer, events: UpstreamEvents, tokens: UpstreamTokens): Upstream =>
  launch.kind === 'stdio' ? overPipes(launch, events) : overHttp(launch, events, tokens);

function overPipes({ argv, cwd, env }: Launch<'stdio'>, { onMessage, onEnd }: UpstreamEvents): Upstream {
  // INVARIANT: nobody else's: whatever carries it ends with this connection, and another of the same server, or another enforcer's, must not.
  const mark = randomUUID();
  const [file = '', ...rest] = [...pdeathsig(), ...argv];
  const child = spawn(file, rest, {
    cwd,
    env: { ...scrubbedEnv(process.env, {}), ...env, WRIT_MCP: mark },
    detached: true,
    stdio: 'pipe',
  });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-keptError);
  });
  const tree = child.pid === undefined ? null : treeOf(child.pid, `WRIT_MCP=${mark}`, null);
  let isOver = false;
  const over = (why: string): void => {
    if (isOver) return;
    isOver = true;
    onEnd(why);
  };
  child.stdin.on('error', () => undefined); // it may end without reading
  child.once('error', (error) => over(`\`${argv[0] ?? ''}\` could not be started: ${error.message}`));
  child.once('exit', (code, signal) => {
    const last = said.trim().split('\n').at(-1) ?? '';
    over(`it ended with ${signal ?? `exit code ${String(code)}`}${last === '' ? '' : `: ${last}`}`);
  });
  // What it wrote before its end is read to the end; its exit says why.
  readMessages(child.stdout, onMessage, (why) => {
    if (why !== 'it was closed') over(why);
  });
  return {
    send: (message) => void child.stdin.write(lineOf(message)),
    async end() {
      isOver = true;
      child.stdin.end();
      if (tree !== null) await kill(tree, killDeadlineMs);
    },
  };
}

function overHttp(
  { url, headers }: Launch<'http'>,
  { onMessage, onEnd }: UpstreamEvents,
  tokens: UpstreamTokens,
): Upstream {
  const initializing = new Set<unknown>();
  /** Requests that stand by themselves: each ends with its own stream. */
  const open = new Map<unknown, AbortController>();
  let isOver = false;
  const over = (why: string): void => {
    if (isOver) return;
    isOver = true;
    onEnd(why);
  };
  const opened = begin();
  async function begin(): Promise<StreamableHTTPClientTransport> {
    // Loaded where somebody uses it: most machines have no such server.
    const { StreamableHTTPClientTransport: Transport } = await import('@modelcontextprotocol/client');
    const isGiven = Object.keys(headers).some((name) => name.toLowerCase() === 'authorization');
    const authProvider = {
      token: () => Promise.resolve(tokens.token(url)),
      onUnauthorized: () => tokens.renew(url),
    };
    const transport = new Transport(new URL(url), { requestInit: { headers }, ...(!isGiven && { authProvider }) });
    transport.onmessage = (message: unknown) => {
      if (!isMessage(message)) return;
      if (methodOf(message) === undefined) open.delete(message['id']);
      const { protocolVersion } = membersOf(message['result']);
      if (initializing.delete(message['id']) && typeof protocolVersion === 'string')
        transport.setProtocolVersion(protocolVersion);
      onMessage(message);
    };
    transport.onclose = () => over('it was closed');
    await transport.start();
    return transport;
  }
  return {
    send(message, params = []) {
      const id = idOf(message);
      if (methodOf(message) === 'initialize') initializing.add(id);
      // MCP 2026-07-28, Cancellation: a request that has a stream of its own is cancelled by ending that.
      const cancelled =
        methodOf(message) === 'notifications/cancelled'
          ? open.get(membersOf(message['params'])['requestId'])
          : undefined;
      if (cancelled !== undefined) return cancelled.abort();
      const isModern = id !== undefined && revisionOf(message) !== undefined;
      const stream = new AbortController();
      if (isModern) open.set(id, stream);
      const options = isModern && {
        headers: paramHeaders(params, membersOf(message['params'])['arguments']),
        requestSignal: stream.signal,
      };
      opened
        // A message of the agent's own, or of ours: the transport writes it out as it is.
        .then((transport) => transport.send(message as unknown as JSONRPCMessage, options || {}))
        .catch((error: unknown) => {
          if (stream.signal.aborted) return;
          const said = id === undefined ? null : saidIn(error);
          if (said === null) return over(error instanceof Error ? error.message : String(error));
          open.delete(id);
          onMessage({ ...said, id });
        });
    },
    async end() {
      isOver = true;
      const transport = await opened.catch(() => null);
      await transport?.terminateSession().catch(() => undefined); // a server need not have sessions to end
      await transport?.close();
    },
  };
}

/** The protocol's own error in what a server answered with 400 or 404, which says what it does not take; null for every other failure. */
function saidIn(failure: unknown): Message | null {
  const { text, status } = membersOf(failure instanceof Error && 'data' in failure ? failure.data : null);
  if (typeof text !== 'string' || (status !== 400 && status !== 404)) return null;
  try {
    const said: unknown = JSON.parse(text);
    return isMessage(said) && isMessage(said['error']) ? said : null;
  } catch {
    return null; // it is no message of the protocol's
  }
}
