/**
 * Every command of commands.txt is run under a recorder, and what the classifier says of it has to cover what it was seen to do. A rule that places a
 * command below that is a bug.
 */

import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { classifyShell } from '@writ/enforce';
import type { Doing } from '@writ/enforce';
import { expect, test } from 'vitest';
import type { Seen } from './recorder.ts';
import { makeTemplate, record } from './recorder.ts';

const commands = readFileSync(join(import.meta.dirname, 'commands.txt'), 'utf8')
  .trimEnd()
  .split('\n');
/** Side by side. */
const width = 4;

const place = {
  project: 'p',
  root: '/world/repo',
  cwd: '/world/repo',
  home: '/world/home',
  realPath: (path: string) => path.replace(/(?<=.)\/+$/, ''),
};

test('what is said of a command covers what it does', { timeout: 600_000 }, async () => {
  expect(new Set(commands).size).toBe(commands.length);
  expect(commands.length).toBeGreaterThanOrEqual(400);
  const template = makeTemplate();
  try {
    const below: string[] = [];
    const waiting = [...commands];
    const worker = async (): Promise<void> => {
      for (let command = waiting.shift(); command !== undefined; command = waiting.shift()) {
        const seen = await record(command, template);
        below.push(...uncovered(classifyShell(command, place), seen).map((what) => `${command}   ${what}`));
      }
    };
    await Promise.all(Array.from({ length: width }, worker));
    expect(below).toEqual([]);
  } finally {
    rmSync(template, { recursive: true, force: true });
  }
});

/** What was seen and not said. A program that is run may do anything its place lets it. */
function uncovered(doings: readonly Doing[], { changed, network, ran }: Seen): readonly string[] {
  if (doings.some(({ action }) => action === 'shell.run')) return [];
  const speaks = doings.some(({ action }) =>
    /^(?:http\.|git\.push|git\.force_push|package\.(?:install|publish)|pull_request\.|git\.merge)/.test(action),
  );
  return [
    ...changed.filter((path) => !doings.some((doing) => covers(doing, path))).map((path) => `changed ${path}`),
    ...(network && !speaks ? ['spoke to the network'] : []),
    ...ran.map((path) => `ran a program: ${path}`),
  ];
}

/** Who commits, and which branch follows which. */
const harmlessSetting = /#(?:user|branch|color)\./;

function covers({ action, resource }: Doing, path: string): boolean {
  const inRepository = path.startsWith('repo/') ? path.slice('repo/'.length) : undefined;
  const inGit = inRepository?.startsWith('.git/') ?? false;
  switch (action) {
    case 'file.write':
    case 'hooks.write': {
      const named = decodeURIComponent(
        resource.replace('workspace://p/', '/world/repo/').replace('workspace://machine/', '/'),
      );
      const real = `/world/${path}`.replace(/\/$|#.*$/, '');
      // The folders that were made for it, and all that is in it.
      return (
        named.startsWith(`${real}/`) ||
        real === named.replace(/\/$/, '') ||
        real.startsWith(named.endsWith('/') ? named : `${named}/`)
      );
    }
    case 'git.commit':
    case 'git.tag':
    case 'file.read':
      // Git notes what it looked at; only its own bookkeeping is meant.
      return (
        inGit &&
        (action !== 'file.read' || path === 'repo/.git/index') &&
        (!path.startsWith('repo/.git/config') || harmlessSetting.test(path)) &&
        !path.startsWith('repo/.git/hooks/')
      );
    case 'git.push':
    case 'git.force_push':
      return path.startsWith('remote.git/') || inGit;
    case 'package.install':
      return (
        /^repo\/(?:node_modules\/|package(?:-lock)?\.json$)/.test(path) ||
        path.startsWith('home/.') ||
        resource.startsWith('package://machine/')
      );
    case 'package.publish':
      return path.startsWith('home/.npm');
    default:
      return false;
  }
}
