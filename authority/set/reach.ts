/** A preset with what a person gave beside it: origins they named for one start, and MCP servers of the project. Pure. */

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
