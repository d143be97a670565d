import { describe, expect, test } from 'vitest';
import type { AuthorityEntry } from './authority-set.ts';
import { renderAuthority } from './render.ts';

const line = (resource: string, actions: readonly string[], more: Partial<AuthorityEntry> = {}): string | undefined =>
  renderAuthority([{ resource, resourceMatch: 'prefix', actions, constraints: {}, ...more }])[0];
const exact = { resourceMatch: 'exact' } as const;

describe('what an approver reads', () => {
  test('plain words for what we know', () => {
    expect(line('git://passkey/refs/heads/writ', ['git.push'])).toBe('push to branches `writ/*` of `passkey`');
    expect(line('git://passkey/refs/heads/main', ['git.push'], exact)).toBe('push to branch `main` of `passkey`');
    expect(line('workspace://passkey/', ['file.read', 'file.write'])).toBe('read and edit any file in `passkey`');
    expect(line('workspace://passkey/src', ['file.write'])).toBe('edit `src` and any file under it in `passkey`');
    expect(line('shell://passkey/', ['shell.run'])).toBe('run any program in `passkey`');
    expect(line('https://github.com', ['http.get'])).toBe('fetch anything at `https://github.com`');
    expect(line('mcp://github/create_issue', ['mcp.call'], exact)).toBe(
      'call the tool `create_issue` of the MCP server `github`',
    );
  });

  test('bounds, in the order they are compared', () => {
    const constraints = {
      maxAmount: { amount: '500.00', currency: 'EUR' },
      timeWindow: { notAfter: '2026-07-01T09:00:00Z' },
      requiresActionApproval: true,
    };
    expect(line('https://erp.example/payments', ['payment.send'], { constraints })).toBe(
      'do `payment.send` on `https://erp.example/payments` and everything beneath it, only if amount ≤ 500.00 EUR, only until 2026-07-01T09:00:00Z, asks you each time',
    );
  });

  test('a family is shown as the breadth it is, and what we do not know is shown literally', () => {
    expect(line('git://passkey/refs/heads/main', ['git.*'], exact)).toBe(
      'do every action under `git.*` on `git://passkey/refs/heads/main` alone',
    );
    expect(line('workspace://passkey/', ['file.read', 'file.shred'])).toBe(
      'do `file.read` and `file.shred` on `workspace://passkey/` and everything beneath it',
    );
  });

  test('a bound we do not understand, and an entry we cannot use, say so', () => {
    expect(line('workspace://p/', ['file.read'], { constraints: { unknown: { window_days: 30 } } })).toBe(
      'read any file in `p`, never, because of a bound we do not understand: `window_days` = `30`',
    );
    expect(line('file:///etc', ['file.read'])).toMatch(/^nothing, because this entry is malformed: /);
  });

  test('names that imitate others are shown encoded, others are readable', () => {
    expect(line('workspace://p/%E8%A8%AD%E8%A8%88.md', ['file.read'], exact)).toBe('read the file `設計.md` in `p`');
    expect(line('workspace://p/s\u0440c', ['file.read'])).toBe('read `s%D1%80c` and any file under it in `p`');
    expect(line('workspace://p/src%2Fx'.replace('workspace', 'mcp'), ['mcp.call'], exact)).toContain('`src%2Fx`');
  });
});
