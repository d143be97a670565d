/** Asks an MCP server what it offers, as a person wants to see it before any agent does. It begins as every server there is understands, and goes on as one does that speaks only 2026-07-28. */

import { acrossEras } from './across-eras.ts';
import { earlier } from './envelope.ts';
import type { Message, MessageId } from './json-rpc.ts';
import { idOf, isMessage, membersOf, notification, request } from './json-rpc.ts';
import type { McpServer } from './mcp-server.ts';
import { SignInNeeded } from '../../broker/sign-in/sign-ins.ts';
import type { Upstream, UpstreamTokens } from './upstream.ts';
import { openUpstream } from './upstream.ts';

const limitMs = 30_000;
const mostPages = 100;

export type Inspected =
  | { readonly ok: true; readonly tools: readonly unknown[] }
  | { readonly ok: false; readonly why: string; readonly wantsSignIn: boolean };

/** Everything that `ask` pages through of `tools/list`. Throws what `ask` throws. */
export async function everyTool(
  ask: (method: string, params: Message) => Promise<Message>,
): Promise<readonly unknown[]> {
  const tools: unknown[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < mostPages; page += 1) {
    const { tools: some, nextCursor } = await ask('tools/list', cursor === undefined ? {} : { cursor });
    if (!Array.isArray(some)) throw new Error('its list of tools is none');
    tools.push(...(some as readonly unknown[])); // an array of whatever the server sent
    if (typeof nextCursor !== 'string') return tools;
    cursor = nextCursor;
  }
  throw new Error(`its list of tools has more than ${String(mostPages)} pages`);
}

/** Starts `server` for this alone, and ends it again. */
export async function inspect(server: McpServer, tokens: UpstreamTokens): Promise<Inspected> {
  const replies = new Map<MessageId, (reply: Message) => void>();
  let end: (why: string) => void = () => undefined;
  const ended = new Promise<never>((_, reject) => {
    end = (why) => reject(new Error(why));
  });
  ended.catch(() => undefined); // it may end when nobody waits any more
  const timer = setTimeout(() => end(`it did not answer within ${String(limitMs / 1_000)} s`), limitMs);
  let wantsSignIn = false;
  const asked: UpstreamTokens = {
    token: tokens.token,
    renew: (url) =>
      tokens.renew(url).catch((error: unknown) => {
        wantsSignIn = error instanceof SignInNeeded;
        throw error;
      }),
  };
  const upstream: Upstream = acrossEras((events) => openUpstream(server, events, asked), {
    onMessage: (message) => replies.get(idOf(message) ?? '')?.(message),
    onEnd: (why) => end(why),
  });
  let next = 0;
  const ask = async (method: string, params: Message): Promise<Message> => {
    const id = `writ-${String((next += 1))}`;
    const replied = new Promise<Message>((resolve) => replies.set(id, resolve));
    upstream.send(request(id, method, params));
    const reply = await Promise.race([replied, ended]);
    if (isMessage(reply['error'])) throw new Error(String(reply['error']['message']));
    return membersOf(reply['result']);
  };
  try {
    await ask('initialize', { protocolVersion: earlier, capabilities: {}, clientInfo: { name: 'writ', version: '0' } });
    upstream.send(notification('notifications/initialized', {}));
    return { ok: true, tools: await everyTool(ask) };
  } catch (error) {
    return { ok: false, why: error instanceof Error ? error.message : String(error), wantsSignIn };
  } finally {
    clearTimeout(timer);
    await upstream.end();
  }
}
