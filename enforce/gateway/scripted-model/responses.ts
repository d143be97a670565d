/**
 * The OpenAI Responses format (`POST /v1/responses`), read and written.
 *
 * Stream order: response.created, response.in_progress, per output item output_item.added … output_item.done, then
 * response.completed with the usage; every event carries a `sequence_number` and there is no `[DONE]`. Free-text tools
 * are called by `custom_tool_call`. The whole history must be in `input`; `previous_response_id` is not followed.
 */
import { contentText, field, listField, parsedOr, pieces, textField } from './json.ts';
import { argumentsText, openAiFailure } from './chat.ts';
import {
  eventReply,
  jsonReply,
  plainMessage,
  withToolNames,
  type Answer,
  type Ask,
  type Message,
  type OfferedTool,
  type Reply,
  type ToolCall,
  type WireFormat,
} from './exchange.ts';

export const responses: WireFormat = {
  name: 'responses',
  read(body): Ask {
    const input = field(body, 'input');
    const items = typeof input === 'string' ? [{ role: 'user', content: input }] : listField(body, 'input');
    const inline = items.filter(isSystem).map((item) => contentText(field(item, 'content')));
    return {
      format: 'responses',
      model: textField(body, 'model'),
      stream: field(body, 'stream') === true,
      system: [textField(body, 'instructions'), ...inline].filter((text) => text !== '').join('\n'),
      messages: withToolNames(items.filter((item) => !isSystem(item)).flatMap(readItem)),
      tools: listField(body, 'tools').flatMap(readTool),
    };
  },
  write(ask, answer): Reply {
    return ask.stream ? eventReply(frames(ask, answer)) : jsonReply(envelope(ask, answer, 'completed'));
  },
  failure: openAiFailure,
};

function isSystem(item: unknown): boolean {
  const role = field(item, 'role');
  return role === 'system' || role === 'developer';
}

/** Items that are neither messages nor calls nor results (reasoning, searches) are not part of the conversation. */
function readItem(item: unknown): readonly Message[] {
  const role = field(item, 'role');
  if (role === 'user' || role === 'assistant') return [plainMessage(role, contentText(field(item, 'content')))];
  const id = textField(item, 'call_id');
  switch (field(item, 'type')) {
    case 'function_call': {
      const call = { id, name: textField(item, 'name'), input: parsedOr(textField(item, 'arguments')) };
      return [{ ...plainMessage('assistant', ''), toolCalls: [call] }];
    }
    case 'custom_tool_call': {
      const call = { id, name: textField(item, 'name'), input: textField(item, 'input') };
      return [{ ...plainMessage('assistant', ''), toolCalls: [call] }];
    }
    case 'function_call_output':
    case 'custom_tool_call_output': {
      const result = { id, tool: '', text: contentText(field(item, 'output')), isError: false };
      return [{ ...plainMessage('user', ''), toolResults: [result] }];
    }
    default:
      return [];
  }
}

function readTool(tool: unknown): readonly OfferedTool[] {
  const name = textField(tool, 'name');
  switch (field(tool, 'type')) {
    case 'custom':
      return [{ kind: 'free-text', name }];
    case 'namespace':
      return listField(tool, 'tools').map((inner) => {
        const innerName = textField(inner, 'name');
        return { kind: 'grouped', name: `${name}__${innerName}`, group: name, inner: innerName };
      });
    default:
      return [{ kind: 'function', name: name || textField(tool, 'type') }];
  }
}

/** One output item, finished: its open form (`blank`) starts the item in a stream and `deltas` fill it. */
type Item = {
  readonly blank: { readonly id: string; readonly [key: string]: unknown };
  readonly full: { readonly id: string; readonly [key: string]: unknown };
  readonly events: readonly { readonly type: string; readonly [key: string]: unknown }[];
};

function items(ask: Ask, answer: Answer): readonly Item[] {
  const text = answer.say === '' ? [] : [messageItem(answer)];
  return [...text, ...answer.calls.map((call) => callItem(ask, call))];
}

function messageItem(answer: Answer): Item {
  const id = `msg_${answer.id}`;
  const base = { id, type: 'message', role: 'assistant' };
  const part = (text: string): object => ({ type: 'output_text', text, annotations: [], logprobs: [] });
  const at = { item_id: id, content_index: 0 };
  return {
    blank: { ...base, status: 'in_progress', content: [] },
    full: { ...base, status: 'completed', content: [part(answer.say)] },
    events: [
      { type: 'response.content_part.added', ...at, part: part('') },
      ...pieces(answer.say).map((delta) => ({ type: 'response.output_text.delta', ...at, delta, logprobs: [] })),
      { type: 'response.output_text.done', ...at, text: answer.say, logprobs: [] },
      { type: 'response.content_part.done', ...at, part: part(answer.say) },
    ],
  };
}

function callItem(ask: Ask, call: ToolCall): Item {
  const tool = ask.tools.find((offered) => offered.name === call.name);
  const free = tool?.kind === 'free-text';
  const slot = free ? 'input' : 'arguments';
  const written = free && typeof call.input !== 'string' ? textField(call.input, 'input') : argumentsText(call.input);
  const base = {
    id: `${free ? 'ctc' : 'fc'}_${call.id}`,
    type: free ? 'custom_tool_call' : 'function_call',
    call_id: call.id,
    ...(tool?.kind === 'grouped' ? { name: tool.inner, namespace: tool.group } : { name: call.name }),
  };
  const event = free ? 'response.custom_tool_call_input' : 'response.function_call_arguments';
  return {
    blank: { ...base, status: 'in_progress', [slot]: '' },
    full: { ...base, status: 'completed', [slot]: written },
    events: [
      ...pieces(written).map((delta) => ({ type: `${event}.delta`, item_id: base.id, delta })),
      { type: `${event}.done`, item_id: base.id, [slot]: written },
    ],
  };
}

function frames(ask: Ask, answer: Answer): readonly string[] {
  const out: string[] = [];
  const send = (data: { readonly type: string; readonly [key: string]: unknown }): void => {
    out.push(`event: ${data.type}\ndata: ${JSON.stringify({ ...data, sequence_number: out.length })}\n\n`);
  };
  const open = envelope(ask, answer, 'in_progress');
  send({ type: 'response.created', response: open });
  send({ type: 'response.in_progress', response: open });
  for (const [output_index, item] of items(ask, answer).entries()) {
    send({ type: 'response.output_item.added', output_index, item: item.blank });
    for (const event of item.events) send({ ...event, output_index });
    send({ type: 'response.output_item.done', output_index, item: item.full });
  }
  send({ type: 'response.completed', response: envelope(ask, answer, 'completed') });
  return out;
}

function envelope(ask: Ask, answer: Answer, status: 'in_progress' | 'completed'): object {
  const done = status === 'completed';
  return {
    id: `resp_${answer.id}`,
    object: 'response',
    created_at: answer.at,
    status,
    error: null,
    incomplete_details: null,
    model: ask.model,
    output: done ? items(ask, answer).map((item) => item.full) : [],
    parallel_tool_calls: true,
    previous_response_id: null,
    store: false,
    tool_choice: 'auto',
    tools: [],
    usage: done ? usage(answer) : null,
    metadata: {},
  };
}

function usage(answer: Answer): object {
  const { input, output, cacheRead } = answer.usage;
  return {
    input_tokens: input + cacheRead,
    input_tokens_details: { cached_tokens: cacheRead },
    output_tokens: output,
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: input + cacheRead + output,
  };
}
