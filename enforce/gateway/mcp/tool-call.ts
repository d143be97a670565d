/**
 * One call of an MCP tool, judged with its arguments. What the class table lets be answered from what is held is checked; everything else is begun at control,
 * carried out at most once, and settled with what the server said.
 *
 * It never says that a call was stopped when the server may have done it: then nobody knows, and a person says.
 */

import { randomUUID } from 'node:crypto';
import { actionClasses, classOf, resourceUri, uncontained } from '@writ/authority';
import { approvalIn, controlApi, toWire } from '@writ/protocol';
import type { z } from 'zod';
import type { Clock, Reading } from '../../client/clock.ts';
import { readClock } from '../../client/clock.ts';
import type { Verdicts } from '../../client/verdicts.ts';
import type { Asker, OperationWire } from '../../enforcer/ask-control.ts';
import { beside } from '../../enforcer/ask-control.ts';
import type { DoorHolder } from '../door-holder.ts';
import { refusalForModel, waitingForModel } from '../hooks/words-for-model.ts';
import type { Message } from './json-rpc.ts';
import { membersOf } from './json-rpc.ts';
import type { McpServer, TrustedTool } from './mcp-server.ts';
import { factsOf } from './tool-rules.ts';

export type CallDeps = Asker & { readonly clock: Clock; readonly verdicts: Verdicts };

export type ToBeCalled = {
  readonly server: McpServer;
  readonly tool: TrustedTool;
  /** As the agent gave them. */
  readonly args: unknown;
  readonly catalogueDigest: string;
};

/** What was begun at control for a call. */
export type Begun = {
  readonly operation: OperationWire;
  readonly permit: string;
  readonly askedAt: Reading;
};

export type Allowed =
  | { readonly ok: false; readonly words: string }
  /** `begun` null: there is nothing to settle, what it does is no effect. */
  | { readonly ok: true; readonly begun: Begun | null };

/** For how long a call is held each time, milliseconds. */
export const callLeaseMs = 30_000;

type BeginBody = z.input<typeof controlApi.begin.body>;

/** Asks whether the run may make the call, and begins it where it has an effect. */
export async function allowCall(holder: DoorHolder, call: ToBeCalled, deps: CallDeps): Promise<Allowed> {
  const { server, tool, args, catalogueDigest } = call;
  const { action } = tool;
  const resource = resourceUri('mcp', server.name, tool.name);
  if (!resource.ok) return refused(`\`${tool.name}\` cannot be written as a resource: ${resource.why}`, null, null);
  const ask = `writ request ${action} ${resource.uri}`;
  const rule = Object.hasOwn(server.tools, tool.name) ? server.tools[tool.name] : undefined;
  const facts = { ...factsOf(rule, tool.name, args), catalogueDigest };
  // The arguments themselves, so that a fenced server can say what it was brought a permit for. What came as JSON is JSON.
  const parameters = membersOf(args) as NonNullable<BeginBody['parameters']>;
  const { mandate, session, credential } = holder;
  // The server is outside whatever bounds the run.
  const containment = uncontained;
  if (actionClasses[classOf(action, containment)].freshness.kind !== 'fresh') {
    const asked = { mandate, session, credential, action, resource: resource.uri, facts, parameters, containment };
    const { decision, sentence, wayOut } = await deps.verdicts.check(asked);
    return decision === 'permit' ? { ok: true, begun: null } : refused(sentence, wayOut, ask);
  }
  const askedAt = readClock(deps.clock);
  const begun = await deps.control.call(controlApi.begin, {
    token: credential,
    ...beside(deps),
    idempotencyKey: randomUUID(),
    body: {
      mandate,
      session,
      action,
      resource: resource.uri,
      // The same members in wire spelling.
      facts: toWire(facts) as NonNullable<BeginBody['facts']>,
      parameters,
      containment,
      lease_ms: callLeaseMs,
    },
  });
  if (begun.ok) return { ok: true, begun: { ...begun.value, askedAt } };
  const { detail, way_out: wayOut } = begun.problem;
  const approval = approvalIn(begun.problem);
  return approval === null ? refused(detail, wayOut, ask) : { ok: false, words: waitingForModel(detail, approval) };
}

/** A call that is not made, in words for a model. `ask`: the command by which people are asked for it, null where asking does not help. */
export const refused = (sentence: string, wayOut: string | null, ask: string | null): Allowed => ({
  ok: false,
  words: refusalForModel(sentence, wayOut, ask),
});

/** Why a resource of the server may not be read, in words for a model; null where it may. */
export async function whyNoRead(
  { mandate, session, credential }: DoorHolder,
  server: McpServer,
  uri: unknown,
  { verdicts }: CallDeps,
): Promise<string | null> {
  const resource = resourceUri('mcp', server.name, `resources/${typeof uri === 'string' ? uri : ''}`);
  if (!resource.ok) return `this resource cannot be judged: ${resource.why}`;
  const { decision, sentence, wayOut } = await verdicts.check({
    ...{ mandate, session, credential, action: 'mcp.read', resource: resource.uri },
    ...{ facts: {}, parameters: {}, containment: uncontained },
  });
  return decision === 'permit' ? null : refusalForModel(sentence, wayOut, `writ request mcp.read ${resource.uri}`);
}

/** What the server is told of a call beside what the agent says. Whatever the agent put under our names is dropped. */
export function withLineage(params: Message, holder: DoorHolder, server: McpServer, allowed: Allowed): Message {
  const own = Object.entries(membersOf(params['_meta'])).filter(([key]) => !key.startsWith('writ/'));
  const begun = allowed.ok ? allowed.begun : null;
  return {
    ...params,
    _meta: {
      ...Object.fromEntries(own),
      'writ/mandate': holder.mandate,
      'writ/session': holder.session,
      'writ/run': holder.run,
      ...(begun !== null && { 'writ/operation': begun.operation.id }),
      ...(begun !== null && server.fenced && { 'writ/permit': begun.permit }),
    },
  };
}
