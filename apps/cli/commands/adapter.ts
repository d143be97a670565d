/** `writ adapter test`: walks a harness adapter through the conformance kit; `writ adapter run`: runs its program under a mandate, as `writ claude` runs Claude Code. */

import type { AdapterContent, HarnessAdapter, KitReport } from '@writ/enforce';
import { harnessAdapters, probeForSessions, readAdapter, testAdapter } from '@writ/enforce';
import { resolve } from 'node:path';
import { exitCodes, usage } from '../exit.ts';
import { programOnPath } from '../launcher/harness.ts';
import { showHarness } from '../launcher/harness-canary.ts';
import { launchHarness } from '../launcher/launch.ts';
import { lookAhead } from '../launcher/look-ahead.ts';
import { listOption, textOption } from '../program/command.ts';
import type { CommandRun } from '../program/command.ts';
import type { Context } from '../program/context.ts';
import { renderKit } from '../render/kit.ts';
import { refuseInside } from '../program/refuse-inside.ts';

/** `content`: of one that does not come with Writ. */
type NamedAdapter = { readonly adapter: HarnessAdapter; readonly content?: AdapterContent };

/** By the name of one of ours, or from a module. */
async function adapterAt(named: string, cwd: string): Promise<NamedAdapter> {
  const ours = Object.values<HarnessAdapter>(harnessAdapters).find(({ name }) => name === named);
  if (ours !== undefined) return { adapter: ours };
  const found = await readAdapter(resolve(cwd, named));
  if (found.kind === 'unreadable') throw usage(found.why, 'docs/guide/adapters.md builds one');
  return { adapter: found.adapter, content: found.content };
}

export const runTest: CommandRun = async (context, input) => {
  refuseInside(context, 'try what governs it');
  const { io } = context;
  const { adapter, content } = await adapterAt(input.words[0] ?? '', io.cwd);
  const path = io.env['PATH'] ?? '';
  const program = textOption(input, 'program') ?? programOnPath(adapter.program.command, path);
  const report = await testAdapter(adapter, { program, path });
  // One that did not answer in time did nothing wrong, and passed nothing.
  const isBroken = report.lines.some(({ outcome }) => outcome === 'fails' || outcome === 'late');
  const isShown = report.lines.every(({ outcome }) => outcome === 'holds');
  context.say(...renderKit(report, context.style()));
  const kept =
    isShown && content !== undefined && program !== null
      ? await keep(context, { adapter, content }, { program, path, report })
      : null;
  context.answer({ ...report, ok: !isBroken, proven: isShown, kept: kept === null ? null : kept.isKept });
  if (kept !== null) context.say(kept.sentence);
  return isBroken ? exitCodes.failed : exitCodes.done;
};

type Tried = { readonly program: string; readonly path: string; readonly report: KitReport };

/** Keeps what was shown of an adapter of a person's own, as a session has it: its program once more, in the sandbox. Bound to what the adapter and the program are now. */
async function keep(
  { home, io }: Context,
  { adapter, content }: Required<NamedAdapter>,
  { program, path, report }: Tried,
): Promise<{ readonly isKept: boolean; readonly sentence: string }> {
  const not = (why: string) => ({ isKept: false, sentence: `its sessions go on saying that it is unproven: ${why}` });
  if (content.kind === 'unbound') return not(content.why);
  const probe = await probeForSessions(home.root);
  const place = { program, path, stateDir: home.root, sandbox: probe.works ? probe : null, now: io.now() };
  const shown = await showHarness(adapter, { ...place, version: report.version ?? '' }, content);
  return shown.strength === 'unproven'
    ? not(`as a session has it, ${shown.failed.join('; ')}`)
    : { isKept: true, sentence: 'kept: its sessions are proven here, until it or its program is another' };
}

export const runRun: CommandRun = async (context, input) => {
  refuseInside(context, 'start a session of its own');
  const [named = '', ...argv] = input.words;
  const [preset, network, order] = ['preset', 'network', 'order'].map((name) => textOption(input, name));
  const found = await adapterAt(named, context.io.cwd);
  const own = argv[0] === '--' ? argv.slice(1) : argv;
  return launchHarness({
    door: { kind: 'harness', ...found, argv: own },
    io: context.io,
    ahead: lookAhead(context.io),
    reach: listOption(input, 'reach'),
    ...(preset === undefined ? {} : { preset }),
    ...(network === undefined ? {} : { network }),
    ...(order === undefined ? {} : { order }),
  });
};
