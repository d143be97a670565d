/**
 * JSON-RPC 2.0 as MCP uses it (specification 2026-07-28, Base Protocol): one message, told apart by what it carries.
 *
 * It looks at nothing else of a message: what it does not know goes through as it came.
 */

export type Message = Readonly<Record<string, unknown>>;
export type MessageId = string | number;

export const isMessage = (value: unknown): value is Message =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The id of a request or of a reply; undefined for a notification and for an id that is none. */
export const idOf = ({ id }: Message): MessageId | undefined =>
  typeof id === 'string' || typeof id === 'number' ? id : undefined;

/** The method of a request or notification; undefined for a reply. */
export const methodOf = ({ method }: Message): string | undefined => (typeof method === 'string' ? method : undefined);

/** The members of an object, none where it is no object. */
export const membersOf = (value: unknown): Message => (isMessage(value) ? value : {});

export const request = (id: MessageId, method: string, params: Message): Message => ({
  ...{ jsonrpc: '2.0', id, method, params },
});

export const notification = (method: string, params: Message): Message => ({ jsonrpc: '2.0', method, params });

export const result = (id: MessageId, value: Message): Message => ({ jsonrpc: '2.0', id, result: value });

/** `code`: of JSON-RPC 2.0 section 5.1, or a server error between -32000 and -32099. */
export const error = (id: MessageId | null, code: number, message: string): Message => ({
  jsonrpc: '2.0',
  id,
  error: { code, message },
});

/**
 * The result of a tool that was not called: an error the model reads, and not one of the protocol, which would end the client's conversation. 2026-07-28 wants
 * `resultType`; what came before looks past it.
 */
export const refusedResult = (text: string): Message => ({
  content: [{ type: 'text', text }],
  isError: true,
  resultType: 'complete',
});
