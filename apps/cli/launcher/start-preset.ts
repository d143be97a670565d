/** The preset as it is approved for one start: with what was accepted here, the hosts of the harness, those a person named, and the MCP servers they trusted. */

import type { ExpandedPreset } from '@writ/authority';
import { reachingToo, usingServers } from '@writ/authority';
import type { Context } from '../program/context.ts';
import type { LaunchPlan } from './plan-launch.ts';
import { presetHere } from './repository-preset.ts';
import { givenServers } from './session-mcp.ts';

/** Asks the enforcer which servers were trusted: Writ has to be up. */
export async function startPreset(
  context: Context,
  { chosen, root, project, network }: Pick<LaunchPlan, 'chosen' | 'root' | 'project' | 'network'>,
): Promise<ExpandedPreset> {
  const given = await givenServers(context, project);
  const place = { home: context.home.root, root, project };
  if (network.kind !== 'gated') return usingServers(presetHere(chosen, place), given);
  const { modelHosts, origins } = network;
  return usingServers(
    reachingToo(presetHere(chosen, place, modelHosts === null ? {} : { modelHosts }), origins),
    given,
  );
}
