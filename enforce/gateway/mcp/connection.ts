/**
 * One agent talking to one MCP server through us. Tools are filtered and judged; everything else goes through as it came, whatever its method.
 *
 * It refuses to show or to call what a person has not trusted, tasks that would go on behind a call (nobody would hold them), and anything at all while the
 * run stands still.
 */

import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CompiledAuthoritySet } from '@writ/authority';
import type { DoorHolder } from '../door-holder.ts';
import { acrossEras } from './across-eras.ts';
import type { Catalogue, Standing } from './catalogue.ts';
import { compareCatalogue } from './catalogue.ts';
import { envelopeOf } from './envelope.ts';
import type { HeldCall, HeldCallDeps } from './held-call.ts';
import { cancelGraceMs, holdCall } from './held-call.ts';
import { everyTool } from './inspect.ts';
import type { Message, MessageId } from './json-rpc.ts';
import {
  error,
  idOf,
  isMessage,
  membersOf,
  methodOf,
  notification,
  refusedResult,
  request,
  result,
} from './json-rpc.ts';
import { lineOf, readMessages } from './lines.ts';
import type { McpServer } from './mcp-server.ts';
import type { ParamHeader } from './param-headers.ts';
import type { Allowed, Begun, CallDeps } from './tool-call.ts';
import { allowCall, refused, whyNoRead, withLineage } from './tool-call.ts';
import type { Upstream, UpstreamTokens } from './upstream.ts';
import { openUpstream } from './upstream.ts';
import { visibleTools } from './visible-tools.ts';

export type ConnectionDeps = CallDeps &
  HeldCallDeps & {
    readonly tokens: UpstreamTokens;
    /** Why nothing goes through now, null when it does. */
    readonly closedBecause: () => string | null;
    /** The bounds of the holder's mandate, by which tools are shown; null while they are not known: none is. */
    readonly authority: () => Promise<CompiledAuthoritySet | null>;
    /** The server does not offer what was trusted. */
    readonly onStrange: (strange: Catalogue['strange']) => void;
  };

export interface Connection {
  readonly server: string;
  /** Ends both ends. Calls under way are settled as nobody knows, unless the server had answered. */
  end(why: string): Promise<void>;
}

/** `headers`: of the arguments, those its server wants said there, too. */
type Judged = Allowed & { readonly headers: readonly ParamHeader[] };

/** The longest answer a model is given, in characters. */
const maxAnswer = 1_000_000;

/** Starts the server and carries messages between it and `agent`. */
export function connectAgent(holder: DoorHolder, server: McpServer, agent: Duplex, deps: ConnectionDeps): Connection {
  const own = new Map<MessageId, (reply: Message) => void>();
  const lists = new Set<MessageId>();
  const calls = new Map<MessageId, HeldCall | null>();
  let catalogue: Promise<Catalogue> | null = null;
  let next = 0;
  let over: string | null = null;
  /** What the agent says of itself with each request (MCP 2026-07-28, `_meta`): our own questions say the same, or the server takes them for an earlier revision's. */
  let envelope: Message = {};

  const toAgent = (message: Message): void => {
    if (!agent.destroyed) agent.write(lineOf(message));
  };
  const upstream: Upstream = acrossEras((events) => openUpstream(server, events, deps.tokens), {
    onMessage: (message) => void fromServer(message),
    onEnd: (why) => void finish(`the server is gone: ${why}`),
  });
  readMessages(
    agent,
    (message) => {
      fromAgent(message).catch((thrown: unknown) => {
        void finish(thrown instanceof Error ? thrown.message : String(thrown));
      });
    },
    (why) => void end(`the agent is gone: ${why}`),
  );

  function ask(method: string, params: Message): Promise<Message> {
    const id = `writ-${String((next += 1))}`;
    return new Promise((resolve, reject) => {
      own.set(id, (reply) => {
        own.delete(id);
        if (isMessage(reply['error'])) reject(new Error(String(reply['error']['message'])));
        else resolve(membersOf(reply['result']));
      });
      const isEmpty = Object.keys(envelope).length === 0;
      upstream.send(request(id, method, isEmpty ? params : { ...params, _meta: envelope }));
    });
  }

  const catalogueNow = (): Promise<Catalogue> =>
    (catalogue ??= everyTool(ask).then((listed) => {
      const compared = compareCatalogue(server, listed);
      if (compared.strange.length > 0) deps.onStrange(compared.strange);
      return compared;
    }));

  async function fromAgent(message: Message): Promise<void> {
    const [id, method] = [idOf(message), methodOf(message)];
    if (method === undefined) return upstream.send(message); // the answer to a question of the server's
    if (id !== undefined) envelope = envelopeOf(message);
    const closed = deps.closedBecause();
    if (closed !== null) {
      if (id !== undefined) toAgent(error(id, -32_000, `nothing goes through this door now: ${closed}`));
      return;
    }
    if (typeof id === 'string' && id.startsWith('writ-'))
      return toAgent(error(id, -32_600, 'an id must not start with `writ-`'));
    if (method === 'notifications/cancelled') return cancelled(message);
    if (method === 'tools/call') return id === undefined ? undefined : call(id, membersOf(message['params']));
    if (method === 'resources/read' || method === 'resources/subscribe') {
      const words = await whyNoRead(holder, server, membersOf(message['params'])['uri'], deps);
      if (words !== null) return id === undefined ? undefined : toAgent(error(id, -32_000, words));
    }
    if (method === 'tools/list' && id !== undefined) lists.add(id);
    upstream.send(message);
  }

  async function call(id: MessageId, params: Message): Promise<void> {
    if (calls.has(id)) return toAgent(error(id, -32_600, 'a call with this id is under way'));
    calls.set(id, null);
    const { headers, ...allowed } = await judge(params).catch((thrown: unknown): Judged => {
      const why = thrown instanceof Error ? thrown.message : String(thrown);
      return { ...refused(`it could not be judged: ${why}`, null, null), headers: [] };
    });
    // It was cancelled, or all is over, while it was judged.
    const isGone = over !== null || !calls.has(id);
    if (!allowed.ok) {
      calls.delete(id);
      return toAgent(result(id, refusedResult(allowed.words)));
    }
    if (allowed.begun !== null) {
      const flight = hold(id, allowed.begun);
      if (isGone) return flight.land('interrupted', 'it was cancelled before anything was sent');
      calls.set(id, flight);
    }
    if (isGone) return;
    upstream.send(request(id, 'tools/call', withLineage(params, holder, server, allowed)), headers);
  }

  async function judge(params: Message): Promise<Judged> {
    const no = (sentence: string, wayOut: string | null): Judged => ({
      ...refused(sentence, wayOut, null),
      headers: [],
    });
    const { name, arguments: args, task } = params;
    if (typeof name !== 'string') return no('the call names no tool', null);
    if (task !== undefined)
      return no('a task would go on behind the call, where nobody holds it; call it without `task`', null);
    const { digest, standing } = await catalogueNow();
    const found = standing(name);
    if (found.is !== 'trusted')
      return no(wordsOf(name, found.is), `a person looks at it: \`writ mcp trust ${server.name}\``);
    const { tool, headers } = found;
    return { ...(await allowCall(holder, { server, tool, args, catalogueDigest: digest }, deps)), headers };
  }

  const wordsOf = (name: string, is: Exclude<Standing['is'], 'trusted'>): string => {
    const tool = `the tool \`${name}\` of the MCP server \`${server.name}\``;
    if (is === 'gone') return `there is no ${tool.slice(4)}`;
    if (is === 'misannotated') return `${tool} wants arguments said in headers in a way that no client may follow`;
    if (is === 'new') return `${tool} was not there when a person looked at the server`;
    return is === 'changed'
      ? `${tool} is not what it was when a person looked at it`
      : `the name of ${tool} is there twice`;
  };

  const hold = (id: MessageId, begun: Begun): HeldCall =>
    holdCall(
      holder,
      { ...begun, fenced: server.fenced },
      {
        onCancel: (reason) => upstream.send(notification('notifications/cancelled', { requestId: id, reason })),
        onOverdue(why) {
          toAgent(result(id, refusedResult(`Stopped: ${why}. Whether it took effect is not known.`)));
          // What does not answer is not left to go on.
          void finish('the server did not answer the cancellation in time');
        },
        onLanded: () => void calls.delete(id),
      },
      deps,
    );

  /** The agent's own wish; a server that was told need not answer. */
  function cancelled(message: Message): void {
    upstream.send(message);
    const { requestId } = membersOf(message['params']);
    if (typeof requestId !== 'string' && typeof requestId !== 'number') return;
    const flight = calls.get(requestId);
    if (flight === null) calls.delete(requestId);
    else
      setTimeout(
        () => void flight?.land('unknown', 'the agent cancelled it, and the server did not say what became of it'),
        cancelGraceMs,
      ).unref();
  }

  async function fromServer(message: Message): Promise<void> {
    const [id, method] = [idOf(message), methodOf(message)];
    if (method === 'notifications/tools/list_changed') catalogue = null;
    if (method !== undefined || id === undefined) return toAgent(message);
    const mine = own.get(id);
    if (mine !== undefined) return mine(message);
    if (lists.delete(id)) return toAgent(await shown(message));
    if (calls.has(id)) {
      const flight = calls.get(id);
      calls.delete(id);
      const isError = isMessage(message['error']) || membersOf(message['result'])['isError'] === true;
      await flight?.land(isError ? 'failed' : 'done', `the server ${isError ? 'said that it failed' : 'answered'}`);
      return toAgent(bounded(id, message));
    }
    toAgent(message);
  }

  function bounded(id: MessageId, message: Message): Message {
    const length = JSON.stringify(message).length;
    if (length <= maxAnswer) return message;
    const most = maxAnswer.toLocaleString('en');
    return result(
      id,
      refusedResult(
        `It was done. Its answer is ${length.toLocaleString('en')} characters, more than ${most}, and is left out: ask for less.`,
      ),
    );
  }

  /** A list with what is not trusted, or not in what was approved, left out. The call is judged all the same. */
  async function shown(message: Message): Promise<Message> {
    const { tools, ...rest } = membersOf(message['result']);
    if (!Array.isArray(tools)) return message;
    const [now, authority] = await Promise.all([catalogueNow().catch(() => null), deps.authority()]);
    // An array of whatever the server sent.
    const listed = tools as readonly unknown[];
    const visible = now === null || authority === null ? [] : visibleTools(listed, server.name, now, authority);
    return { ...message, result: { ...rest, tools: visible } };
  }

  async function finish(why: string): Promise<void> {
    if (over !== null) return;
    over = why;
    const left = [...calls];
    calls.clear();
    await upstream.end();
    for (const [id, flight] of left) {
      toAgent(result(id, refusedResult(`${why}. Whether it took effect is not known.`)));
      await flight?.land('unknown', why);
    }
    agent.end();
  }

  let ending: Promise<void> | undefined;
  /** What is under way is cancelled, and has a moment to say how it ended. */
  const end = (why: string): Promise<void> =>
    (ending ??= (async () => {
      const open = [...calls.values()].filter((flight) => flight !== null);
      for (const flight of open) flight.interrupt(why);
      if (open.length > 0) await Promise.race([Promise.all(open.map(({ landed }) => landed)), sleep(cancelGraceMs)]);
      await finish(why);
    })());

  return { server: server.name, end };
}
