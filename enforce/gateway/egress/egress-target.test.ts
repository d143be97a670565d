/** What is judged is what is sent, under one name. */

import { expect, test } from 'vitest';
import { connectTarget, requestTarget } from './egress-target.ts';

test.each([
  ['registry.npmjs.org:443', 'https://registry.npmjs.org/', 'registry.npmjs.org', 443],
  ['Registry.NPMJS.org:443', 'https://registry.npmjs.org/', 'registry.npmjs.org', 443],
  ['api.anthropic.com:8443', 'https://api.anthropic.com:8443/', 'api.anthropic.com', 8443],
  ['github.com:22', 'https://github.com:22/', 'github.com', 22],
  ['[2606:4700::1]:443', 'https://[2606:4700::1]/', '2606:4700::1', 443],
])('a tunnel to %s is judged as %s', (authority, resource, host, port) => {
  expect(connectTarget(authority)).toMatchObject({
    ok: true,
    target: { action: 'network.connect', resource, destination: { host, port } },
  });
});

test.each([
  'github.com',
  'github.com:',
  'github.com:0',
  'github.com:99999',
  'github.com.:443',
  'a@github.com:443',
  'github.com/x:443',
  '127.1:443',
  '0x7f000001:443',
  '2130706433:443',
  'git hub.com:443',
  'ｇithub.com:443',
  'evil.example:443:443',
  '[::1:443',
  ':443',
  '',
])('a tunnel to `%s` is no tunnel', (authority) => {
  expect(connectTarget(authority).ok).toBe(false);
});

test.each([
  ['GET', 'http://a.example/x/y?q=1', 'http.get', 'http://a.example/x/y', '/x/y?q=1'],
  ['HEAD', 'http://a.example', 'http.get', 'http://a.example/', '/'],
  ['GET', 'http://a.example/x/../y', 'http.get', 'http://a.example/y', '/y'],
  ['GET', 'http://a.example/x/%2E%2e/y', 'http.get', 'http://a.example/y', '/y'],
  ['GET', 'https://a.example:443/x', 'http.get', 'https://a.example/x', '/x'],
  ['POST', 'http://a.example:8080/x', 'http.post', 'http://a.example:8080/x', '/x'],
  ['DELETE', 'http://a.example/x', 'http.post', 'http://a.example/x', '/x'],
  ['get', 'http://a.example/x', 'http.post', 'http://a.example/x', '/x'],
  ['PROPFIND', 'http://a.example/x', 'http.post', 'http://a.example/x', '/x'],
])('%s %s is %s of %s, and %s is asked for', (method, address, action, resource, path) => {
  expect(requestTarget(method, address, false)).toMatchObject({ ok: true, target: { action, resource, path } });
});

test('what reads and brings something with it sends', () => {
  expect(requestTarget('GET', 'http://a.example/x', true)).toMatchObject({ ok: true, target: { action: 'http.post' } });
});

test.each([
  '/x',
  'ftp://a.example/x',
  'http://name:password@a.example/x',
  'http://a.example\\@b.example/x',
  'http://a.example#@b.example/x',
  'http://127.1/x',
  'http://a.example./x',
  'http://ａ.example/x',
  'http://a.example/%zz',
  'http:///x',
])('a request for `%s` is refused', (address) => {
  expect(requestTarget('GET', address, false).ok).toBe(false);
});

test.each(['git-receive%2Dpack', '%67it-receive-pack', 'git-receive-pack/', 'GIT-RECEIVE-PACK'])(
  'a push that is spelled `%s` is one',
  (name) => {
    expect(requestTarget('POST', `http://h/app.git/${name}`, true)).toMatchObject({ ok: false });
  },
);
