/**
 * One prompt to a real agent over the Agent Client Protocol, version 1, with the client side of the official SDK.
 *
 * Permission is answered by the `kind` of an option, never by its id, which differs between agents; an answer that
 * would outlive the one call (`allow_always`) is never given. It offers the agent no file system and no terminal.
 */
import { client, methods, ndJsonStream, PROTOCOL_VERSION } from '@agentclientprotocol/sdk';
import type {
  ActiveSession,
  InitializeResponse,
  PromptResponse,
  RequestPermissionRequest,
  RequestPermissionResponse,
  SessionUpdate,
} from '@agentclientprotocol/sdk';
import { spawn } from 'node:child_process';
import { Readable, Writable } from 'node:stream';

import { killGroup, programPath, type Launch } from './program.ts';

export type AcpPrompt = Launch & {
  readonly prompt: string;
  /** What every request for permission is answered. */
  readonly permission: 'allow_once' | 'reject_once';
  /** A session mode to choose before the prompt. */
  readonly mode?: string;
  readonly signal?: AbortSignal;
};

export type AcpTurn = {
  readonly initialized: InitializeResponse;
  readonly response: PromptResponse;
  readonly updates: readonly SessionUpdate[];
  /** What permission was asked for, in order. */
  readonly asked: readonly RequestPermissionRequest[];
  /** From the start of the process to the answer of `initialize`, and from there to that of `session/new`. */
  readonly timing: { readonly initializeMs: number; readonly newMs: number };
};

/** Starts the agent, sends the prompt in a new session, waits for the end of the turn, and ends the agent. */
export async function promptOverAcp(options: AcpPrompt): Promise<AcpTurn> {
  const started = performance.now();
  const child = spawn(programPath(options.program), [...options.args], {
    cwd: options.cwd,
    env: options.env,
    detached: process.platform !== 'win32',
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  const signal = options.signal ?? AbortSignal.timeout(60_000);
  const kill = (): void => killGroup(child);
  signal.addEventListener('abort', kill, { once: true });

  const asked: RequestPermissionRequest[] = [];
  const app = client({ name: 'writ-agents-suite' }).onRequest(
    methods.client.session.requestPermission,
    ({ params }): RequestPermissionResponse => {
      asked.push(params);
      return answer(params, options.permission);
    },
  );
  // Reason for the casts: Node types its web streams by chunk only as `any`; both carry bytes here.
  const stream = ndJsonStream(
    Writable.toWeb(child.stdin) as WritableStream<Uint8Array>,
    Readable.toWeb(child.stdout) as ReadableStream<Uint8Array>,
  );
  try {
    return await app.connectWith(stream, async (agent): Promise<AcpTurn> => {
      const initialized = await agent.request(methods.agent.initialize, {
        protocolVersion: PROTOCOL_VERSION,
        clientCapabilities: { fs: { readTextFile: false, writeTextFile: false }, terminal: false },
        clientInfo: { name: 'writ-agents-suite', version: '0.0.0' },
      });
      const ready = performance.now();
      using session = await agent.buildSession({ cwd: options.cwd, mcpServers: [] }).start();
      const timing = { initializeMs: ready - started, newMs: performance.now() - ready };
      if (options.mode !== undefined) {
        await agent.request(methods.agent.session.setMode, { sessionId: session.sessionId, modeId: options.mode });
      }
      return { initialized, ...(await turn(session, options.prompt)), asked, timing };
    });
  } finally {
    signal.removeEventListener('abort', kill);
    kill();
  }
}

/** A refused prompt rejects the wait for its next message. */
async function turn(session: ActiveSession, prompt: string): Promise<Pick<AcpTurn, 'response' | 'updates'>> {
  void session.prompt(prompt);
  const updates: SessionUpdate[] = [];
  for (;;) {
    const message = await session.nextUpdate();
    if (message.kind === 'stop') return { response: message.response, updates };
    updates.push(message.update);
  }
}

function answer(asked: RequestPermissionRequest, kind: AcpPrompt['permission']): RequestPermissionResponse {
  const option = asked.options.find((offered) => offered.kind === kind);
  if (option === undefined) return { outcome: { outcome: 'cancelled' } };
  return { outcome: { outcome: 'selected', optionId: option.optionId } };
}
