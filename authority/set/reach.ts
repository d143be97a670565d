/** A preset with what a person gave beside it: origins they named for one start, sites they said yes to before, and MCP servers of the project. Pure. */

import type { ResourceReach } from '../resource/uri.ts';
import { visible } from '../resource/visible.ts';
import type { AuthorityEntry } from './authority-set.ts';
import { compileAuthoritySet } from './compile.ts';
import type { ExpandedPreset } from './preset.ts';
import { presets } from './preset.ts';

/** `preset`, and `origins` such as `https://models.example.com` besides, whatever is sent there. Throws RangeError for what is no origin. */
export const reachingToo = (preset: ExpandedPreset, origins: readonly string[]): ExpandedPreset =>
  withEntries(
    preset,
    origins.map((origin) => ({
      resource: `${origin}/`,
      actions: ['http.get', 'http.post', 'model.call', 'network.connect'],
      constraints: {},
    })),
    origins.length === 0 ? [] : [`may reach ${origins.map(visible).join(', ')}, whatever is sent there`],
  );

/** What a person said yes to in advance, as far as it is a site. */
export type SaidBefore = ResourceReach & { readonly actions: readonly string[] };

/** The most that are named: the newest. */
const mostSites = 32;

/**
 * `preset`, and the sites of `said`, newest first, besides: each asks, so that a yes in advance answers while it is in force, and once it is taken back the person is asked. Only what the preset
 * would put to a person anyway is added.
 */
export const askingBefore = (preset: ExpandedPreset, said: readonly SaidBefore[]): ExpandedPreset => {
  const more = presets[preset.name].more.flatMap(({ actions }) => actions);
  const sites = said
    .filter(({ resource, resourceMatch }) => resourceMatch === 'prefix' && /^https:\/\/[^/]+\/$/.test(resource))
    .map(({ resource, actions }) => ({ resource, actions: actions.filter((action) => more.includes(action)) }))
    .filter(({ actions }) => actions.length > 0)
    .slice(0, mostSites);
  const hosts = [...new Set(sites.map(({ resource }) => visible(resource.slice('https://'.length, -1))))];
  return withEntries(
    preset,
    sites.map((site) => ({ ...site, constraints: { requiresActionApproval: true } })),
    hosts.length === 0 ? [] : [`may reach ${hosts.join(', ')}, while you have that remembered`],
  );
};

/** An MCP server as a person trusted it. */
export type GivenServer = { readonly name: string; readonly catalogueDigest: string };

/** `preset`, and the tools of `servers` besides, as they were when a person looked: those that read, and the others with a yes each time. */
export const usingServers = (preset: ExpandedPreset, servers: readonly GivenServer[]): ExpandedPreset => {
  const names = servers.map(({ name }) => visible(name)).join(', ');
  return withEntries(
    preset,
    servers.flatMap(({ name, catalogueDigest }) => {
      const of = { resource: `mcp://${encodeURIComponent(name)}/`, catalogueDigest };
      return [
        { ...of, actions: ['mcp.read'], constraints: {} },
        { ...of, actions: ['mcp.write', 'mcp.call', 'mcp.commit'], constraints: { requiresActionApproval: true } },
      ];
    }),
    servers.length === 0
      ? []
      : [`may read by the MCP servers you gave: ${names}`, `asks you each time: what else ${names} does`],
  );
};

type Addition = Pick<AuthorityEntry, 'resource' | 'actions' | 'constraints' | 'catalogueDigest'>;

function withEntries(preset: ExpandedPreset, additions: readonly Addition[], lines: readonly string[]): ExpandedPreset {
  if (additions.length === 0) return preset;
  const { delegation } = presets[preset.name];
  const entries = additions.map((one) => ({ ...one, resourceMatch: 'prefix' as const, delegation }));
  const compiled = compileAuthoritySet([...preset.authority, ...entries]);
  if (!compiled.ok) throw new RangeError(`preset \`${preset.name}\` cannot be added to: ${compiled.why}`);
  // What never happens stays the last word.
  const [last, ...rest] = preset.words.toReversed();
  return {
    ...preset,
    words: [...rest.toReversed(), ...lines, ...(last === undefined ? [] : [last])],
    authority: compiled.set.authority,
  };
}
