/** Arguments that stand in headers (MCP 2026-07-28, Custom Headers from Tool Parameters), with the examples of the specification. */

import { expect, test } from 'vitest';
import { decoded, encoded, mismatchedParam, paramHeaders, paramHeadersOf } from './param-headers.ts';

const property = (header: unknown, type: unknown = 'string') => ({ type, 'x-mcp-header': header });
const tool = (properties: object, more: object = {}) => ({ inputSchema: { type: 'object', properties, ...more } });

test('those of a tool are found by the names that lead to them', () => {
  const nested = {
    type: 'object',
    properties: { id: property('Tenant', 'integer'), 'x-mcp-header': { type: 'string' } },
  };
  expect(paramHeadersOf(tool({ region: property('Region'), tenant: nested, query: { type: 'string' } }))).toEqual([
    { header: 'Mcp-Param-Region', path: ['region'] },
    { header: 'Mcp-Param-Tenant', path: ['tenant', 'id'] },
  ]);
  expect(paramHeadersOf({})).toEqual([]);
});

test.each([
  ['no name', tool({ a: property('') })],
  ['no token', tool({ a: property('a b') })],
  ['a line of its own', tool({ a: property('a\r\nb') })],
  ['no text', tool({ a: property(7) })],
  ['a number of any kind', tool({ a: property('A', 'number') })],
  ['an object', tool({ a: property('A', 'object') })],
  ['one name twice', tool({ a: property('A'), b: property('a') })],
  ['in a list', tool({ a: { type: 'array', items: property('A') } })],
  ['in what may be', tool({ a: { anyOf: [property('A')] } })],
  ['by a reference', tool({}, { $defs: { a: property('A') } })],
  ['on the whole', { inputSchema: { 'x-mcp-header': 'A', properties: {} } }],
])('a tool that annotates %s is none to use', (_, described) => {
  expect(paramHeadersOf(described)).toBeNull();
});

test.each([
  ['us-west1', 'us-west1'],
  ['Hello, 世界', '=?base64?SGVsbG8sIOS4lueVjA==?='],
  [' padded ', '=?base64?IHBhZGRlZCA=?='],
  ['line1\nline2', '=?base64?bGluZTEKbGluZTI=?='],
  ['=?base64?literal?=', '=?base64?PT9iYXNlNjQ/bGl0ZXJhbD89?='],
  ['', '=?base64??='],
])('%j is written as %s', (value, header) => {
  expect(encoded(value)).toBe(header);
  expect(decoded(header)).toBe(value);
});

test('what is there is said, what is not is not, and each says the same', () => {
  const params = ['s', 'n', 'b', 'gone', 'none'].map((name) => ({ header: `Mcp-Param-${name}`, path: ['in', name] }));
  const args = { in: { s: 'ä', n: -42, b: false, none: null }, n: 1 };
  const headers = paramHeaders(params, args);
  expect(headers).toEqual({ 'Mcp-Param-s': '=?base64?w6Q=?=', 'Mcp-Param-n': '-42', 'Mcp-Param-b': 'false' });
  const lower = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
  const wrong = (more: object): string | undefined => {
    const said = new Map<string, unknown>(Object.entries({ ...lower, ...more }));
    return mismatchedParam(params, args, (name) => said.get(name) as string | undefined); // a text, or not there
  };
  expect(wrong({})).toBeUndefined();
  expect(wrong({ 'mcp-param-n': '-42.0' })).toBeUndefined();
  for (const n of ['', '-0x2a', '-43', undefined]) expect(wrong({ 'mcp-param-n': n })).toBe('Mcp-Param-n');
  expect(wrong({ 'mcp-param-s': 'ä' })).toBeUndefined();
  expect(wrong({ 'mcp-param-s': undefined })).toBe('Mcp-Param-s');
  expect(wrong({ 'mcp-param-b': 'False' })).toBe('Mcp-Param-b');
  expect(wrong({ 'mcp-param-gone': 'x' })).toBe('Mcp-Param-gone');
  expect(wrong({ 'mcp-param-none': 'null' })).toBe('Mcp-Param-none');
});
