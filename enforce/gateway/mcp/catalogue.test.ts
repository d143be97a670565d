import { expect, test } from 'vitest';
import { compareCatalogue } from './catalogue.ts';
import type { McpServer } from './mcp-server.ts';
import { described } from './tool-rules.ts';

const region = (header: string) => ({
  name: 'where',
  inputSchema: { properties: { region: { type: 'string', 'x-mcp-header': header } } },
});
const trusting = (tool: object, launch: McpServer['launch']): McpServer => {
  const trusted = [described(tool, {})].filter((one) => one !== null);
  return { name: 's', project: null, fenced: false, tools: {}, launch, trusted };
};
const http: McpServer['launch'] = { kind: 'http', url: 'http://127.0.0.1:1/mcp', headers: {} };
const pipes: McpServer['launch'] = { kind: 'stdio', argv: ['s'], cwd: '/', env: {} };
const standing = (tool: object, launch: McpServer['launch']) =>
  compareCatalogue(trusting(tool, launch), [tool]).standing('where');

test('a tool whose headers nobody can follow is not used over HTTP, whoever trusted it; over pipes there are none', () => {
  expect(standing(region('Region'), http)).toMatchObject({
    is: 'trusted',
    headers: [{ header: 'Mcp-Param-Region', path: ['region'] }],
  });
  expect(standing(region('a\r\nb'), http)).toEqual({ is: 'misannotated' });
  expect(standing(region('a\r\nb'), pipes)).toMatchObject({ is: 'trusted', headers: [] });
});
