/**
 * The history of Claude Code: JSON Lines below `~/.claude/projects`, one file a session and one for each helper, as version 2.1.329 writes them and
 * older ones did.
 *
 * It parses only lines that can say something: most bytes of a history are results of tools, and those are passed over unread.
 */

import { z } from 'zod';
import { plainObject } from './plain-object.ts';
import type { LineReader, Recorded } from './recorded.ts';

const usage = z.object({
  input_tokens: z.number().default(0),
  output_tokens: z.number().default(0),
  cache_creation_input_tokens: z.number().default(0),
  cache_read_input_tokens: z.number().default(0),
  cache_creation: z.object({ ephemeral_1h_input_tokens: z.number().default(0) }).nullish(),
});
const base = {
  sessionId: z.string(),
  timestamp: z.string(),
  cwd: z.string().default(''),
  isSidechain: z.boolean().default(false),
};
const assistant = z.object({
  ...base,
  type: z.literal('assistant'),
  requestId: z.string().optional(),
  message: z.object({
    id: z.string().default(''),
    model: z.string().default(''),
    content: z.union([z.string(), z.array(z.unknown())]),
    usage: usage.nullish(),
  }),
});
const call = z.object({
  type: z.literal('tool_use'),
  id: z.string(),
  name: z.string(),
  input: plainObject,
});
const user = z.object({
  ...base,
  type: z.literal('user'),
  isMeta: z.boolean().nullish(),
  promptSource: z.string().nullish(),
  message: z.object({ content: z.union([z.string(), z.array(z.unknown())]) }),
});
const textPart = z.object({ type: z.literal('text'), text: z.string() });

/** What a line of another kind has, and a line that matters has not. The first is found early in most of the bytes there are. */
const passedOver = ['"type":"tool_result"', '"type":"attachment"', '"type":"api-request'].map((mark) =>
  Buffer.from(mark),
);
const isKind = z.object({ type: z.enum(['assistant', 'user']) });
/** What the harness itself puts where a person types. */
export const byItself = /^\s*<(?:task-notification|command-|local-command|bash-|system-reminder|user-memory)/;
export const interruption = /^\[Request interrupted by user/;

/** Reads lines of one file. */
export const readClaude: LineReader = (line) => {
  if (passedOver.some((mark) => line.includes(mark))) return [];
  const json = parsed(line);
  const kind = isKind.safeParse(json);
  if (!kind.success) return [];
  if (kind.data.type === 'user') {
    const asked = user.safeParse(json);
    return asked.success ? ofUser(asked.data) : [];
  }
  const said = assistant.safeParse(json);
  return said.success ? ofAssistant(said.data) : [];
};

function parsed(line: Buffer): unknown {
  try {
    return JSON.parse(line.toString('utf8'));
  } catch {
    return undefined; // the last line of a running session can be half written
  }
}

/** Asked before it is parsed: most parts are text, and a failure of a schema costs more than the schema. */
const isCall = (part: unknown): boolean =>
  typeof part === 'object' && part !== null && 'type' in part && part.type === 'tool_use';

function ofAssistant({ message, ...of }: z.infer<typeof assistant>): readonly Recorded[] {
  const at = Date.parse(of.timestamp);
  if (Number.isNaN(at)) return [];
  const common = { session: of.sessionId, at };
  const parts = typeof message.content === 'string' ? [] : message.content;
  const calls = parts.flatMap((part): readonly Recorded[] => {
    const made = isCall(part) ? call.safeParse(part).data : undefined;
    if (made === undefined) return [];
    const { id, name, input } = made;
    return [{ ...common, kind: 'call', id, tool: name, input, cwd: of.cwd, byHelper: of.isSidechain }];
  });
  // What the harness says in the model's name, such as an error, cost nothing.
  if (message.usage === null || message.usage === undefined || message.model === '<synthetic>') return calls;
  const { usage: used } = message;
  const hour = used.cache_creation?.ephemeral_1h_input_tokens ?? 0;
  const tokens = {
    input: used.input_tokens,
    output: used.output_tokens,
    cacheRead: used.cache_read_input_tokens,
    cacheWrite: Math.max(0, used.cache_creation_input_tokens - hour),
    cacheWriteHour: hour,
  };
  // One answer is written as several lines, each with the whole usage.
  const id = `${message.id} ${of.requestId ?? ''}`;
  return [...calls, { ...common, kind: 'usage', id, model: message.model, tokens, costMicros: null }];
}

function ofUser({ message, isMeta, promptSource, isSidechain, ...of }: z.infer<typeof user>): readonly Recorded[] {
  const at = Date.parse(of.timestamp);
  if (Number.isNaN(at) || isSidechain) return [];
  const text =
    typeof message.content === 'string'
      ? message.content
      : message.content.map((part) => textPart.safeParse(part).data?.text ?? '').join('\n');
  const common = { session: of.sessionId, at };
  if (interruption.test(text)) return [{ ...common, kind: 'interrupted' }];
  if (isMeta === true || promptSource === 'system' || byItself.test(text)) return [];
  return [{ ...common, kind: 'typed' }];
}
