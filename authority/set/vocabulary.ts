// How each known action and resource reads in plain words. Data for `render.ts`; grants nothing.
// Anything outside this table is shown literally, in backticks, never paraphrased.

export type Reading = {
  /** The words for each action known on this scheme. */
  readonly verbs: ReadonlyMap<string, string>;
  /** The words for a resource of this scheme, given its name, its path without the first slash, and whether all beneath is meant; both texts are safe to show. Undefined: show it literally. */
  readonly noun: (name: string, path: string, prefix: boolean) => string | undefined;
};

const gitNoun: Reading['noun'] = (name, path, prefix) => {
  if (path === 'pull-requests') return prefix ? `any pull request of \`${name}\`` : `the pull requests of \`${name}\``;
  const [root, kind, ...rest] = path.split('/');
  const ref = rest.join('/');
  const word =
    kind === 'heads' ? (['branch', 'branches'] as const) : kind === 'tags' ? (['tag', 'tags'] as const) : undefined;
  if (root !== 'refs' || word === undefined) return undefined;
  if (ref === '') return prefix ? `any ${word[0]} of \`${name}\`` : undefined;
  return prefix ? `${word[1]} \`${ref}/*\` of \`${name}\`` : `${word[0]} \`${ref}\` of \`${name}\``;
};

const readings: ReadonlyMap<string, Reading> = new Map<string, Reading>([
  [
    'workspace',
    {
      verbs: new Map([
        ['file.read', 'read'],
        ['file.write', 'edit'],
      ]),
      noun: (name, path, prefix) => {
        if (path === '') return prefix ? `any file in \`${name}\`` : `the top folder of \`${name}\``;
        return prefix ? `\`${path}\` and any file under it in \`${name}\`` : `the file \`${path}\` in \`${name}\``;
      },
    },
  ],
  [
    'shell',
    {
      verbs: new Map([['shell.run', 'run']]),
      noun: (name, path, prefix) =>
        path === '' && prefix
          ? `any program in \`${name}\``
          : path !== '' && !prefix
            ? `the program \`${path}\` in \`${name}\``
            : undefined,
    },
  ],
  [
    'git',
    {
      verbs: new Map([
        ['git.commit', 'commit to'],
        ['git.push', 'push to'],
        ['git.force_push', 'force-push to'],
        ['git.merge', 'merge into'],
        ['git.tag', 'create'],
        ['pull_request.open', 'open'],
        ['pull_request.update', 'update'],
      ]),
      noun: gitNoun,
    },
  ],
  [
    'package',
    {
      verbs: new Map([
        ['package.install', 'install'],
        ['package.publish', 'publish'],
      ]),
      noun: (name, path, prefix) => {
        if (path === 'lockfile' && !prefix) return `what the lockfile of \`${name}\` names`;
        return path === '' && prefix
          ? `any package for \`${name}\``
          : path !== '' && !prefix
            ? `the package \`${path}\` for \`${name}\``
            : undefined;
      },
    },
  ],
  [
    'secret',
    {
      verbs: new Map([['secret.read', 'use']]),
      noun: (name, path, prefix) =>
        path === '' && prefix
          ? `any secret of \`${name}\``
          : path !== '' && !prefix
            ? `the secret \`${path}\` of \`${name}\``
            : undefined,
    },
  ],
  [
    'agent',
    {
      verbs: new Map([['agent.spawn', 'start']]),
      noun: (name, path, prefix) => (path === '' && !prefix ? `the agent \`${name}\`` : undefined),
    },
  ],
  [
    'mcp',
    {
      verbs: new Map([['mcp.call', 'call']]),
      noun: (name, path, prefix) =>
        path === '' && prefix
          ? `any tool of the MCP server \`${name}\``
          : path !== '' && !prefix
            ? `the tool \`${path}\` of the MCP server \`${name}\``
            : undefined,
    },
  ],
  [
    'mission',
    {
      verbs: new Map([
        ['task.propose', 'propose tasks'],
        ['task.ask', 'ask'],
        ['task.note', 'leave notes'],
      ]),
      noun: (name, path, prefix) => (path === '' && prefix ? `about \`${name}\`` : undefined),
    },
  ],
  ...(['https', 'http'] as const).map((scheme): [string, Reading] => [
    scheme,
    {
      verbs: new Map([
        ['http.get', 'fetch'],
        ['http.post', 'send data to'],
      ]),
      noun: (name, path, prefix) => {
        const url = `\`${scheme}://${name}${prefix && path === '' ? '' : `/${path}`}\``;
        return prefix ? `anything at ${url}` : `exactly ${url}`;
      },
    },
  ]),
]);

/** The reading of a scheme in lower case, or undefined when there is none. */
export function readingOf(scheme: string): Reading | undefined {
  return readings.get(scheme);
}
