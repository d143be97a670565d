/**
 * One exchange with a model, free of any wire format: what was asked, and what is answered.
 *
 * Each format module translates its own bytes into an `Ask` and an `Answer` into its own bytes; the player between
 * them knows no format. Nothing here reads a clock or makes an id.
 */
import type { Usage } from './script.ts';

export type FormatName = 'anthropic' | 'chat' | 'responses' | 'gemini';

export type ToolCall = { readonly id: string; readonly name: string; readonly input: unknown };

/** `tool` is the name of the called tool, found by id; empty when the call is not in the history that was sent. */
export type ToolResult = {
  readonly id: string;
  readonly tool: string;
  readonly text: string;
  readonly isError: boolean;
};

export type Message = {
  readonly role: 'user' | 'assistant';
  readonly text: string;
  readonly toolCalls: readonly ToolCall[];
  readonly toolResults: readonly ToolResult[];
};

/** A tool on offer. `kind` is how a call to it is written; only the Responses format has free-text and grouped tools. */
export type OfferedTool =
  | { readonly kind: 'function'; readonly name: string }
  | { readonly kind: 'free-text'; readonly name: string }
  | { readonly kind: 'grouped'; readonly name: string; readonly group: string; readonly inner: string };

export type Ask = {
  readonly format: FormatName;
  readonly model: string;
  readonly stream: boolean;
  readonly system: string;
  readonly messages: readonly Message[];
  readonly tools: readonly OfferedTool[];
};

/** `id` is unique to the answer and `at` is Unix seconds: the formats that report either take them from here. */
export type Answer = {
  readonly id: string;
  readonly at: number;
  readonly say: string;
  readonly calls: readonly ToolCall[];
  readonly usage: Required<Usage>;
};

/** What is written to the wire: one JSON document, or the pieces of a stream in order. */
export type Reply = { readonly contentType: string; readonly pieces: readonly string[] };

/** A wire format. It translates and never decides what to answer. */
export interface WireFormat {
  readonly name: FormatName;
  /** Reads a request body that is already parsed JSON; unknown fields are ignored. */
  read(body: unknown, url: URL): Ask;
  /** Writes an answer, streamed if the ask wants that. */
  write(ask: Ask, answer: Answer, url: URL): Reply;
  /** The body of a failure with this HTTP status. */
  failure(status: number, message: string): unknown;
}

/** Fills in the tool name of every result from the calls earlier in the same history. */
export function withToolNames(messages: readonly Message[]): readonly Message[] {
  const names = new Map<string, string>();
  return messages.map((message) => {
    for (const call of message.toolCalls) names.set(call.id, call.name);
    const toolResults = message.toolResults.map((one) => ({ ...one, tool: one.tool || (names.get(one.id) ?? '') }));
    return { ...message, toolResults };
  });
}

/** A message of one side with text only. */
export function plainMessage(role: 'user' | 'assistant', text: string): Message {
  return { role, text, toolCalls: [], toolResults: [] };
}

/** A reply that is one JSON document. */
export function jsonReply(body: unknown): Reply {
  return { contentType: 'application/json', pieces: [JSON.stringify(body)] };
}

/** A reply of server-sent events, given as whole frames. */
export function eventReply(frames: readonly string[]): Reply {
  return { contentType: 'text/event-stream; charset=utf-8', pieces: frames };
}
