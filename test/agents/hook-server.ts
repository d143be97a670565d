/**
 * A receiver for Claude Code's hooks of type `http`. It answers every hook with what `reply` gives, and keeps what it
 * was told. Claude Code takes any failure of such a hook (no connection, a timeout, a status other than 2xx, a body
 * that is no JSON) as no objection, so this shows what a reachable receiver can do and not an enforcement point.
 */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';

export type HookBody = { readonly hook_event_name: string; readonly [key: string]: unknown };
export type HookReply = { readonly status: number; readonly body: unknown };

export interface HookServer extends AsyncDisposable {
  readonly received: readonly HookBody[];
  /** Settings that send PreToolUse for every tool here. */
  readonly settings: { readonly [key: string]: unknown };
}

/** The reply that refuses a tool call; the model is shown `reason`. */
export function denial(reason: string): HookReply {
  const decision = { permissionDecision: 'deny', permissionDecisionReason: reason };
  return { status: 200, body: { hookSpecificOutput: { hookEventName: 'PreToolUse', ...decision } } };
}

export async function startHookServer(reply: (hook: HookBody) => HookReply): Promise<HookServer> {
  const received: HookBody[] = [];
  const server = createServer((req, res) => {
    json(req).then(
      (data) => {
        // Reason for the cast: the suite asserts on the fields it names, so a strange body fails there.
        const hook = data as HookBody;
        received.push(hook);
        const { status, body } = reply(hook);
        res.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
      },
      () => void res.writeHead(400).end(),
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  // Reason for the cast: a TCP server that listens has an AddressInfo.
  const { port } = server.address() as AddressInfo;
  const hook = { type: 'http', url: `http://127.0.0.1:${port}/hook`, timeout: 10 };
  return {
    received,
    settings: { hooks: { PreToolUse: [{ matcher: '*', hooks: [hook] }] } },
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
