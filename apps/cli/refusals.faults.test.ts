/** What the machine refuses (a port, a folder, room on the disk) is said as that, and nothing acknowledged is lost. */

import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { isAlive } from './place/process-identity.ts';
import type { Ended } from './testing/machine.ts';
import { ownMachine } from './testing/machine.ts';

const machine = ownMachine();
const { writ, json, supervisor } = machine;

it('says which port is taken, by whom a journal is written, and how to go on', { timeout: 60_000 }, async () => {
  await writ(['up']);
  const { port } = new URL((await json<{ planes: { control: { where: string } } }>(['up'])).planes.control.where);
  const taken = await writ(['serve', '--plane', 'control', '--dir', join(machine.root, 'other'), '--port', port]);
  expect({ code: taken.code, err: taken.err }).toEqual({
    code: 1,
    err: expect.stringContaining(`port ${port} on 127.0.0.1 is taken by another program`) as string,
  });
  const second = await writ(['serve', '--plane', 'control']);
  expect(second.code).toBe(1);
  expect(second.err.replace(/\s+/g, ' ')).toContain(`by process \`${String(supervisor().planes.control?.pid)}\``);
});

it('says why a home cannot be used, and leaves nothing running in it', { timeout: 60_000 }, async () => {
  mkdirSync(join(machine.home, 'control'), { recursive: true });
  writeFileSync(join(machine.home, 'control', 'control.db'), 'of another program '.repeat(1_000));
  const { code, err } = await writ(['up']);
  expect(code).toBe(1);
  expect(err.replace(/\s+/g, ' ')).toContain('control.db` cannot be opened: file is not a database');
  expect(err).toContain(join('log', 'control.log'));
  expect(existsSync(join(machine.home, 'supervisor.json'))).toBe(false);
  expect(readFileSync(join(machine.home, 'control', 'control.db'), 'utf8')).toContain('of another program');

  const file = await writ(['up'], machine.root, { WRIT_HOME: join(machine.home, 'control', 'control.db') });
  expect({ code: file.code, err: file.err.replace(/\s+/g, ' ') }).toEqual({
    code: 1,
    err: expect.stringContaining('is a file where a folder is needed') as string,
  });
});

it('takes over from a supervisor file that says nothing', { timeout: 60_000 }, async () => {
  mkdirSync(machine.home, { recursive: true });
  writeFileSync(join(machine.home, 'supervisor.json'), '{ half');
  expect((await writ(['up'])).code).toBe(0);
  expect(isAlive(supervisor())).toBe(true);
});

// A limit on the size of files is what a full disk is to whoever writes, and needs no disk to fill.
const limit = (pid: number | undefined, bytes: string): void => {
  execFileSync('prlimit', [`--pid=${String(pid)}`, `--fsize=${bytes}:`]);
};
it('does nothing it cannot record, says so, and has lost nothing when there is room again', async () => {
  await writ(['up']);
  const fact = (value: string): Promise<Ended> => writ(['signal', 'branch:app/x', value]);
  expect((await fact('open')).code).toBe(0);
  const { control } = supervisor().planes;
  limit(control?.pid, '1024');
  const refused = await fact('frozen');
  expect(refused.code).toBe(1);
  expect(refused.err.replace(/\s+/g, ' ')).toContain(
    'control cannot write down what happens, so nothing was permitted',
  );
  expect(refused.err).toContain('has room');
  type Signals = { items: { value: string }[] };
  expect((await json<Signals>(['signal', 'list'])).items).toMatchObject([{ value: 'open' }]);
  limit(control?.pid, 'unlimited');
  expect((await fact('frozen')).code).toBe(0);
  expect((await writ(['audit', 'verify'])).out).toMatch(/control: intact/);
  expect(supervisor().planes.control?.pid).toBe(control?.pid);
}, 60_000);
