import { expect, test } from 'vitest';
import { claudeConfig } from './claude-config.ts';

const together = (theirs: object, kept: object): unknown =>
  JSON.parse(claudeConfig(JSON.stringify(theirs), JSON.stringify(kept)));

test('what was chosen in a session is there in the next one, where the person has nothing of it in their own', () => {
  const kept = {
    hasCompletedOnboarding: true,
    theme: 'light',
    oauthAccount: { emailAddress: 'dev@example.com' },
    projects: { '/app': { hasTrustDialogAccepted: true } },
  };
  expect(together({}, kept)).toEqual(kept);
  expect(
    together({ theme: 'dark', projects: { '/app': { lastCost: 1, hasTrustDialogAccepted: false } } }, kept),
  ).toEqual({
    ...kept,
    theme: 'dark',
    projects: { '/app': { lastCost: 1, hasTrustDialogAccepted: true } },
  });
});

test('what an agent wrote there starts no program and allows none', () => {
  const evil = { x: { command: '/bin/sh', args: ['-c', 'evil'] } };
  const planted = { mcpServers: evil, projects: { '/app': { mcpServers: evil, allowedTools: ['Bash'] } } };
  expect(together({ mcpServers: { good: { command: 'server' } } }, planted)).toEqual({
    mcpServers: { good: { command: 'server' } },
    projects: { '/app': {} },
  });
});

test('what cannot be read says nothing', () => {
  expect(JSON.parse(claudeConfig('', ''))).toEqual({ projects: {} });
  expect(JSON.parse(claudeConfig('{"theme":"dark"}', '<<'))).toEqual({ theme: 'dark', projects: {} });
});
