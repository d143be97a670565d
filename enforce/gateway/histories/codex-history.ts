/**
 * The history of Codex: JSON Lines below `~/.codex/sessions`, one file a thread, as version 0.169 writes them and older ones did.
 *
 * It looks at the head of a line, which names its kind, and parses only kinds that say something.
 */

import { z } from 'zod';
import { plainObject } from './plain-object.ts';
import type { LineReader, Recorded, RecordedTokens } from './recorded.ts';

const meta = z.object({
  id: z.string(),
  /** Of the thread a person sees, also in the file of a helper. */
  session_id: z.string().optional(),
  parent_thread_id: z.string().nullish(),
  cwd: z.string().default(''),
});
const turn = z.object({ model: z.string().default(''), cwd: z.string().optional() });
const functionCall = z.object({
  name: z.string(),
  namespace: z.string().nullish(),
  arguments: z.string().default('{}'),
  call_id: z.string(),
});
const customCall = z.object({ name: z.string(), input: z.string().default(''), call_id: z.string() });
const localShell = z.object({
  call_id: z.string().nullish(),
  action: z.object({ command: z.array(z.string()), working_directory: z.string().nullish() }),
});
const used = z.object({
  input_tokens: z.number().default(0),
  cached_input_tokens: z.number().default(0),
  cache_write_input_tokens: z.number().default(0),
  output_tokens: z.number().default(0),
});
const usageRecord = z.object({ response_id: z.string().nullish(), usage: used });
const tokenCount = z.object({ info: z.object({ last_token_usage: used, total_token_usage: z.unknown() }).nullish() });
const interrupted = z.object({ reason: z.literal('interrupted') });
const line = z.object({ timestamp: z.string(), payload: z.unknown() });

const headBytes = 320;
const kindOf = /"type":"([a-z_]+)"(?:,"payload":\{"type":"([A-Za-z_]+)"(?:[^{]*"item":\{"type":"([A-Za-z]+)")?)?/;

/** A reader for the lines of one file, from its first. */
export function codexReader(): LineReader {
  let session = '';
  let isHelper = false;
  let cwd = '';
  let model = '';
  let hasRecords = false;
  let lastTotal = '';
  let count = 0;

  const usage = (at: number, id: string, tokens: z.infer<typeof used>): Recorded => {
    const { input_tokens: all, cached_input_tokens: cacheRead, cache_write_input_tokens: cacheWrite } = tokens;
    const own: RecordedTokens = {
      input: Math.max(0, all - cacheRead - cacheWrite),
      output: tokens.output_tokens,
      cacheRead,
      cacheWrite,
      cacheWriteHour: 0,
    };
    return { kind: 'usage', session, at, id, model, tokens: own, costMicros: null };
  };
  const call = (at: number, id: string, tool: string, input: Readonly<Record<string, unknown>>): Recorded => ({
    kind: 'call',
    session,
    at,
    id: `${session} ${id}`,
    tool,
    input,
    cwd,
    byHelper: isHelper,
  });

  /** What a payload of a kind says. */
  const kinds: Readonly<Record<string, (payload: unknown, at: number) => Recorded | undefined>> = {
    session_meta(payload) {
      const found = meta.safeParse(payload).data;
      // A fork repeats the line of what it was forked from.
      if (found === undefined || session !== '') return undefined;
      session = found.session_id ?? found.parent_thread_id ?? found.id;
      isHelper = session !== found.id;
      ({ cwd } = found);
      return undefined;
    },
    turn_context(payload) {
      const found = turn.safeParse(payload).data;
      model = found?.model ?? model;
      cwd = found?.cwd ?? cwd;
      return undefined;
    },
    function_call(payload, at) {
      const found = functionCall.safeParse(payload).data;
      if (found === undefined) return undefined;
      const { name, namespace, call_id: id, arguments: given } = found;
      const tool = namespace === null || namespace === undefined ? name : `${namespace}__${name}`;
      return call(at, id, tool, argumentsOf(given));
    },
    custom_tool_call(payload, at) {
      const found = customCall.safeParse(payload).data;
      return found && call(at, found.call_id, found.name, { input: found.input });
    },
    local_shell_call(payload, at) {
      const found = localShell.safeParse(payload).data;
      count += 1;
      return (
        found &&
        call(at, found.call_id ?? String(count), 'shell', {
          command: found.action.command,
          workdir: found.action.working_directory,
        })
      );
    },
    web_search_call(_, at) {
      count += 1;
      return call(at, `search ${String(count)}`, 'web_search', {});
    },
    token_usage_record(payload, at) {
      const found = usageRecord.safeParse(payload).data;
      hasRecords = true;
      count += 1;
      return found && usage(at, found.response_id ?? `${session} ${String(at)} ${String(count)}`, found.usage);
    },
    token_count(payload, at) {
      const info = hasRecords ? undefined : tokenCount.safeParse(payload).data?.info;
      const total = JSON.stringify(info?.total_token_usage ?? null);
      // The same count is told again where nothing was used since.
      if (info === undefined || info === null || total === lastTotal) return undefined;
      lastTotal = total;
      return usage(at, `${session} ${total}`, info.last_token_usage);
    },
    user_message: (_, at) => (isHelper ? undefined : { kind: 'typed', session, at }),
    UserMessage: (_, at) => (isHelper ? undefined : { kind: 'typed', session, at }),
    turn_aborted: (payload, at) =>
      interrupted.safeParse(payload).success ? { kind: 'interrupted', session, at } : undefined,
  };

  return (raw) => {
    const [, outer = '', inner = '', item = ''] = kindOf.exec(raw.toString('latin1', 0, headBytes)) ?? [];
    const kind = kinds[item] ?? kinds[inner] ?? kinds[outer];
    if (kind === undefined) return [];
    const found = line.safeParse(parsed(raw));
    const at = Date.parse(found.data?.timestamp ?? '');
    if (!found.success || Number.isNaN(at)) return [];
    const recorded = kind(found.data.payload, at);
    return recorded === undefined ? [] : [recorded];
  };
}

function parsed(raw: Buffer): unknown {
  try {
    return JSON.parse(raw.toString('utf8'));
  } catch {
    return undefined; // the last line of a running session can be half written
  }
}

/** What a model wrote as arguments; text that is no JSON object is kept as `input`. */
function argumentsOf(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    const object = plainObject.safeParse(value);
    return object.success ? object.data : { input: text };
  } catch {
    return { input: text };
  }
}
