/** An MCP server that wants OAuth, behind the enforcer: a person signs in, runs use it, and no run has anything of it. */

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { enforcerApi } from '@writ/protocol';
import { expect, test } from 'vitest';
import { startOAuthMcpServer } from '../../../test/kit/mcp/oauth-server.ts';
import { must, openHouse, work } from './testing.ts';

const agent = fileURLToPath(new URL('../../../test/kit/mcp/agent.mjs', import.meta.url));

test('a server that wants OAuth: a person signs in, runs use it, no run has its token, and one that is over is renewed', async () => {
  await using house = await openHouse();
  const owner = readFileSync(join(house.dir, 'enforcer', 'local.token'), 'utf8').trim();
  const outputOf = async (id: string): Promise<string> => {
    const ended = { params: { id }, query: { wait_ms: 20_000 }, timeoutMs: 25_000 };
    must(await house.enforcer.call(enforcerApi.getRun, ended));
    return must(await house.enforcer.call(enforcerApi.output, { params: { id } })).text;
  };
  await using tracker = await startOAuthMcpServer();
  const add = () =>
    house.enforcer.call(enforcerApi.addMcpServer, {
      token: owner,
      timeoutMs: 30_000,
      body: { name: 'tracker', project: 'p', launch: { kind: 'http', url: tracker.url } },
    });
  expect(await add()).toMatchObject({
    ok: false,
    problem: { code: 'sign_in_needed', way_out: expect.stringContaining(`\`writ mcp login ${tracker.url}\``) },
  });
  // Nobody but a person signs in.
  expect(await house.enforcer.call(enforcerApi.beginMcpSignIn, { body: { url: tracker.url } })).toMatchObject({
    ok: false,
    problem: { code: 'not_yours' },
  });
  const begun = must(
    await house.enforcer.call(enforcerApi.beginMcpSignIn, { token: owner, body: { url: tracker.url } }),
  );
  await (await fetch(begun.authorization_url)).text();
  const asked = { token: owner, params: { id: begun.id }, query: { wait_ms: 5_000 } };
  expect(must(await house.enforcer.call(enforcerApi.getMcpSignIn, asked))).toEqual({
    state: 'signed_in',
    issuer: tracker.issuer,
  });
  expect(must(await add())).toMatchObject({ signed_in_at: tracker.issuer, tools: [{ name: 'list_issues' }] });
  tracker.expire();
  const m = await house.mandate([...work(), { resource: 'mcp://tracker/list_issues', actions: ['mcp.read'] }]);
  writeFileSync(join(house.work, 'steps.json'), JSON.stringify([{ tool: 'list_issues' }]));
  const script = `"$WRIT_NODE" ${agent} steps.json tracker; env; cat ${house.dir}/enforcer/sign-ins.json`;
  const run = await house.start(m, script, { repository: { path: house.work, project: 'p' } });
  const said = await outputOf(run.id);
  expect(said).toContain('one issue');
  expect(said).not.toContain('access-');
  // The one that was over, and the one in its place.
  expect(new Set(tracker.bearers.filter((one) => one.startsWith('access-'))).size).toBe(2);
});
