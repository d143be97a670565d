/** What a part of a command does, in the words Writ judges, and how the effects that rules speak of become that. */

import { fileResource, unreadablePath } from './file-resource.ts';
import type { GitEffect } from './git-command.ts';
import type { NetworkEffect } from './network-command.ts';
import type { PackageEffect } from './package-command.ts';
import type { Folders, ShellPlace } from './shell-place.ts';
import { filesOf, isSink } from './shell-place.ts';
import type { ShellWord } from './shell-text.ts';

/** One thing a part of the command does. `rule`: which rule said so. */
export type Doing = {
  readonly action: string;
  readonly resource: string;
  readonly part: string;
  readonly rule: string;
};

/** Says things of one part, run in one of `folders` by the rule of `rule`. */
export type Saying = {
  readonly place: ShellPlace;
  readonly folders: Folders;
  readonly part: string;
  readonly rule: string;
};

export const say = ({ part, rule }: Saying, action: string, resource: string): Doing => ({
  action,
  resource,
  part,
  rule,
});

const segments = (path: string): string =>
  path
    .split('/')
    .map((segment) => encodeURIComponent(segment).replaceAll('%40', '@'))
    .join('/');

/** Text in which something may be pushed, however it is hidden. */
const mayPush = /\bgit\b[\s\S]*\bpush\b/;

/**
 * A program that is run, and of which no more is known: it does whatever its place lets it. Where its words speak of a push, that is among it, and no
 * branch is named.
 */
export const unplaced = (saying: Saying, program: string): readonly Doing[] => [
  say(saying, 'shell.run', `shell://${saying.place.project}/${encodeURIComponent(program)}`),
  ...(mayPush.test(saying.part) ? [say(saying, 'git.push', `git://${saying.place.project}/unreadable`)] : []),
];

/** What only the shell will know. */
export const unreadable = (saying: Saying): readonly Doing[] => unplaced(saying, 'unreadable');

/**
 * Files that are read or written. What is read outside the project, written for a while, or named only when it runs, is no more than a program that is
 * run: what it may reach is its place's to say.
 */
export function onFiles(
  saying: Saying,
  action: 'file.read' | 'file.write',
  words: readonly ShellWord[],
): readonly Doing[] {
  const resources = words
    .filter((word) => !isSink(word) && !(word.kind === 'literal' && word.text === '-'))
    .flatMap((word) => filesOf(word, saying.folders, saying.place));
  return resources.flatMap((resource) => {
    const isOutside = resource.startsWith('workspace://machine/');
    // What is no file, and what is everybody's for a while.
    const isScratch = /^workspace:\/\/machine\/(?:dev|(?:var\/)?tmp)\/./.test(resource);
    const isVague = resource === unreadablePath || (isOutside && (action === 'file.read' || isScratch));
    return isVague ? unplaced(saying, saying.rule) : [say(saying, action, resource)];
  });
}

/** An effect of `git`. */
export function ofGit(saying: Saying, effect: GitEffect): readonly Doing[] {
  const { project, root, home } = saying.place;
  const all = fileResource(root, saying.place);
  const ref = (kind: 'heads' | 'tags', name: string | null): string =>
    name === null ? `git://${project}/unreadable` : `git://${project}/refs/${kind}/${segments(name)}`;
  switch (effect.kind) {
    case 'reads':
      return [say(saying, 'file.read', all)];
    case 'commits':
      return [say(saying, 'git.commit', `git://${project}/refs/heads`)];
    case 'edits':
      return [say(saying, 'file.write', all)];
    case 'tags':
      return [say(saying, 'git.tag', ref('tags', effect.tag))];
    case 'pushes':
      return [
        say(saying, effect.force && effect.ref !== null ? 'git.force_push' : 'git.push', ref('heads', effect.ref)),
      ];
    case 'configures':
      return [
        say(
          saying,
          'hooks.write',
          effect.where === 'repository'
            ? `workspace://${project}/.git/config`
            : fileResource(`${home}/.gitconfig`, saying.place),
        ),
      ];
    case 'writes':
      return onFiles(saying, 'file.write', [effect.file]);
    case 'takes':
      return onFiles(saying, 'file.read', [effect.file]);
    case 'unplaced':
      return unplaced(saying, 'git');
  }
}

/** An effect of a package manager. */
export function ofPackages(saying: Saying, effect: PackageEffect): readonly Doing[] {
  const { project, root } = saying.place;
  switch (effect.kind) {
    case 'installs': {
      const owner = effect.where === 'machine' ? 'machine' : project;
      return [say(saying, 'package.install', `package://${owner}/${segments(effect.what ?? 'unreadable')}`)];
    }
    case 'publishes':
      return [say(saying, 'package.publish', `package://${project}/registry`)];
    case 'edits':
      return [say(saying, 'file.write', fileResource(root, saying.place))];
    case 'unplaced':
      return unplaced(saying, saying.rule);
  }
}

/** An effect of a program that speaks to the network. */
export function ofNetwork(saying: Saying, effect: NetworkEffect): readonly Doing[] {
  const { project } = saying.place;
  switch (effect.kind) {
    case 'gets':
      return [say(saying, 'http.get', effect.url)];
    case 'sends':
      return [say(saying, 'http.post', effect.url)];
    case 'writes':
      return onFiles(saying, 'file.write', [effect.file]);
    case 'reads':
      return onFiles(saying, 'file.read', [effect.file]);
    case 'opens_pull_request':
      return [say(saying, 'pull_request.open', `git://${project}/pull-requests`)];
    case 'updates_pull_request':
      return [say(saying, 'pull_request.update', `git://${project}/pull-requests`)];
    case 'merges':
      return [say(saying, 'git.merge', `git://${project}/refs/heads`)];
    case 'publishes':
      return [say(saying, 'package.publish', `package://${project}/release`)];
    case 'unplaced':
      return unplaced(saying, saying.rule);
  }
}
