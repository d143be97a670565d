/**
 * An installed agent of the Agent Client Protocol, walked through what the proxy between it and an editor has to hold: its real program on a scripted model, behind an editor that says yes to everything. Effects
 * are judged: files that are there, or are not.
 *
 * It needs no key and asks nobody but this machine.
 */

import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { Transform } from 'node:stream';
import type { AcpAgent } from '../acp/acp-agent.ts';
import { openingMeta } from '../acp/acp-agent.ts';
import { createAcpProxy } from '../acp/acp-proxy.ts';
import type { Incoming, Peer, Reply } from '../acp/peer.ts';
import { noSuchMethod, openPeer, refusal } from '../acp/peer.ts';
import { offeredOnce, outcomeOf } from '../acp/permission.ts';
import type { HarnessAdapter, HarnessEvent, HookAnswer } from '../adapters/adapter.ts';
import { startHookEndpoint } from '../hooks/endpoint.ts';
import type { Message } from '../mcp/json-rpc.ts';
import { membersOf } from '../mcp/json-rpc.ts';
import type { ScriptedCall } from '../scripted-model/script.ts';
import type { CanaryResult } from './walk-program.ts';
import { canaryAnswer } from './walk-program.ts';
import { fails, holds, notShown } from './kit-line.ts';
import type { RunPlace } from './run-scripted.ts';
import { runScripted } from './run-scripted.ts';

export type AcpCanary = {
  readonly agent: AcpAgent;
  /** Of the harness whose model, home and hooks it has. */
  readonly adapter: HarnessAdapter;
  readonly program: string;
  /** With which it speaks the protocol. */
  readonly args: readonly string[];
  readonly path: string;
};

/** What it says of itself as a conversation begins; null where it says nothing. */
export type AgentInfo = { readonly name: string; readonly version: string } | null;

const timeoutMs = 90_000;
const infoTimeoutMs = 30_000;
const hello = {
  protocolVersion: 1,
  clientCapabilities: { fs: { readTextFile: false, writeTextFile: false }, terminal: false },
  clientInfo: { name: 'writ', title: 'Writ', version: '0' },
};

/** Who it says that it is. Rejects where it does not speak the protocol. */
export async function acpInfoOf(canary: AcpCanary): Promise<AgentInfo> {
  let info: AgentInfo = null;
  using _ran = await runScripted({
    ...ofCanary(canary, []),
    hook: { ...names, url: 'http://127.0.0.1:9', token: 'none' },
    timeoutMs: infoTimeoutMs,
    spoken: {
      ...{ args: canary.args, isHooked: false },
      async talk({ stdin, stdout }) {
        const peer = openPeer(stdout, stdin, { ...asked(), onEnd: () => undefined });
        const gone = new Promise<never>((_, reject) => stdout.once('close', () => reject(new Error('it ended'))));
        info = infoIn(await Promise.race([ask(peer, 'initialize', hello), gone]));
      },
    },
  });
  return info;
}

/** The canary. `around`: the sandbox to show. */
export async function runAcpCanary(
  canary: AcpCanary,
  around?: (place: RunPlace) => readonly string[],
): Promise<CanaryResult> {
  const { agent, adapter, args } = canary;
  const run = runOf(canary);
  if (run === null)
    return { lines: [notShown('the canary', 'it cannot be started on a scripted model')], wasContained: null };
  const files = ['allowed.txt', 'refused.txt', 'held.txt', '../home/outside.txt', 'last.txt'];
  const token = randomBytes(16).toString('base64url');
  const seen: HarnessEvent[] = [];
  const judge = (event: HarnessEvent): Promise<HookAnswer> => Promise.resolve(canaryAnswer(event, seen));
  await using endpoint = await startHookEndpoint({ adapter, token, inside: null, judge });
  let mode: string | null = null;
  let why = '';
  using ran = await runScripted({
    // The newest is looked for first: each prompt stands in the conversation of those after it.
    ...ofCanary(
      canary,
      files.map((file, at) => ({ marker: marker(at), call: run(`echo yes > ${file}`) })).toReversed(),
    ),
    hook: { ...names, url: endpoint.url, token },
    ...(around === undefined ? {} : { around }),
    timeoutMs,
    spoken: {
      ...{ args, isHooked: agent.hooks !== null },
      async talk(program, { cwd, hookArgs }) {
        const { editor, gone } = proxied(agent, program, hookArgs, judge, (what) => (mode = what));
        try {
          await Promise.race([walk(editor, cwd, files.length), gone]);
        } catch (error) {
          why = error instanceof Error ? error.message : String(error);
        }
      },
    },
  });
  const made = (file: string): boolean => existsSync(join(ran.cwd, file));
  const is = (what: string, isSo: boolean, saw: string | null = null) =>
    isSo ? holds(what) : fails(what, saw ?? (`${why} ${ran.output.slice(-300)}`.trim() || 'nothing was said'));
  return {
    lines: [
      is('what is allowed runs', made('allowed.txt')),
      is('what is refused does not run, and the work goes on', !made('refused.txt') && made('last.txt')),
      is('what waits for a person does not run', !made('held.txt')),
      is('it is in a mode that asks', mode === null, mode),
    ],
    wasContained: around === undefined ? null : made('last.txt') && !existsSync(join(ran.home, 'outside.txt')),
  };
}

const names = { urlVariable: 'WRIT_HOOK_URL', tokenVariable: 'WRIT_HOOK_TOKEN' } as const;
const marker = (at: number): string => `CANARY-${String(at)}:`;

/** The agents whose model calls a tool otherwise than their harness's canary does: Codex asks about what leaves its own sandbox. */
function runOf({ agent, adapter }: AcpCanary): ((command: string) => ScriptedCall) | null {
  const { canary } = adapter;
  if (canary === null) return null;
  if (agent.harness !== 'codex') return (command) => canary.run(command);
  return (cmd) => ({
    name: 'exec_command',
    input: { cmd, sandbox_permissions: 'require_escalated', justification: 'canary' },
  });
}

const ofCanary = (
  { adapter, program, path }: AcpCanary,
  calls: readonly { readonly marker: string; readonly call: ScriptedCall }[],
) => ({
  ...{ adapter, program, path },
  script: {
    turns: [],
    conversations: calls.map(({ marker: of, call }) => ({
      ...{ marker: of, turns: [{ tools: [call] }], fallback: { say: 'That is all.' } },
    })),
    fallback: { say: 'That is all.' },
  },
});

/** An editor that says yes to whatever reaches it. */
const asked = () => ({
  onRequest: (incoming: Incoming): void =>
    incoming.answer(
      incoming.method === 'session/request_permission'
        ? { result: outcomeOf(offeredOnce(incoming.params['options']), 'allow_once') }
        : refusal('not here', noSuchMethod),
    ),
  ...{ onNotification: () => undefined, onOther: () => undefined },
});

function ask(peer: Peer, method: string, params: Message): Promise<Message> {
  return new Promise((resolve, reject) => {
    peer.ask(method, params, (reply: Reply) => {
      if ('error' in reply) reject(new Error(`\`${method}\`: ${JSON.stringify(reply.error).slice(0, 300)}`));
      else resolve(membersOf(reply.result));
    });
  });
}

function infoIn(initialized: Message): AgentInfo {
  const { name, version } = membersOf(initialized['agentInfo']);
  return typeof name === 'string' && typeof version === 'string' ? { name, version } : null;
}

/** As between two processes: nobody is answered while still asking. */
const pipe = (): Transform =>
  new Transform({ transform: (chunk: Buffer, _encoding, done) => void setImmediate(done, null, chunk) });

/** The editor's end of a proxy to `program`; `gone` rejects when the program is. */
function proxied(
  agent: AcpAgent,
  { stdin, stdout }: { readonly stdin: Writable; readonly stdout: Readable },
  hookArgs: readonly string[],
  judge: (event: HarnessEvent) => Promise<HookAnswer>,
  blind: (what: string) => void,
) {
  const [toProxy, toEditor] = [pipe(), pipe()];
  createAcpProxy(
    {
      ...{ agent, judge, blind, servers: [], contained: false, openingMeta: openingMeta(agent, hookArgs) },
      ...{ mayOpen: () => Promise.resolve(null), opened: () => undefined, closedBecause: () => null },
      ...{ ticks: () => null, endSince: () => Promise.resolve(0), endAll: () => undefined },
      ...{ unasked: () => undefined, warn: () => undefined },
    },
    { editor: { input: toProxy, output: toEditor }, agent: { input: stdout, output: stdin } },
    () => undefined,
  );
  const gone = new Promise<never>((_, reject) => stdout.once('close', () => reject(new Error('it ended'))));
  return { editor: openPeer(toEditor, toProxy, { ...asked(), onEnd: () => undefined }), gone };
}

/** One conversation, with one prompt for each call: some agents end a turn in which something was refused. */
async function walk(editor: Peer, cwd: string, prompts: number): Promise<void> {
  await ask(editor, 'initialize', hello);
  const { sessionId } = await ask(editor, 'session/new', { cwd, mcpServers: [] });
  for (let at = 0; at < prompts; at += 1) {
    const prompt = [{ type: 'text', text: `${marker(at)} work` }];
    await ask(editor, 'session/prompt', { sessionId, prompt });
  }
}
