// Presets: named, versioned authority sets as data, with the words a person approves by starting an agent under one.
// The four presets and their three columns are the table of the design (mandate record); how what a preset asks about is asked, `action/asking.ts` says. Data
// holds `{project}`, `{branches}`, `{host}` and `{agent}` as the only blanks. Refuses to name protected branches: pushing is covered under one branch prefix and nowhere else.

import type { Asking, Target } from '../action/asking.ts';
import { askingOf, askings } from '../action/asking.ts';
import type { Containment } from '../action/class-table.ts';
import { encodeSegment } from '../resource/percent.ts';
import { normaliseResource } from '../resource/uri.ts';
import { visible } from '../resource/visible.ts';
import type { HistoryRule } from '../mandate/mandate.ts';
import type { AuthorityEntry, AuthoritySet, EntryDelegation, ResourceMatch } from './authority-set.ts';
import { compileAuthoritySet } from './compile.ts';

export type PresetName = 'watch' | 'read-only' | 'worktree' | 'pr' | 'ship';

/** One thing a preset speaks of: its words, and the entries behind them. */
export type PresetRule = {
  readonly words: string;
  readonly actions: readonly string[];
  readonly resource: string;
  readonly resourceMatch: ResourceMatch;
  readonly allowedTools?: readonly string[];
};

export type Preset = {
  readonly name: PresetName;
  /** Raised with every change of meaning or words. */
  readonly version: number;
  readonly may: readonly PresetRule[];
  readonly asks: readonly PresetRule[];
  /** What it names no target of and is put to a person all the same, as a question for exactly that one more. */
  readonly more: readonly { readonly words: string; readonly actions: readonly string[] }[];
  readonly never: readonly string[];
  readonly delegation: EntryDelegation;
  /** Its bounds stop nobody: what they do not cover is recorded. For a person at a terminal alone. */
  readonly watch?: true;
};

export type PresetBlanks = {
  readonly project: string;
  /** Branches the agent may push, by default `writ/`. */
  readonly branchPrefix?: string;
  /** Hosts it may fetch from without asking; by default the public code and package hosts. */
  readonly knownHosts?: readonly string[];
  /** Hosts of the models it may talk to; by default those of the large providers. */
  readonly modelHosts?: readonly string[];
  /** Agents it may start as helpers; by default those that the harnesses bring. */
  readonly knownAgents?: readonly string[];
  /** Where nothing is remembered of what was reached: what asks the first time asks each time. */
  readonly forgets?: true;
};

export type ExpandedPreset = {
  readonly name: PresetName;
  readonly version: number;
  readonly words: readonly string[];
  readonly authority: AuthoritySet;
  /** What asks the first time it reaches a target. */
  readonly history: readonly HistoryRule[];
};

/** The `tool` fact an enforcement point states when a program runs where it cannot change the repository. `read-only` covers no other shell. */
export const readOnlySandbox = 'read-only-sandbox';

const PROTECTED = /^(?:main|master|release)(?:\/|$)/i;
/** A segment that is empty, `.` or `..`: it would move the prefix somewhere else. */
const MOVING = /(?:^|\/)\.{0,2}(?:\/|$)/;
const DEFAULT_MODEL_HOSTS = ['api.anthropic.com', 'api.openai.com', 'generativelanguage.googleapis.com'];
/** What the harnesses call the helpers they bring. */
const DEFAULT_AGENTS = ['general-purpose', 'explore', 'plan', 'general', 'default', 'worker', 'explorer'];
/** Where the words of a preset are true: what it names is asked about as from there. */
const presetPlace: Containment = { files: 'worktree', network: 'gated', credentials: 'none' };
const DEFAULT_HOSTS = ['github.com', 'registry.npmjs.org', 'pypi.org', 'files.pythonhosted.org'];

const rule = (
  words: string,
  actions: readonly string[],
  resource: string,
  resourceMatch: ResourceMatch = 'prefix',
): PresetRule => ({ words, actions, resource, resourceMatch });

const read = rule('read any file in `{project}`', ['file.read'], 'workspace://{project}/');
const edit = rule('read and edit any file in `{project}`', ['file.read', 'file.write'], 'workspace://{project}/');
const run = rule('run any program in `{project}`', ['shell.run'], 'shell://{project}/');
const runReadOnly: PresetRule = {
  ...rule('run programs where they cannot change anything', ['shell.run'], 'shell://{project}/'),
  allowedTools: [readOnlySandbox],
};
const commit = rule('commit', ['git.commit'], 'git://{project}/refs/heads');
const installLocked = rule(
  'install what the lockfile names',
  ['package.install'],
  'package://{project}/lockfile',
  'exact',
);
const fetchKnown = rule('fetch from {hosts}', ['http.get'], 'https://{host}/');
const reachKnown = rule(
  'fetch from {hosts}, also over encrypted connections whose content is not seen',
  ['http.get', 'network.connect'],
  'https://{host}/',
);
const talkToModel = rule(
  'talk to its model at {models}',
  ['http.get', 'model.call', 'network.connect'],
  'https://{model}/',
);
const startHelpers = rule('start helper agents: {agents}', ['agent.spawn'], 'agent://{agent}', 'exact');
const talk = rule('ask, leave notes, propose tasks', ['task.ask', 'task.note', 'task.propose'], 'mission://{project}/');
const push = rule('push to branches `{branches}/*`', ['git.push'], 'git://{project}/refs/heads/{branches}');
const pullRequest = rule(
  'open and update pull requests',
  ['pull_request.open', 'pull_request.update'],
  'git://{project}/pull-requests',
);
const install = rule('add a dependency', ['package.install'], 'package://{project}/');
const secrets = rule('use a secret', ['secret.read'], 'secret://{project}/');
const useCredentials = rule(
  'use what you gave `{project}` with `writ credential`, without seeing it',
  ['credential.use'],
  'secret://{project}/',
);
const forcePush = rule('force-push to `{branches}/*`', ['git.force_push'], 'git://{project}/refs/heads/{branches}');
const merge = rule('merge', ['git.merge'], 'git://{project}/refs/heads');
const tag = rule('tag', ['git.tag'], 'git://{project}/refs/tags');
const publish = rule('publish a package', ['package.publish'], 'package://{project}/');

const anotherHost = {
  words: 'reach another host, also over encrypted connections whose content is not seen',
  actions: ['http.get', 'network.connect'],
} as const;

const delegation: EntryDelegation = { maxDepth: 2, children: { maxChildren: 8, maxChildDepth: 2 } };
const inWorktree = [edit, run, commit, installLocked, reachKnown, talkToModel, useCredentials, startHelpers, talk];
const inPullRequest = [...inWorktree, push, pullRequest];

/** The presets, as data. */
export const presets: Readonly<Record<PresetName, Preset>> = {
  'read-only': {
    name: 'read-only',
    version: 3,
    may: [read, runReadOnly, fetchKnown, talkToModel, talk],
    asks: [],
    more: [],
    never: ['edit', 'commit', 'push', 'install', 'use secrets'],
    delegation,
  },
  watch: {
    name: 'watch',
    version: 2,
    may: inWorktree,
    asks: [install, secrets],
    more: [],
    never: ['push', 'merge', 'tag', 'publish', 'fetch from other hosts'],
    delegation: { maxDepth: 0 },
    watch: true,
  },
  worktree: {
    name: 'worktree',
    version: 5,
    may: inWorktree,
    asks: [install, secrets],
    more: [anotherHost],
    never: ['push', 'merge', 'tag', 'publish'],
    delegation,
  },
  pr: {
    name: 'pr',
    version: 5,
    may: inPullRequest,
    asks: [forcePush, merge, install, secrets],
    more: [anotherHost],
    never: ['push to any other branch', 'tag', 'publish'],
    delegation,
  },
  ship: {
    name: 'ship',
    version: 5,
    may: inPullRequest,
    asks: [merge, tag, publish, forcePush, install],
    more: [anotherHost],
    never: ['push to any other branch', 'use secrets', 'administer anything'],
    delegation,
  },
};

const watchWords: readonly string[] = [
  'only watches: nothing is refused and nobody is asked',
  'records what `worktree` would have refused, or asked you',
  'ends when you stop it, as any other',
];

/** How a person is asked about what a rule speaks of: as about the most careful of its actions. */
function asking({ actions }: Pick<PresetRule, 'actions'>, target: Target): Asking {
  const all = actions.map((action) => askingOf(action, target, presetPlace));
  return askings.findLast((one) => all.includes(one)) ?? 'each_time';
}

/** As a request is compared. */
function normal(resource: string): string {
  const normalised = normaliseResource(resource);
  return normalised.ok ? normalised.uri : resource;
}

const askLine = (how: string, what: readonly string[]): readonly string[] =>
  what.length === 0 ? [] : [`${how}: ${what.join('; ')}`];

/**
 * A preset with its blanks filled in: the words to show and the authority they stand for.
 * Throws RangeError when a blank cannot be part of a resource or would cover a protected branch; check names where they enter.
 */
export function expandPreset(name: PresetName, blanks: PresetBlanks): ExpandedPreset {
  const preset = presets[name];
  const hosts = blanks.knownHosts ?? DEFAULT_HOSTS;
  const models = blanks.modelHosts ?? DEFAULT_MODEL_HOSTS;
  const agents = blanks.knownAgents ?? DEFAULT_AGENTS;
  const branches = (blanks.branchPrefix ?? 'writ/').replace(/\/+$/, '');
  if (MOVING.test(branches) || PROTECTED.test(branches))
    throw new RangeError(
      `branch prefix \`${visible(branches)}\` covers more than the agent's own branches; use a name of its own, such as \`writ/\``,
    );

  const notAHost = [...hosts, ...models].find((host) => /[/?#\\]/.test(host));
  if (notAHost !== undefined)
    throw new RangeError(`\`${visible(notAHost)}\` is not a host; write the name alone, such as \`github.com\``);

  const resource = (template: string, item = ''): string =>
    template
      .replace('{branches}', () => branches.split('/').map(encodeSegment).join('/'))
      .replace('{project}', () => encodeSegment(blanks.project))
      .replace('{host}', () => item)
      .replace('{model}', () => item)
      .replace('{agent}', () => encodeSegment(item));
  const items = (of: PresetRule): readonly string[] =>
    of.resource.includes('{host}')
      ? hosts
      : of.resource.includes('{model}')
        ? models
        : of.resource.includes('{agent}')
          ? agents
          : [''];
  const entries = (of: PresetRule, asks: Asking): readonly AuthorityEntry[] =>
    items(of).map((item) => ({
      resource: resource(of.resource, item),
      resourceMatch: of.resourceMatch,
      actions: of.actions,
      constraints: {
        ...(of.allowedTools && { allowedTools: of.allowedTools }),
        ...((asks === 'each_time' || (asks === 'first_time' && blanks.forgets === true)) && {
          requiresActionApproval: true,
        }),
      },
      delegation: preset.delegation,
    }));
  const speak = (of: PresetRule): string =>
    of.words
      .replace('{project}', () => visible(blanks.project))
      .replace('{branches}', () => visible(branches))
      .replace('{hosts}', () => hosts.map(visible).join(', '))
      .replace('{models}', () => models.map(visible).join(', '))
      .replace('{agents}', () => agents.map(visible).join(', '));

  const compiled = compileAuthoritySet([
    ...preset.may.flatMap((of) => entries(of, asking(of, 'named'))),
    ...preset.asks.flatMap((of) => entries(of, asking(of, 'new'))),
  ]);
  if (!compiled.ok) throw new RangeError(`preset \`${name}\` cannot be filled in: ${compiled.why}`);
  const history = preset.asks.flatMap((of, index): readonly HistoryRule[] => {
    if (asking(of, 'new') !== 'first_time' || blanks.forgets === true) return [];
    const named = preset.may.filter((one) => one.actions.some((action) => of.actions.includes(action)));
    const except = named.flatMap((one) => items(one).map((item) => normal(resource(one.resource, item))));
    return [{ id: `new-${String(index)}`, kind: 'first_use', actions: of.actions, target: 'resource', except }];
  });
  const spoken = (rules: readonly PresetRule[]): readonly string[] =>
    rules.filter((of) => items(of).length > 0).map(speak);
  const asked = (how: Asking): readonly string[] => [
    ...spoken(preset.asks.filter((of) => asking(of, 'new') === how)),
    ...preset.more.flatMap((of) => (asking(of, 'new') === how ? [of.words] : [])),
  ];
  const maxChildren = preset.delegation.children?.maxChildren ?? 0;
  if (preset.watch === true)
    return { name, version: preset.version, words: watchWords, authority: compiled.set.authority, history };
  const words = [
    ...spoken(preset.may).map((line) => `may ${line}`),
    `may share this with up to ${maxChildren} helpers at once`,
    ...askLine('asks you the first time, for each target', asked('first_time')),
    ...askLine('asks you each time', asked('each_time')),
    `never: ${preset.never.join('; ')}`,
  ];
  return { name, version: preset.version, words, authority: compiled.set.authority, history };
}
