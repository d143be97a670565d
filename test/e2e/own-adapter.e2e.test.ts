/** An adapter of the person's own: what the kit showed of it is kept, bound to what it is, and its sessions say so. */

import { appendFileSync, cpSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openTerminal } from '../kit/terminal/terminal.ts';
import { createWorld } from './support/world.ts';

const example = join(import.meta.dirname, '../../examples/adapter');
const main = join(import.meta.dirname, '../../apps/cli/writ.js');

test('what the kit showed of an adapter of your own is kept until it is another', { timeout: 300_000 }, async () => {
  await using world = await createWorld();
  const [mine, bin, app] = [join(world.place, 'mine'), join(world.place, 'bin'), join(world.place, 'app')];
  for (const folder of [mine, bin, app]) mkdirSync(folder);
  cpSync(join(example, 'adapter.mjs'), join(mine, 'adapter.mjs'));
  cpSync(join(example, 'agent.mjs'), join(world.place, 'agent.mjs'));
  symlinkSync(join(world.place, 'agent.mjs'), join(bin, 'tiny-agent'));
  const path = `${bin}:${world.env['PATH'] ?? ''}`;
  const firstLines = async (): Promise<string> => {
    const words = [process.execPath, main, 'adapter', 'run', '--preset', 'worktree', mine, '--version'];
    await using terminal = openTerminal(words, { cwd: app, env: { ...world.env, PATH: path } });
    await terminal.ended;
    expect(terminal.screen).toContain('holds by:');
    return terminal.screen;
  };
  const unproven = 'unproven: `writ adapter test`';
  expect(await firstLines()).toContain(unproven);

  type Kit = { readonly proven: boolean; readonly kept: boolean | null };
  const kit = async (named: string): Promise<Kit> => {
    const done = await world.writ(['adapter', 'test', named, '--json'], { env: { PATH: path }, timeoutMs: 280_000 });
    return JSON.parse(done.stdout) as Kit; // as it answers
  };
  // A module by itself may load whatever lies beside it: nothing stands for what it is.
  expect(await kit(join(mine, 'adapter.mjs'))).toMatchObject({ proven: true, kept: false });
  expect(await firstLines()).toContain(unproven);
  expect(await kit(mine)).toMatchObject({ proven: true, kept: true });
  expect(await firstLines()).not.toContain('unproven');

  appendFileSync(join(mine, 'adapter.mjs'), '\n// another\n');
  expect(await firstLines()).toContain(unproven);

  // One that loads from elsewhere is not all in its folder.
  writeFileSync(join(world.place, 'beside.mjs'), 'export const nothing = 0;\n');
  appendFileSync(join(mine, 'adapter.mjs'), "import '../beside.mjs';\n");
  expect(await kit(mine)).toMatchObject({ proven: true, kept: false });
});
