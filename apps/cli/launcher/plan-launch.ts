/**
 * What a person starts, as far as it is settled before anything is approved: where, which program, under which preset, with which network, and whether a sandbox can stand around it.
 *
 * What cannot be had ends the command here, so that nobody approves a start that does not happen.
 */

import type { HistoryRule } from '@writ/authority';
import { parseHistoryLine } from '@writ/authority';
import type { SandboxKind } from '@writ/enforce/attended';
import { projectName } from '@writ/protocol';
import { failed, usage } from '../exit.ts';
import type { Io } from '../io.ts';
import type { Context } from '../program/context.ts';
import { ensureUp } from '../supervisor/ensure-up.ts';
import { choosePreset, presetForEditor } from './choose-preset.ts';
import type { Door } from './harness.ts';
import { findProgram, keptBy } from './harness.ts';
import type { Ahead } from './look-ahead.ts';
import type { NetworkPlan } from './plan-network.ts';
import { planNetwork } from './plan-network.ts';
import type { StartPreset } from './preset-choice.ts';
import type { UnderMission } from './under-mission.ts';
import { missionFor } from './under-mission.ts';

export type LaunchArgs = {
  readonly door: Door;
  readonly preset?: string;
  /** What has to come before what: sentences with `;` between them. */
  readonly order?: string;
  readonly network?: string;
  /** Hosts that this start names besides. */
  readonly reach: readonly string[];
  /** Beside whose agents it works; without one it is approved by itself. */
  readonly mission?: string;
  readonly io: Io;
  readonly ahead: Ahead;
};

export type LaunchPlan = {
  readonly door: Door;
  /** The program's file. */
  readonly program: string;
  /** The repository, or the folder where there is none. */
  readonly root: string;
  readonly project: string;
  readonly chosen: StartPreset;
  readonly history: readonly HistoryRule[];
  /** What stands around it; null: nothing. */
  readonly sandbox: SandboxKind | null;
  readonly network: NetworkPlan;
  readonly under: UnderMission | null;
};

/** The plan. Asks the person where nobody has said yet what an agent may do here; approves nothing. */
export async function planLaunch(context: Context, args: LaunchArgs): Promise<LaunchPlan> {
  const { door, preset: wanted, io } = args;
  const { home } = context;
  const history = readOrder(args.order);
  const [around, probe] = await Promise.all([args.ahead.around, args.ahead.probe]);
  const canContain = probe.works;
  if (around.kind === 'unusable') throw failed(around.sentence, around.wayOut);
  const root = around.kind === 'found' ? around.root : io.cwd;
  const project = projectName(root);
  const program = findProgram(door, io.env['PATH'] ?? '', canContain && wanted !== 'watch');
  const reaches = keptBy(door)?.reaches ?? null;
  const networkOf = (contained: boolean): NetworkPlan =>
    planNetwork({
      ...{ reaches, wanted: args.network, reach: args.reach, env: io.env, dir: home.root },
      places: contained && probe.works ? probe.places : null,
    });
  // Before a person is asked anything: what cannot be had is said first.
  const { kind: likely } = networkOf(canContain && wanted !== 'watch');
  const chosen =
    door.kind === 'acp'
      ? await presetForEditor({ context, root, project })
      : await choosePreset({ context, root, project, wanted, network: likely, unanswered: 'nothing was started' });
  // Who only watches stands in nobody's way.
  const sandbox = probe.works && chosen !== 'watch' ? probe : null;
  const network = networkOf(sandbox !== null);
  if (args.mission !== undefined && history.length > 0)
    throw usage(
      'what a mission hands on has the order of its own approval',
      'leave `--order` out, or write it into the mission file',
    );
  const under = args.mission === undefined ? null : await missionHere(context, args.mission, project, chosen);
  return { door, program, root, project, chosen, history, sandbox, network, under };
}

function readOrder(order: string | undefined): readonly HistoryRule[] {
  const sentences = (order ?? '').split(';').filter((sentence) => sentence.trim() !== '');
  return sentences.map((sentence, index) => {
    const line = parseHistoryLine(sentence.trim(), `o${String(index + 1)}`);
    if (!line.ok) throw usage(line.message, 'several have `;` between them');
    return line.rule;
  });
}

/** The mission it is to work beside. Who only watches works under nobody's mandate but its own. */
async function missionHere(
  context: Context,
  typed: string,
  project: string,
  chosen: StartPreset,
): Promise<UnderMission> {
  if (chosen === 'watch')
    throw usage(
      '`--preset watch` holds nothing back, and a mission hands on nothing that holds nothing',
      'choose another preset',
    );
  await ensureUp(context, 'always', () => undefined);
  return missionFor(context, typed, project);
}
