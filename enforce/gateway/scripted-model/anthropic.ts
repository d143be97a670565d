/**
 * The Anthropic Messages format (`POST /v1/messages`, version 2023-06-01), read and written.
 *
 * Stream order: message_start, then per block content_block_start, its deltas, content_block_stop, then message_delta
 * with the stop reason and the final usage, then message_stop. It writes no thinking blocks and ignores sampling.
 */
import { contentText, field, isRecord, listField, pieces, textField } from './json.ts';
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

export const anthropic: WireFormat = {
  name: 'anthropic',
  read(body): Ask {
    const sent = listField(body, 'messages');
    const inline = sent
      .filter((one) => field(one, 'role') === 'system')
      .map((one) => contentText(field(one, 'content')));
    return {
      format: 'anthropic',
      model: textField(body, 'model'),
      stream: field(body, 'stream') === true,
      system: [contentText(field(body, 'system')), ...inline].filter((text) => text !== '').join('\n'),
      messages: withToolNames(sent.filter((one) => field(one, 'role') !== 'system').map(readMessage)),
      tools: listField(body, 'tools').map((tool) => ({ kind: 'function', name: textField(tool, 'name') })),
    };
  },
  write(ask, answer): Reply {
    return ask.stream ? eventReply(frames(ask, answer)) : jsonReply(whole(ask, answer));
  },
  failure(status, message) {
    return { type: 'error', error: { type: errorType(status), message } };
  },
};

function readMessage(sent: unknown): Message {
  const content = field(sent, 'content');
  const blocks = Array.isArray(content) ? content.filter(isRecord) : [];
  return {
    role: field(sent, 'role') === 'assistant' ? 'assistant' : 'user',
    text: contentText(content),
    toolCalls: blocks
      .filter((block) => block['type'] === 'tool_use')
      .map((block) => ({ id: textField(block, 'id'), name: textField(block, 'name'), input: block['input'] })),
    toolResults: blocks
      .filter((block) => block['type'] === 'tool_result')
      .map((block) => ({
        id: textField(block, 'tool_use_id'),
        tool: '',
        text: contentText(block['content']),
        isError: block['is_error'] === true,
      })),
  };
}

function whole(ask: Ask, answer: Answer): unknown {
  const text = answer.say === '' ? [] : [{ type: 'text', text: answer.say }];
  const calls = answer.calls.map((call) => ({ type: 'tool_use', id: call.id, name: call.name, input: call.input }));
  return {
    ...envelope(ask, answer),
    content: [...text, ...calls],
    stop_reason: stopReason(answer),
    usage: usage(answer, answer.usage.output),
  };
}

function frames(ask: Ask, answer: Answer): readonly string[] {
  const out = [frame({ type: 'message_start', message: { ...envelope(ask, answer), usage: usage(answer, 1) } })];
  let index = 0;
  const block = (start: unknown, deltas: readonly unknown[]): void => {
    out.push(frame({ type: 'content_block_start', index, content_block: start }));
    if (index === 0) out.push(frame({ type: 'ping' }));
    for (const delta of deltas) out.push(frame({ type: 'content_block_delta', index, delta }));
    out.push(frame({ type: 'content_block_stop', index }));
    index += 1;
  };
  if (answer.say !== '') {
    block(
      { type: 'text', text: '' },
      pieces(answer.say).map((text) => ({ type: 'text_delta', text })),
    );
  }
  for (const call of answer.calls) {
    const parts = ['', ...pieces(JSON.stringify(call.input))];
    block(
      { type: 'tool_use', id: call.id, name: call.name, input: {} },
      parts.map((partial) => ({ type: 'input_json_delta', partial_json: partial })),
    );
  }
  const delta = { stop_reason: stopReason(answer), stop_sequence: null };
  out.push(frame({ type: 'message_delta', delta, usage: usage(answer, answer.usage.output) }));
  out.push(frame({ type: 'message_stop' }));
  return out;
}

function frame(data: { readonly type: string; readonly [key: string]: unknown }): string {
  return `event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`;
}

function envelope(ask: Ask, answer: Answer): object {
  return {
    id: `msg_${answer.id}`,
    type: 'message',
    role: 'assistant',
    model: ask.model,
    content: [],
    stop_reason: null,
    stop_sequence: null,
  };
}

function stopReason(answer: Answer): 'tool_use' | 'end_turn' {
  return answer.calls.length > 0 ? 'tool_use' : 'end_turn';
}

function usage(answer: Answer, outputTokens: number): object {
  return {
    input_tokens: answer.usage.input,
    cache_creation_input_tokens: 0,
    cache_read_input_tokens: answer.usage.cacheRead,
    output_tokens: outputTokens,
  };
}

function errorType(status: number): string {
  const known: { readonly [status: number]: string } = {
    400: 'invalid_request_error',
    401: 'authentication_error',
    403: 'permission_error',
    404: 'not_found_error',
    413: 'request_too_large',
    429: 'rate_limit_error',
    529: 'overloaded_error',
  };
  return known[status] ?? (status < 500 ? 'invalid_request_error' : 'api_error');
}
