/** `writ adapter test`: walks a harness adapter through the conformance kit; `writ adapter run`: runs its program under a mandate, as `writ claude` runs Claude Code. */

import type { HarnessAdapter } from '@writ/enforce';
import { harnessAdapters, readAdapter, testAdapter } from '@writ/enforce';
import { resolve } from 'node:path';
import { exitCodes, usage } from '../exit.ts';
import { programOnPath } from '../launcher/harness.ts';
import { launchHarness } from '../launcher/launch.ts';
import { lookAhead } from '../launcher/look-ahead.ts';
import { listOption, textOption } from '../program/command.ts';
import type { CommandRun } from '../program/command.ts';
import { renderKit } from '../render/kit.ts';
import { refuseInside } from '../program/refuse-inside.ts';

/** By the name of one of ours, or from a module. */
async function adapterAt(named: string, cwd: string): Promise<HarnessAdapter> {
  const ours = Object.values<HarnessAdapter>(harnessAdapters).find(({ name }) => name === named);
  if (ours !== undefined) return ours;
  const found = await readAdapter(resolve(cwd, named));
  if (found.kind === 'unreadable') throw usage(found.why, 'docs/guide/adapters.md builds one');
  return found.adapter;
}

export const runTest: CommandRun = async (context, input) => {
  refuseInside(context, 'try what governs it');
  const { io } = context;
  const adapter = await adapterAt(input.words[0] ?? '', io.cwd);
  const path = io.env['PATH'] ?? '';
  const program = textOption(input, 'program') ?? programOnPath(adapter.program.command, path);
  const report = await testAdapter(adapter, { program, path });
  // One that did not answer in time did nothing wrong, and passed nothing.
  const isBroken = report.lines.some(({ outcome }) => outcome === 'fails' || outcome === 'late');
  const isShown = report.lines.every(({ outcome }) => outcome === 'holds');
  context.answer({ ...report, ok: !isBroken, proven: isShown });
  context.say(...renderKit(report, context.style()));
  return isBroken ? exitCodes.failed : exitCodes.done;
};

export const runRun: CommandRun = async (context, input) => {
  refuseInside(context, 'start a session of its own');
  const [named = '', ...argv] = input.words;
  const [preset, network, order] = ['preset', 'network', 'order'].map((name) => textOption(input, name));
  const adapter = await adapterAt(named, context.io.cwd);
  const own = argv[0] === '--' ? argv.slice(1) : argv;
  return launchHarness({
    door: { kind: 'harness', adapter, argv: own },
    io: context.io,
    ahead: lookAhead(context.io),
    reach: listOption(input, 'reach'),
    ...(preset === undefined ? {} : { preset }),
    ...(network === undefined ? {} : { network }),
    ...(order === undefined ? {} : { order }),
  });
};
