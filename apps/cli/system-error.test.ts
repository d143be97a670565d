/** What the system refuses is said as what it is, with the way out, and never as a bug of ours. */

import { createServer } from 'node:net';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { makeFolder } from './place/make-folder.ts';
import { systemProblem, systemSentence } from './system-error.ts';

const thrownBy = (act: () => void): unknown => {
  try {
    act();
  } catch (error) {
    return error;
  }
  throw new Error('it was not refused');
};

it('names the folder that cannot be made, and why', () => {
  const root = mkdtempSync(join(tmpdir(), 'writ-system-'));
  try {
    writeFileSync(join(root, 'file'), '');
    const asFolder = systemProblem(thrownBy(() => makeFolder(join(root, 'file'))));
    expect(asFolder?.detail).toBe(`\`${join(root, 'file')}\` is a file where a folder is needed`);
    const below = systemProblem(thrownBy(() => makeFolder(join(root, 'file', 'below'))));
    expect(below?.detail).toContain('is a file where a folder is needed');
    makeFolder(join(root, 'a', 'b', 'c'));
    makeFolder(join(root, 'a', 'b', 'c'));
  } finally {
    rmSync(root, { recursive: true });
  }
});

it('does not try for ever where no folder can be made', () => {
  expect(() => {
    makeFolder('/proc/writ/control');
  }).toThrow(/ENOENT|EPERM|EACCES|EROFS/);
});

it('names the port that is taken', async () => {
  const first = createServer();
  await new Promise<void>((resolve) => first.listen(0, '127.0.0.1', resolve));
  const address = first.address();
  const port = typeof address === 'object' ? address?.port : 0;
  const second = createServer();
  const error = await new Promise<Error>((resolve) => {
    second.once('error', resolve);
    second.listen(port, '127.0.0.1');
  });
  expect(systemSentence(error)).toBe(`port ${String(port)} on 127.0.0.1 is taken by another program`);
  first.close();
});

it('takes the way out of a journal that refuses for the way out', () => {
  const refusal = Object.assign(new Error('journal `x` is already being written by process `7`; stop it'), {
    name: 'JournalError',
  });
  expect(systemProblem(refusal)).toMatchObject({
    detail: 'journal `x` is already being written by process `7`',
    way_out: 'stop it',
  });
});

it('leaves a bug a bug', () => {
  expect(systemProblem(new TypeError('x is not a function'))).toBeUndefined();
  expect(systemProblem('thrown')).toBeUndefined();
});
