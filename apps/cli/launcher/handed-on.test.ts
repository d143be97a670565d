import { expect, it } from 'vitest';
import { handedOn } from './handed-on.ts';

const named = (...names: readonly string[]): NodeJS.ProcessEnv => Object.fromEntries(names.map((name) => [name, 'x']));

const secrets = [
  'GITHUB_TOKEN',
  'GH_TOKEN',
  'NPM_TOKEN',
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_SESSION_TOKEN',
  'PGPASSWORD',
  'TWINE_PASSWORD',
  'DOCKER_AUTH_CONFIG',
  'azure_client_secret',
];
const ways = ['DOCKER_HOST', 'DBUS_SESSION_BUS_ADDRESS', 'GIT_ASKPASS', 'KUBECONFIG', 'DISPLAY'];
const needed = [
  'PATH',
  'HOME',
  'TERM',
  'ANTHROPIC_AUTH_TOKEN',
  'OPENAI_API_KEY',
  'CLAUDE_CODE_OAUTH_TOKEN',
  'NODE_OPTIONS',
];

it('keeps back what speaks for the person elsewhere, or leads out, and hands on what a harness needs', () => {
  const { env, keptBack } = handedOn(named(...secrets, ...ways, ...needed, 'SSH_AUTH_SOCK'), true);
  expect(Object.keys(env)).toEqual(needed);
  expect(keptBack).toEqual([...secrets].sort());
});

it('keeps back an agent of keys alone where the files lie open as well', () => {
  const { env, keptBack } = handedOn(named(...secrets, ...ways, 'SSH_AUTH_SOCK', 'WRIT_HOME'), false);
  expect(Object.keys(env)).toEqual([...secrets, ...ways]);
  expect(keptBack).toEqual([]);
});

it('leaves a harness what it reaches its model by', () => {
  expect(handedOn(named('AWS_SECRET_ACCESS_KEY', 'CLAUDE_CODE_USE_BEDROCK'), true).keptBack).toEqual([]);
});
