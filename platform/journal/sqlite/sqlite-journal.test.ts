import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { describeJournal } from '../describe-journal.ts';
import { openSqliteJournal } from './open.ts';

const folder = mkdtempSync(join(tmpdir(), 'writ-journal-'));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

describeJournal('sqlite', ({ store, organisation, now }) =>
  openSqliteJournal({ path: join(folder, `${store}.db`), organisation, now }),
);
