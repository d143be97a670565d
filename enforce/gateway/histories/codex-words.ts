/**
 * The words of Codex's history, as version 0.169 writes them and older ones did. How a command ended is what Codex recorded of its process, or what it told the model in its own words above the output;
 * where it did neither, nobody knows.
 */

import { z } from 'zod';
import type { Words } from './recorded.ts';

const line = z.object({ timestamp: z.string(), type: z.string(), payload: z.unknown() });
const meta = z.object({ id: z.string(), session_id: z.string().optional(), parent_thread_id: z.string().nullish() });
const kinded = z.object({ type: z.string() });
const completed = z.object({ item: kinded.loose() });
const parts = z.object({ content: z.array(z.object({ text: z.string().default('') })) });
const message = z.object({ message: z.string() });
const reasoning = z.object({ summary_text: z.array(z.string()) });
const command = z.object({ id: z.string(), aggregated_output: z.string().nullish(), exit_code: z.number().nullish() });
const oldCommand = z.object({
  call_id: z.string(),
  aggregated_output: z.string().nullish(),
  exit_code: z.number().nullish(),
});
const output = z.object({ call_id: z.string(), output: z.unknown() });

/** A reader for the lines of one file, from its first. */
export function codexWords(): (raw: Buffer) => readonly Words[] {
  let session = '';
  let helper: string | null = null;
  /** Calls whose process was recorded: what the model was told of them says the same again. */
  const recorded = new Set<string>();
  /** What a version says in two places, such as a message as an event and as an item, is taken from the first. */
  let hasItems = false;

  const answered = (at: number, id: string, text: string, exitCode: number | null): readonly Words[] => [
    { kind: 'answered', session, at, call: `${session} ${id}`, text, exitCode },
  ];
  const typed = (at: number, text: string): readonly Words[] =>
    helper !== null || text === '' ? [] : [{ kind: 'typed', session, at, text }];
  const said = (at: number, kind: 'said' | 'thought', text: string): readonly Words[] =>
    text === '' ? [] : [{ kind, session, at, text, helper }];

  function ofItem(item: unknown, type: string, at: number): readonly Words[] {
    const text = (parts.safeParse(item).data?.content ?? []).map((part) => part.text).join('\n');
    switch (type) {
      case 'UserMessage':
        return typed(at, text);
      case 'AgentMessage':
        return said(at, 'said', text);
      case 'Reasoning':
        return said(at, 'thought', (reasoning.safeParse(item).data?.summary_text ?? []).join('\n'));
      case 'CommandExecution': {
        const ran = command.safeParse(item).data;
        if (ran === undefined) return [];
        recorded.add(ran.id);
        return answered(at, ran.id, ran.aggregated_output ?? '', ran.exit_code ?? null);
      }
      default:
        return [];
    }
  }

  function ofEvent(payload: unknown, type: string, at: number): readonly Words[] {
    if (type === 'item_completed') {
      const { item } = completed.safeParse(payload).data ?? {};
      hasItems = true;
      return item === undefined ? [] : ofItem(item, item.type, at);
    }
    if (type === 'exec_command_end') {
      const ran = oldCommand.safeParse(payload).data;
      if (ran === undefined) return [];
      recorded.add(ran.call_id);
      return answered(at, ran.call_id, ran.aggregated_output ?? '', ran.exit_code ?? null);
    }
    const text = hasItems ? '' : (message.safeParse(payload).data?.message ?? '');
    if (type === 'user_message') return typed(at, text);
    return type === 'agent_message' ? said(at, 'said', text) : [];
  }

  function ofResponse(payload: unknown, type: string, at: number): readonly Words[] {
    if (type !== 'function_call_output' && type !== 'custom_tool_call_output') return [];
    const told = output.safeParse(payload).data;
    if (told === undefined || recorded.has(told.call_id)) return [];
    const text = typeof told.output === 'string' ? told.output : JSON.stringify(told.output ?? '');
    return answered(at, told.call_id, text, exitCodeIn(text));
  }

  return (raw) => {
    const found = line.safeParse(parsed(raw)).data;
    const at = Date.parse(found?.timestamp ?? '');
    if (found === undefined || Number.isNaN(at)) return [];
    const { type, payload } = found;
    if (type === 'session_meta') {
      const own = meta.safeParse(payload).data;
      // A fork repeats the line of what it was forked from.
      if (own === undefined || session !== '') return [];
      session = own.session_id ?? own.parent_thread_id ?? own.id;
      helper = session === own.id ? null : own.id;
      return [];
    }
    const kind = kinded.safeParse(payload).data?.type ?? '';
    if (type === 'event_msg') return ofEvent(payload, kind, at);
    return type === 'response_item' ? ofResponse(payload, kind, at) : [];
  };
}

/** What Codex itself says above the output it shows a model; a command can print nothing there. */
function exitCodeIn(text: string): number | null {
  const [head = ''] = text.split(/^Output:$/m, 1);
  const [, code] = /^Process exited with code (\d+)$/m.exec(head) ?? [];
  return code === undefined || head === text ? null : Number(code);
}

function parsed(raw: Buffer): unknown {
  try {
    return JSON.parse(raw.toString('utf8'));
  } catch {
    return undefined; // the last line of a running session can be half written
  }
}
