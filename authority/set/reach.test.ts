// Origins a person names for one start: reached, and nothing beside them.

import { expect, test } from 'vitest';
import { permits } from './permits.ts';
import { expandPreset } from './preset.ts';
import { askingBefore, reachingToo, usingServers } from './reach.ts';

const worktree = expandPreset('worktree', { project: 'app' });
const may = (set: typeof worktree, action: string, resource: string): boolean =>
  permits(set.authority, { action, resource, parameters: {} }, 0).permitted;

test('a named origin is reached by its scheme, host and port, and the words say so', () => {
  const named = reachingToo(worktree, ['http://127.0.0.1:11434']);
  for (const action of ['http.get', 'http.post', 'model.call']) {
    expect(may(worktree, action, 'http://127.0.0.1:11434/v1/messages')).toBe(false);
    expect(may(named, action, 'http://127.0.0.1:11434/v1/messages')).toBe(true);
    expect(may(named, action, 'http://127.0.0.1:11435/v1/messages')).toBe(false);
    expect(may(named, action, 'https://127.0.0.1:11434/v1/messages')).toBe(false);
  }
  expect(named.words).toContain('may reach http://127.0.0.1:11434, whatever is sent there');
  expect(named.words.at(-1)).toBe(worktree.words.at(-1));
});

test('what is no origin is refused, and none changes nothing', () => {
  expect(() => reachingToo(worktree, ['nonsense'])).toThrow(RangeError);
  expect(reachingToo(worktree, [])).toBe(worktree);
});

test('a site that was said yes to before asks, as far as the preset would ask about it, and nothing else is added', () => {
  const site = { resource: 'https://docs.example.com/', resourceMatch: 'prefix' } as const;
  const said = [
    { ...site, actions: ['http.get', 'network.connect'] },
    { resource: 'git://app/refs/heads/x', resourceMatch: 'prefix', actions: ['git.push'] },
  ] as const;
  const named = askingBefore(worktree, said);
  for (const [action, resource] of [
    ['http.get', 'https://docs.example.com/a/b'],
    ['network.connect', 'https://docs.example.com/'],
  ] as const)
    expect(permits(named.authority, { action, resource, parameters: {} }, 0)).toMatchObject({
      permitted: true,
      requiresActionApproval: true,
    });
  expect(may(named, 'http.post', 'https://docs.example.com/')).toBe(false);
  expect(may(named, 'network.connect', 'https://docs.example.com:8443/')).toBe(false);
  expect(may(named, 'git.push', 'git://app/refs/heads/x')).toBe(false);
  expect(named.words).toContain('may reach docs.example.com, while you have that remembered');
  // It asks nobody about hosts, so that nobody said yes to any for it.
  const readOnly = expandPreset('read-only', { project: 'app' });
  expect(askingBefore(readOnly, said)).toBe(readOnly);
});

test('of a given server what reads may be used, the rest with a yes each time, and nothing that was not looked at', () => {
  const given = usingServers(worktree, [{ name: 'ledger', catalogueDigest: 'd1' }]);
  const answer = (action: string, resource: string, catalogueDigest: string) =>
    permits(given.authority, { action, resource, parameters: { catalogueDigest } }, 0);
  expect(answer('mcp.read', 'mcp://ledger/list', 'd1')).toMatchObject({
    permitted: true,
    requiresActionApproval: false,
  });
  expect(answer('mcp.commit', 'mcp://ledger/post', 'd1')).toMatchObject({
    permitted: true,
    requiresActionApproval: true,
  });
  expect(answer('mcp.read', 'mcp://ledger/list', 'd2').permitted).toBe(false);
  expect(answer('mcp.read', 'mcp://other/list', 'd1').permitted).toBe(false);
});
