/**
 * A call that would write what governs the agent is an act of administration, whatever tool makes it: a file tool by its path, a shell command by
 * the paths it names.
 *
 * Only translates; it never decides. A command is judged by its text: one that hides where it writes is not seen here, and a sandbox has to hold.
 */

import { isFolderOfRules, isOwnRule } from '../../supervisor/own-rules.ts';
import type { JudgedAction } from './tool-call.ts';

export type RulePlace = {
  readonly project: string;
  /** Absolute: where the agent works. It may lie in `stateDir`, where Writ made the worktree. */
  readonly root: string;
  /** Absolute: all in it governs, but for `root`. */
  readonly stateDir: string;
  /** What else governs the harness at work, as its adapter says; none where that is in the table of all. */
  readonly rules?: readonly string[];
};

/** The call as it is to be judged: `hooks.write` on the file when it would write one that governs the agent. */
export function asRuleWrite(judged: JudgedAction, place: RulePlace): JudgedAction {
  if (judged.action === 'file.write') {
    const path = pathOf(judged.resource);
    const isRule =
      governs(path, place) ||
      (isFolderOfRules(path, place.rules ?? []) && !onlyMakes(judged.parameters['command'] ?? ''));
    return isRule ? { ...judged, action: 'hooks.write' } : judged;
  }
  if (judged.action !== 'shell.run') return judged;
  const path = ruleNamedIn(judged.parameters['command'] ?? '', place);
  return path === null ? judged : { ...judged, action: 'hooks.write', resource: resourceOf(path, place) };
}

/** A folder that is made is empty; what is put into it is told by itself. */
const onlyMakes = (command: string): boolean =>
  /\bmkdir\b/.test(command) && !/\b(?:mv|rm|rmdir|cp|unlink|find|chmod)\b/.test(command);

const governs = (path: string, { stateDir, rules = [] }: RulePlace): boolean =>
  isOwnRule(path, rules) || path === stateDir || path.startsWith(`${stateDir}/`);

/** `workspace://machine/…` holds an absolute path, any other a path in its project. */
function pathOf(resource: string): string {
  const [, project = '', path = ''] = /^workspace:\/\/([^/]*)\/(.*)$/.exec(resource) ?? [];
  const decoded = path.split('/').map(decodeURIComponent).join('/');
  return project === 'machine' ? `/${decoded}` : decoded;
}

function resourceOf(path: string, { project }: RulePlace): string {
  const encoded = path.split('/').map(encodeURIComponent).join('/');
  return path.startsWith('/') ? `workspace://machine${encoded}` : `workspace://${project}/${encoded}`;
}

const gitDirectory = /\$\(\s*git rev-parse [^)]*--git-(?:common-)?dir\s*\)/g;
const separators = /[\s"'`;|&<>()=:,{}]+/;

/** The first file that governs the agent in the words of `command`; null when it names none, or plainly only reads. */
function ruleNamedIn(command: string, place: RulePlace): string | null {
  const words = command
    .replace(gitDirectory, '.git')
    .split(separators)
    .map((word) => fromRoot(plain(word), place));
  // The one setting that moves all hooks, wherever Git keeps it.
  const path = words.some((word) => /^core\.hookspath$/i.test(word))
    ? '.git/config'
    : (words.find((word) => governs(word, place)) ?? null);
  return path === null || onlyReads(command) ? null : path;
}

/** A path in a worktree that Writ made, as it is seen from there; one that leads out of it stays as it is. */
function fromRoot(word: string, { root, stateDir }: RulePlace): string {
  if (!root.startsWith(`${stateDir}/`) || /(?:^|\/)\.\.(?:\/|$)/.test(word)) return word;
  return word === root ? '.' : word.startsWith(`${root}/`) ? word.slice(root.length + 1) : word;
}

const plain = (word: string): string => word.replace(/\/{2,}/g, '/').replace(/(?:^|(?<=\/))\.\//g, '');

const readers =
  /^(?:cat|head|tail|less|more|wc|ls|stat|file|grep|rg|jq|diff|cmp|md5sum|sha256sum|test|git (?:diff|show|log|status|ls-files|blame)|git config --get)\b/;

/** Nothing but programs that read, one after another, with no output sent anywhere. */
function onlyReads(command: string): boolean {
  const silenced = command.replace(/\d?>&\d|\d?>\s*\/dev\/null/g, '');
  if (/[<>`$\n]/.test(silenced) || /(?<!&)&(?!&)/.test(silenced)) return false;
  return silenced.split(/&&|\|\||[|;]/).every((part) => readers.test(part.trim()));
}
