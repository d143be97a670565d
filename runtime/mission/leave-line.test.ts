// What a person allows before leaving (design, "When a person is asked": `writ leave`).

import { expect, it, test } from 'vitest';
import { parseLeave } from './leave-line.ts';

const now = Date.UTC(2030, 0, 1, 20, 30);
const at = (text: string, offsetMinutes = 0) => parseLeave(text, { project: 'p', now, offsetMinutes });

it('reads the line of the design, counted and with an end', () => {
  expect(at('push to `feat/passkey*`, one pull request, before 09:00')).toEqual({
    ok: true,
    lines: [
      { resource: 'git://p/refs/heads/feat/passkey', resourceMatch: 'prefix', actions: ['git.push'], uses: 10 },
      { resource: 'git://p/pull-requests', resourceMatch: 'exact', actions: ['pull_request.open'], uses: 1 },
    ],
    expiresAt: Date.UTC(2030, 0, 2, 9, 0),
  });
});

test.each([
  ['before 21:00', 0, Date.UTC(2030, 0, 1, 21, 0)],
  ['before 20:30', 0, Date.UTC(2030, 0, 2, 20, 30)],
  ['before 09:00', 120, Date.UTC(2030, 0, 2, 7, 0)],
  ['before 01:00', -300, Date.UTC(2030, 0, 2, 6, 0)],
  ['for 2h', 0, now + 7_200_000],
  ['for 3 days', 0, now + 3 * 86_400_000],
])('%s at %i minutes from UTC', (end, offset, expiresAt) => {
  expect(at(`one pull request, ${end}`, offset)).toMatchObject({ ok: true, expiresAt });
});

test.each([
  ['3 times git.push on refs/heads/docs/*', { actions: ['git.push'], resource: 'git://p/refs/heads/docs/', uses: 3 }],
  ['two pushes to x', { actions: ['git.push'], resource: 'git://p/refs/heads/x', uses: 2 }],
  ['install npm/left-pad', { actions: ['package.install'], resource: 'package://p/npm/left-pad', uses: 1 }],
  ['fetch from docs.example', { actions: ['http.get'], resource: 'https://docs.example/', uses: 100 }],
])('%s', (text, line) => {
  expect(at(text)).toMatchObject({ ok: true, lines: [line], expiresAt: now + 12 * 3_600_000 });
});

test.each([
  '',
  'before 09:00',
  'whatever you like',
  'push',
  'one pull request, before 09:00, for 2h',
  'mcp.write on mcp://a/b ask each time',
])('refuses `%s`, and says how it is written', (text) => {
  expect(at(text)).toMatchObject({ ok: false, message: expect.stringMatching(/`/) });
});
