/** The words of Claude Code's history, as version 2.1.329 writes them: parts of messages of users and assistants. It says of no command how it ended but where Claude Code does. */

import { z } from 'zod';
import { byItself, interruption } from './claude-history.ts';
import type { Words } from './recorded.ts';

const line = z.object({
  type: z.enum(['assistant', 'user']),
  sessionId: z.string(),
  timestamp: z.string(),
  isSidechain: z.boolean().default(false),
  agentId: z.string().nullish(),
  isMeta: z.boolean().nullish(),
  promptSource: z.string().nullish(),
  message: z.object({ content: z.union([z.string(), z.array(z.unknown())]) }),
});
const textPart = z.object({ type: z.literal('text'), text: z.string() });
const thoughtPart = z.object({ type: z.literal('thinking'), thinking: z.string() });
const resultPart = z.object({
  type: z.literal('tool_result'),
  tool_use_id: z.string(),
  is_error: z.boolean().nullish(),
  content: z.union([z.string(), z.array(z.unknown())]).default(''),
});

const kinds = ['"type":"user"', '"type":"assistant"'].map((mark) => Buffer.from(mark));

/** What one line says. */
export function claudeWords(raw: Buffer): readonly Words[] {
  if (!kinds.some((mark) => raw.includes(mark))) return [];
  const found = line.safeParse(parsed(raw)).data;
  const at = Date.parse(found?.timestamp ?? '');
  if (found === undefined || Number.isNaN(at)) return [];
  const { content } = found.message;
  const parts: readonly unknown[] = typeof content === 'string' ? [{ type: 'text', text: content }] : content;
  const common = { session: found.sessionId, at };
  const helper = found.isSidechain ? (found.agentId ?? 'a helper') : null;
  if (found.type === 'assistant') return parts.flatMap((part) => ofAssistant(part, common, helper));
  const isTyped = !found.isSidechain && found.isMeta !== true && found.promptSource !== 'system';
  return parts.flatMap((part) => ofUser(part, common, isTyped));
}

type Common = { readonly session: string; readonly at: number };

function ofAssistant(part: unknown, common: Common, helper: string | null): readonly Words[] {
  const said = textPart.safeParse(part).data?.text;
  if (said !== undefined) return said === '' ? [] : [{ ...common, kind: 'said', text: said, helper }];
  const thought = thoughtPart.safeParse(part).data?.thinking;
  return thought === undefined || thought === '' ? [] : [{ ...common, kind: 'thought', text: thought, helper }];
}

function ofUser(part: unknown, common: Common, isTyped: boolean): readonly Words[] {
  const answer = resultPart.safeParse(part).data;
  if (answer !== undefined) {
    const text = typeof answer.content === 'string' ? answer.content : textOf(answer.content);
    const [, code] = (answer.is_error === true ? /^Exit code (\d+)(?:\n|$)/.exec(text) : null) ?? [];
    const exitCode = code === undefined ? null : Number(code);
    return [{ ...common, kind: 'answered', call: answer.tool_use_id, text, exitCode }];
  }
  const text = textPart.safeParse(part).data?.text ?? '';
  return !isTyped || text === '' || byItself.test(text) || interruption.test(text)
    ? []
    : [{ ...common, kind: 'typed', text }];
}

const textOf = (parts: readonly unknown[]): string =>
  parts.flatMap((part) => textPart.safeParse(part).data?.text ?? []).join('\n');

function parsed(raw: Buffer): unknown {
  try {
    return JSON.parse(raw.toString('utf8'));
  } catch {
    return undefined; // the last line of a running session can be half written
  }
}
