import fc from 'fast-check';
import { expect, test } from 'vitest';
import { guardCommand } from '../guard/guard-command.ts';
import { agentsPart, withGuard, withoutGuard, withoutPart, withPart } from './own-part.ts';

const part = agentsPart(['npm test']);

test('a part is put in once, and what is around it stays when it is taken out', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (before, later) => {
      const after = withPart(before, part);
      expect(withPart(after, part)).toBe(after);
      const edited = `${after}${later}`;
      const out = withoutPart(edited, part);
      // A last line without an end gets one: whoever wrote after it wrote on a line of its own.
      const ended = before === '' || before.endsWith('\n') ? before : `${before}\n`;
      expect(out).toBe(`${ended}${later}`);
    }),
    { numRuns: 300 },
  );
});

test('a part that was changed is not guessed at', () => {
  expect(withoutPart(withPart('a\n', part).replace('Do not retry', 'Retry'), part)).toBeNull();
  expect(withoutPart('a\n', part)).toBeNull();
});

test.each([
  ['', {}],
  ['{"model":"x"}', { model: 'x' }],
  ['{"hooks":{"Stop":[{"hooks":[{"type":"command","command":"bell"}]}]}}', undefined],
  ['{"hooks":{"PreToolUse":[{"matcher":"Bash","hooks":[{"type":"command","command":"mine"}]}]}}', undefined],
])('the hook stands beside what is there, and everything else comes back without it: `%s`', (before, left) => {
  const after = withGuard(before) ?? '';
  expect(after).toContain(JSON.stringify(guardCommand('claude')));
  expect(withGuard(after)).toBe(after);
  const out: unknown = JSON.parse(withoutGuard(after) ?? '');
  expect(out).toEqual(left === undefined ? JSON.parse(before) : left);
});

test('an older hook of Writ gives way to this one, and is taken out as well', () => {
  const older = 'command -v writ >/dev/null 2>&1 && writ hook claude 2>/dev/null || true';
  const mine = { matcher: 'Bash', hooks: [{ type: 'command', command: 'mine' }] };
  const before = JSON.stringify({
    hooks: { PreToolUse: [{ matcher: '*', hooks: [{ type: 'command', command: older, timeout: 10 }] }, mine] },
  });
  const after = withGuard(before) ?? '';
  expect(after).not.toContain(JSON.stringify(older));
  expect(JSON.parse(withoutGuard(after) ?? '')).toEqual({ hooks: { PreToolUse: [mine] } });
  expect(JSON.parse(withoutGuard(before) ?? '')).toEqual({ hooks: { PreToolUse: [mine] } });
});

test('settings that cannot be read are not touched', () => {
  expect(withGuard('{"hooks":')).toBeNull();
  expect(withGuard('[]')).toBeNull();
  expect(withoutGuard('{"hooks":')).toBeNull();
  expect(withoutGuard('{}')).toBeNull();
});
