// How each known action and resource reads in plain words. Data for `render.ts`; grants nothing.
// Every resource we govern has words; an action outside this table is shown literally, in backticks, never paraphrased.

import type { Scheme } from '../resource/scheme.ts';

/** `name` and `path` (without its first slash) are safe to show, and still to be put in backticks. */
type Words = (name: string, path: string) => string;

export type Reading = {
  /** The words for each action known on this scheme. */
  readonly verbs: ReadonlyMap<string, string>;
  /** The place a name stands for, and everything in it. */
  readonly all: Words;
  /** That place alone. */
  readonly self: Words;
  /** One thing in it. */
  readonly one: Words;
  /** One thing in it, and everything beneath that. */
  readonly beneath: Words;
};

const verbs = (...pairs: readonly (readonly [action: string, words: string])[]): ReadonlyMap<string, string> =>
  new Map(pairs);

const web = (scheme: 'http' | 'https'): Reading => ({
  verbs: verbs(
    ['http.get', 'fetch'],
    ['http.post', 'send data to'],
    ['network.connect', 'open connections to'],
    ['model.call', 'call models at'],
  ),
  all: (name) => `anything at \`${scheme}://${name}\``,
  self: (name) => `exactly \`${scheme}://${name}/\``,
  one: (name, path) => `exactly \`${scheme}://${name}/${path}\``,
  beneath: (name, path) => `\`${scheme}://${name}/${path}\` and anything under it`,
});

const readings: Readonly<Record<Scheme, Reading>> = {
  workspace: {
    verbs: verbs(['file.read', 'read'], ['file.write', 'edit']),
    all: (name) => `any file in \`${name}\``,
    self: (name) => `the top folder of \`${name}\``,
    one: (name, path) => `the file \`${path}\` in \`${name}\``,
    beneath: (name, path) => `\`${path}\` and any file under it in \`${name}\``,
  },
  shell: {
    verbs: verbs(['shell.run', 'run']),
    all: (name) => `any program in \`${name}\``,
    self: (name) => `the shell of \`${name}\``,
    one: (name, path) => `the program \`${path}\` in \`${name}\``,
    beneath: (name, path) => `\`${path}\` and any program under it in \`${name}\``,
  },
  git: {
    verbs: verbs(
      ['git.commit', 'commit to'],
      ['git.push', 'push to'],
      ['git.force_push', 'force-push to'],
      ['git.merge', 'merge into'],
      ['git.tag', 'create'],
      ['pull_request.open', 'open'],
      ['pull_request.update', 'update'],
    ),
    all: (name) => `anything in the repository \`${name}\``,
    self: (name) => `the repository \`${name}\` as a whole`,
    one: (name, path) => `${gitThing(path)} of \`${name}\``,
    beneath: (name, path) => `${gitThings(path)} of \`${name}\``,
  },
  package: {
    verbs: verbs(['package.install', 'install'], ['package.publish', 'publish']),
    all: (name) => `any package for \`${name}\``,
    self: (name) => `the packages for \`${name}\` as a whole`,
    one: (name, path) =>
      path === 'lockfile' ? `what the lockfile of \`${name}\` names` : `the package \`${path}\` for \`${name}\``,
    beneath: (name, path) => `\`${path}\` and any package under it for \`${name}\``,
  },
  secret: {
    verbs: verbs(['secret.read', 'use'], ['credential.use', 'use, without seeing it,']),
    all: (name) => `any secret of \`${name}\``,
    self: (name) => `the secrets of \`${name}\` as a whole`,
    one: (name, path) => `the secret \`${path}\` of \`${name}\``,
    beneath: (name, path) => `\`${path}\` and any secret under it of \`${name}\``,
  },
  agent: {
    verbs: verbs(['agent.spawn', 'start']),
    all: (name) => `the agent \`${name}\` and anything of it`,
    self: (name) => `the agent \`${name}\``,
    one: (name, path) => `\`${path}\` of the agent \`${name}\``,
    beneath: (name, path) => `\`${path}\` and anything under it of the agent \`${name}\``,
  },
  mcp: {
    verbs: verbs(
      ['mcp.read', 'read with'],
      ['mcp.write', 'change things with'],
      ['mcp.commit', 'do what cannot be undone with'],
      ['mcp.call', 'call'],
    ),
    all: (name) => `any tool of the MCP server \`${name}\``,
    self: (name) => `the MCP server \`${name}\` as a whole`,
    one: (name, path) => `the tool \`${path}\` of the MCP server \`${name}\``,
    beneath: (name, path) => `\`${path}\` and any tool under it of the MCP server \`${name}\``,
  },
  mission: {
    verbs: verbs(['task.propose', 'propose tasks in'], ['task.ask', 'ask in'], ['task.note', 'leave notes in']),
    all: (name) => `any mission of \`${name}\``,
    self: (name) => `the missions of \`${name}\` as a whole`,
    one: (name, path) => `the mission \`${path}\` of \`${name}\``,
    beneath: (name, path) => `the mission \`${path}\` and anything in it of \`${name}\``,
  },
  https: web('https'),
  http: web('http'),
};

/** Where a repository keeps what has a name of its own. */
const gitKinds = [
  { folder: 'refs/heads', one: 'branch', many: 'branches' },
  { folder: 'refs/tags', one: 'tag', many: 'tags' },
  { folder: 'pull-requests', one: 'pull request', many: 'pull requests' },
] as const;

function gitThing(path: string): string {
  for (const { folder, one, many } of gitKinds) {
    if (path === folder) return `the list of ${many}`;
    if (path.startsWith(`${folder}/`)) return `${one} \`${path.slice(folder.length + 1)}\``;
  }
  return `exactly \`${path}\``;
}

function gitThings(path: string): string {
  for (const { folder, one, many } of gitKinds) {
    const name = path.slice(folder.length + 1);
    if (path === folder) return `any ${one}`;
    if (path.startsWith(`${folder}/`)) return `${many} \`${name}\` and \`${name}/*\``;
  }
  return `\`${path}\` and anything under it`;
}

const byScheme: ReadonlyMap<string, Reading> = new Map(Object.entries(readings));

/** The reading of a scheme in lower case, or undefined when there is none. */
export function readingOf(scheme: string): Reading | undefined {
  return byScheme.get(scheme);
}
