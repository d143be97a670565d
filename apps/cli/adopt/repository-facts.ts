/**
 * What a repository says of itself: how it is tested, which branches are protected by their name, where it pushes, what it tells agents. It reads a few
 * files and asks Git; it runs nothing of the repository's.
 */

import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { quietGit } from '../place/quiet-git.ts';

export type RepositoryFacts = {
  readonly tests: readonly string[];
  /** Branches there are that no preset lets an agent push to. */
  readonly protectedBranches: readonly string[];
  readonly remotes: readonly { readonly name: string; readonly host: string }[];
  readonly conventions: readonly string[];
};

/** What tells people and agents how to work here. */
const conventionFiles = [
  'AGENTS.md',
  'CLAUDE.md',
  'GEMINI.md',
  'CONTRIBUTING.md',
  '.github/copilot-instructions.md',
  '.cursor/rules',
  '.editorconfig',
];
const isProtected = /^(?:main|master|trunk|develop|production|release(?:\/.*)?)$/i;

/** The facts of the repository at `root`. What cannot be read is left out. */
export async function repositoryFacts(root: string): Promise<RepositoryFacts> {
  const [tests, branches, remotes] = await Promise.all([testsOf(root), branchesOf(root), remotesOf(root)]);
  return {
    tests,
    protectedBranches: branches,
    remotes,
    conventions: conventionFiles.filter((name) => existsSync(join(root, name))),
  };
}

const text = async (root: string, name: string): Promise<string | null> => {
  try {
    return await readFile(join(root, name), 'utf8');
  } catch {
    return null; // not there
  }
};

const packageFile = z.object({ scripts: z.record(z.string(), z.unknown()).optional() });
const scriptNames = /^(?:test|check|lint|typecheck)$/;
const targetNames = /^(test|check|lint)\s*:(?!=)/gm;

async function testsOf(root: string): Promise<readonly string[]> {
  const [manifest, makefile, justfile, python, tox] = await Promise.all(
    ['package.json', 'Makefile', 'justfile', 'pyproject.toml', 'tox.ini'].map((name) => text(root, name)),
  );
  const targets = (of: string | null | undefined): readonly string[] =>
    [...(of ?? '').matchAll(targetNames)].map(([, name = '']) => name);
  const isPython =
    /\bpytest\b/.test(`${python ?? ''}${tox ?? ''}`) || (typeof python === 'string' && existsSync(join(root, 'tests')));
  return [
    ...scriptsOf(root, manifest ?? null),
    ...targets(makefile).map((name) => `make ${name}`),
    ...targets(justfile).map((name) => `just ${name}`),
    ...(isPython ? ['pytest'] : []),
    ...(existsSync(join(root, 'Cargo.toml')) ? ['cargo test'] : []),
    ...(existsSync(join(root, 'go.mod')) ? ['go test ./...'] : []),
  ];
}

function scriptsOf(root: string, manifest: string | null): readonly string[] {
  if (manifest === null) return [];
  let parsed: unknown;
  try {
    parsed = JSON.parse(manifest);
  } catch {
    return []; // its own tools will say so
  }
  const scripts = Object.keys(packageFile.safeParse(parsed).data?.scripts ?? {});
  const managers = [
    ['pnpm-lock.yaml', 'pnpm'],
    ['yarn.lock', 'yarn'],
    ['bun.lock', 'bun'],
    ['bun.lockb', 'bun'],
  ] as const;
  const manager = managers.find(([lock]) => existsSync(join(root, lock)))?.[1] ?? 'npm';
  return scripts
    .filter((name) => scriptNames.test(name))
    .map((name) => (name === 'test' && manager !== 'bun' ? `${manager} test` : `${manager} run ${name}`));
}

const git = async (root: string, ...args: readonly string[]): Promise<readonly string[]> =>
  ((await (await quietGit(root))?.ask(args)) ?? '').split('\n').filter((line) => line !== '');

/** Those with a name of that kind, and the one a remote calls its own. */
async function branchesOf(root: string): Promise<readonly string[]> {
  const refs = await git(root, 'for-each-ref', '--format=%(refname) %(symref)', 'refs/heads', 'refs/remotes');
  const names = refs.flatMap((line) => {
    const [ref = '', target = ''] = line.split(' ');
    const name = (of: string): string => of.replace(/^refs\/(?:heads|remotes\/[^/]+)\//, '');
    if (ref.endsWith('/HEAD')) return target === '' ? [] : [name(target)];
    return isProtected.test(name(ref)) ? [name(ref)] : [];
  });
  return [...new Set(names)].toSorted();
}

async function remotesOf(root: string): Promise<RepositoryFacts['remotes']> {
  const names = await git(root, 'remote');
  return Promise.all(
    names.map(async (name) => {
      const [url = ''] = await git(root, 'remote', 'get-url', name);
      return { name, host: hostOf(url) };
    }),
  );
}

/** The host alone: an address may hold a password. */
function hostOf(url: string): string {
  const [, host] = /^(?:[a-z+]+:\/\/)?(?:[^@/]*@)?([^:/]+)[:/]/.exec(url) ?? [];
  return host === undefined || url.startsWith('/') || url.startsWith('.') ? 'this machine' : host;
}
