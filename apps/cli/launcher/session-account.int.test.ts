/** The last lines of an attended session: what was refused, and what a person said yes to after all. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { mark } from './changes.ts';
import { createSessionAccount } from './session-account.ts';

const judged = { tool: 'Bash', action: 'git.push', resource: 'git://app/refs/heads/x', from: 'control' };

it('tells no call as refused that a person said yes to, and the same call as refused where they did not', async () => {
  const root = mkdtempSync(join(tmpdir(), 'writ-account-'));
  const observed: unknown[] = [];
  const account = createSessionAccount(
    { observe: (event) => void observed.push(event) },
    { root, before: await mark(root), startedAt: 0, asks: true, watches: false, harness: null, folder: null },
  );
  const waiting = { ...judged, decision: 'hold', sentence: 'it waits for a person' };
  account.seen(waiting);
  account.answeredYes(waiting);
  account.seen({ ...judged, decision: 'permit', sentence: '' });
  expect(await account.lines()).toContain('refused: nothing');
  account.seen({ ...waiting });
  expect(await account.lines()).toContain('refused: 1, the last: Bash (it waits for a person)');
  // The record has each as it was.
  expect(observed).toHaveLength(3);
  rmSync(root, { recursive: true });
});
