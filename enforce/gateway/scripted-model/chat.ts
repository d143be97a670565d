/**
 * The OpenAI Chat Completions format (`POST /v1/chat/completions`), read and written.
 *
 * A stream is `chat.completion.chunk` objects, then, only when `stream_options.include_usage` asks for it, a chunk
 * without choices that carries the usage, then `data: [DONE]`. One choice always; no log probabilities.
 */
import { contentText, field, listField, parsedOr, pieces, textField } from './json.ts';
import {
  eventReply,
  jsonReply,
  withToolNames,
  type Answer,
  type Ask,
  type Message,
  type Reply,
  type WireFormat,
} from './exchange.ts';

/** An ask that also remembers whether the stream must report usage. */
type ChatAsk = Ask & { readonly includeUsage: boolean };

export const chat: WireFormat = {
  name: 'chat',
  read(body): ChatAsk {
    const sent = listField(body, 'messages');
    return {
      format: 'chat',
      model: textField(body, 'model'),
      stream: field(body, 'stream') === true,
      system: sent
        .filter(isSystem)
        .map((one) => contentText(field(one, 'content')))
        .join('\n'),
      messages: withToolNames(sent.filter((one) => !isSystem(one)).map(readMessage)),
      tools: listField(body, 'tools').map((tool) => ({
        kind: 'function',
        name: textField(field(tool, 'function'), 'name') || textField(field(tool, 'custom'), 'name'),
      })),
      includeUsage: field(field(body, 'stream_options'), 'include_usage') === true,
    };
  },
  write(ask, answer): Reply {
    return ask.stream ? eventReply(frames(ask, answer)) : jsonReply(whole(ask, answer));
  },
  failure: openAiFailure,
};

/** The error body both OpenAI formats use. */
export function openAiFailure(status: number, message: string): unknown {
  const type = status === 429 ? 'rate_limit_error' : status < 500 ? 'invalid_request_error' : 'server_error';
  return { error: { message, type, param: null, code: null } };
}

/** The arguments of a call as the OpenAI formats write them: JSON text. */
export function argumentsText(input: unknown): string {
  return typeof input === 'string' ? input : JSON.stringify(input);
}

function isSystem(sent: unknown): boolean {
  const role = field(sent, 'role');
  return role === 'system' || role === 'developer';
}

function readMessage(sent: unknown): Message {
  const text = contentText(field(sent, 'content'));
  if (field(sent, 'role') === 'tool') {
    const result = { id: textField(sent, 'tool_call_id'), tool: '', text, isError: false };
    return { role: 'user', text: '', toolCalls: [], toolResults: [result] };
  }
  return {
    role: field(sent, 'role') === 'assistant' ? 'assistant' : 'user',
    text,
    toolCalls: listField(sent, 'tool_calls').map((call) => ({
      id: textField(call, 'id'),
      name: textField(field(call, 'function'), 'name'),
      input: parsedOr(textField(field(call, 'function'), 'arguments')),
    })),
    toolResults: [],
  };
}

function whole(ask: Ask, answer: Answer): unknown {
  const calls = answer.calls.map((call) => ({
    id: call.id,
    type: 'function',
    function: { name: call.name, arguments: argumentsText(call.input) },
  }));
  const message = {
    role: 'assistant',
    content: answer.say === '' && calls.length > 0 ? null : answer.say,
    refusal: null,
    ...(calls.length > 0 ? { tool_calls: calls } : {}),
  };
  return {
    ...envelope(ask, answer, 'chat.completion'),
    choices: [{ index: 0, message, logprobs: null, finish_reason: finishReason(answer) }],
    usage: usage(answer),
  };
}

function frames(ask: Ask, answer: Answer): readonly string[] {
  const includeUsage = field(ask, 'includeUsage') === true;
  const chunk = (rest: object): string =>
    frame({ ...envelope(ask, answer, 'chat.completion.chunk'), ...(includeUsage ? { usage: null } : {}), ...rest });
  const delta = (change: object, finish: string | null = null): string =>
    chunk({ choices: [{ index: 0, delta: change, logprobs: null, finish_reason: finish }] });

  const out = [delta({ role: 'assistant', content: answer.say === '' ? null : '', refusal: null })];
  for (const content of pieces(answer.say)) out.push(delta({ content }));
  for (const [index, call] of answer.calls.entries()) {
    const opening = { index, id: call.id, type: 'function', function: { name: call.name, arguments: '' } };
    out.push(delta({ tool_calls: [opening] }));
    for (const part of pieces(argumentsText(call.input))) {
      out.push(delta({ tool_calls: [{ index, function: { arguments: part } }] }));
    }
  }
  out.push(delta({}, finishReason(answer)));
  if (includeUsage) out.push(chunk({ choices: [], usage: usage(answer) }));
  return [...out, 'data: [DONE]\n\n'];
}

function frame(data: object): string {
  return `data: ${JSON.stringify(data)}\n\n`;
}

function envelope(ask: Ask, answer: Answer, object: string): object {
  return { id: `chatcmpl-${answer.id}`, object, created: answer.at, model: ask.model, system_fingerprint: null };
}

function finishReason(answer: Answer): 'tool_calls' | 'stop' {
  return answer.calls.length > 0 ? 'tool_calls' : 'stop';
}

function usage(answer: Answer): object {
  const { input, output, cacheRead } = answer.usage;
  return {
    prompt_tokens: input + cacheRead,
    completion_tokens: output,
    total_tokens: input + cacheRead + output,
    prompt_tokens_details: { cached_tokens: cacheRead },
    completion_tokens_details: { reasoning_tokens: 0 },
  };
}
