/**
 * The Gemini format (`POST /v1beta/models/MODEL:generateContent` and `:streamGenerateContent`), read and written.
 *
 * With `alt=sse` a stream is `data:` lines ended by CR LF; without it, one JSON list of the same chunks. Function calls
 * arrive whole, never as deltas; only the last chunk has `finishReason`, and it carries the usage. No thought parts.
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

export const gemini: WireFormat = {
  name: 'gemini',
  read(body, url): Ask {
    const path = /\/models\/([^:/]+):(\w+)$/.exec(url.pathname);
    const system = field(body, 'systemInstruction') ?? field(body, 'system_instruction');
    return {
      format: 'gemini',
      model: decodeURIComponent(path?.[1] ?? ''),
      stream: path?.[2] === 'streamGenerateContent',
      system: contentText(field(system, 'parts')),
      messages: withToolNames(listField(body, 'contents').map(readContent)),
      tools: listField(body, 'tools')
        .flatMap((tool) => [...listField(tool, 'functionDeclarations'), ...listField(tool, 'function_declarations')])
        .map((declared) => ({ kind: 'function', name: textField(declared, 'name') })),
    };
  },
  write(ask, answer, url): Reply {
    if (!ask.stream) return jsonReply(chunk(ask, answer, allParts(answer), true));
    const parts = streamedParts(answer);
    const chunks = parts.map((part, index) => chunk(ask, answer, [part], index === parts.length - 1));
    if (url.searchParams.get('alt') !== 'sse') return jsonReply(chunks);
    return eventReply(chunks.map((one) => `data: ${JSON.stringify(one)}\r\n\r\n`));
  },
  failure(status, message) {
    const names: { readonly [status: number]: string } = {
      400: 'INVALID_ARGUMENT',
      401: 'UNAUTHENTICATED',
      403: 'PERMISSION_DENIED',
      404: 'NOT_FOUND',
      429: 'RESOURCE_EXHAUSTED',
      503: 'UNAVAILABLE',
    };
    return {
      error: { code: status, message, status: names[status] ?? (status < 500 ? 'INVALID_ARGUMENT' : 'INTERNAL') },
    };
  },
};

function readContent(sent: unknown): Message {
  const parts = listField(sent, 'parts').filter(isRecord);
  return {
    role: field(sent, 'role') === 'model' ? 'assistant' : 'user',
    text: contentText(parts),
    toolCalls: parts.flatMap(({ functionCall: call }) =>
      isRecord(call) ? [{ id: textField(call, 'id'), name: textField(call, 'name'), input: call['args'] }] : [],
    ),
    toolResults: parts.flatMap(({ functionResponse: result }) => {
      if (!isRecord(result)) return [];
      const output = field(result['response'], 'output');
      const text = typeof output === 'string' ? output : JSON.stringify(result['response'] ?? null);
      const isError = field(result['response'], 'error') !== undefined;
      return [{ id: textField(result, 'id'), tool: textField(result, 'name'), text, isError }];
    }),
  };
}

function callParts(answer: Answer): readonly object[] {
  return answer.calls.map((call) => ({ functionCall: { id: call.id, name: call.name, args: call.input } }));
}

function allParts(answer: Answer): readonly object[] {
  return [...(answer.say === '' ? [] : [{ text: answer.say }]), ...callParts(answer)];
}

/** At least one part: a client takes a stream without any candidate for a broken one. */
function streamedParts(answer: Answer): readonly object[] {
  const parts = [...pieces(answer.say).map((text) => ({ text })), ...callParts(answer)];
  return parts.length > 0 ? parts : [{ text: '' }];
}

function chunk(ask: Ask, answer: Answer, parts: readonly object[], last: boolean): object {
  const { input, output, cacheRead } = answer.usage;
  const prompt = input + cacheRead;
  const cached = cacheRead > 0 ? { cachedContentTokenCount: cacheRead } : {};
  const usage = last
    ? { promptTokenCount: prompt, candidatesTokenCount: output, totalTokenCount: prompt + output, ...cached }
    : { promptTokenCount: prompt, totalTokenCount: prompt };
  return {
    candidates: [{ content: { role: 'model', parts }, ...(last ? { finishReason: 'STOP' } : {}), index: 0 }],
    usageMetadata: usage,
    modelVersion: ask.model,
    responseId: answer.id,
  };
}
