/** The preset as it is approved for one start: with what was accepted here, the hosts of the harness, those a person named or had remembered, and the MCP servers they trusted. */

import type { ExpandedPreset, SaidBefore } from '@writ/authority';
import { askingBefore, reachingToo, usingServers } from '@writ/authority';
import { controlApi } from '@writ/protocol';
import type { Context } from '../program/context.ts';
import type { LaunchPlan } from './plan-launch.ts';
import { presetHere } from './repository-preset.ts';
import { givenServers } from './session-mcp.ts';

/** Asks which servers were trusted, and what was said yes to before: Writ has to be up. */
export async function startPreset(
  context: Context,
  { chosen, root, project, network }: Pick<LaunchPlan, 'chosen' | 'root' | 'project' | 'network'>,
): Promise<ExpandedPreset> {
  const [given, said] = await Promise.all([givenServers(context, project), saidBefore(context, project)]);
  const { modelHosts, origins } = network.kind === 'gated' ? network : { modelHosts: null, origins: [] };
  const place = { home: context.home.root, root, project };
  const here = presetHere(chosen, place, modelHosts === null ? {} : { modelHosts });
  return usingServers(askingBefore(reachingToo(here, origins), said), given);
}

/** The yeses in advance of the project that are in force, the newest first. */
async function saidBefore({ planes }: Context, project: string): Promise<readonly SaidBefore[]> {
  const { items } = await (await planes.control()).call(controlApi.listAdvances);
  return items
    .filter((one) => one.project === project)
    .map(({ resource, resource_match: resourceMatch, actions }) => ({ resource, resourceMatch, actions }));
}
