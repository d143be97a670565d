/**
 * What a recorded call did, in Writ's words, and what each preset says to it. It looks at the disk only for where a repository begins.
 *
 * Paths are taken as they stand in the history: where a link led then, nobody knows now.
 */

import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { classOf, expandPreset, uncontained } from '@writ/authority';
import type { HistoryHarness, Recorded } from '@writ/enforce';
import { callActions, toolCalls } from '@writ/enforce';
import { projectName } from '@writ/protocol';
import type { PresetAnswers } from './preset-answers.ts';
import { presetAnswers } from './preset-answers.ts';
import type { Did, Seen } from './seen.ts';
import { judgedPresets } from './seen.ts';

export type LookPlace = { readonly home: string; readonly stateDir: string; readonly now: number };

type Project = {
  readonly root: string;
  readonly name: string;
  readonly answers: PresetAnswers;
  readonly known: Map<string, Did>;
};

const mostKnown = 20_000;
const longestTarget = 120;

/** Turns what a history says into what is kept of it. One for many histories: it remembers what it judged. */
export function createRecordedJudge({
  home,
  stateDir,
  now,
}: LookPlace): (harness: HistoryHarness, recorded: Recorded) => Seen {
  const roots = new Map<string, string>();
  const projects = new Map<string, Project>();

  const projectOf = (cwd: string): Project => {
    const root = rootOf(cwd, home, roots);
    const found = projects.get(root);
    if (found !== undefined) return found;
    const name = projectName(root);
    // As they come: what was accepted in one repository is nothing to compare presets by.
    const presets = judgedPresets.map((preset) => expandPreset(preset, { project: name }));
    const made = { root, name, answers: presetAnswers(presets, now), known: new Map<string, Did>() };
    projects.set(root, made);
    return made;
  };

  const did = (action: string, resource: string, project: Project): Did => {
    const key = `${action} ${resource}`;
    const known = project.known.get(key);
    if (known !== undefined) return known;
    const actionClass = classOf(action, uncontained);
    const answers = project.answers(action, resource);
    const judged = { action, ...targetOf(resource, project.name), actionClass, answers };
    if (project.known.size >= mostKnown) project.known.clear();
    project.known.set(key, judged);
    return judged;
  };

  return (harness, recorded) => {
    const { session, at } = recorded;
    const of = { harness, session, at };
    if (recorded.kind === 'interrupted' || recorded.kind === 'typed') return { ...of, kind: recorded.kind };
    if (recorded.kind === 'usage') return { ...recorded, ...of };
    const { id, tool, input, cwd, byHelper } = recorded;
    const project = projectOf(cwd);
    const { name, root } = project;
    const place = { project: name, root, home, realPath, stateDir, cwd: cwd === '' ? root : cwd };
    const all = callActions(toolCalls(harness, tool, input), place);
    const each = new Map(all.map(({ action, resource }) => [`${action} ${resource}`, did(action, resource, project)]));
    return {
      ...of,
      kind: 'call',
      id,
      project: project.name,
      root: project.root,
      tool,
      byHelper,
      did: [...each.values()],
    };
  };
}

const realPath = (path: string): string => path;

/** The nearest folder above that is a repository; the folder itself where none is, as where it is gone. A home is nobody's project. */
function rootOf(cwd: string, home: string, known: Map<string, string>): string {
  const found = known.get(cwd);
  if (found !== undefined) return found;
  let root = cwd === '' ? '/' : cwd;
  for (let folder = root; folder !== dirname(folder) && folder !== home; folder = dirname(folder))
    if (existsSync(join(folder, '.git'))) {
      root = folder;
      break;
    }
  known.set(cwd, root);
  return root;
}

/** In a few words: the program of a shell, the host of an address, the branch of a push, the path of a file. */
function targetOf(resource: string, project: string): { readonly target: string; readonly outside: boolean } {
  const [, scheme = '', owner = '', path = ''] = /^([a-z]+):\/\/([^/]*)\/?(.*)$/s.exec(resource) ?? [];
  const isAbroad = ['https', 'http', 'mcp'].includes(scheme);
  const outside = isAbroad || (decoded(owner) !== project && scheme !== 'agent');
  const plain = decoded(path);
  const inWords = (): string => {
    if (scheme === 'https' || scheme === 'http' || scheme === 'agent') return decoded(owner);
    if (scheme === 'mcp') return `${decoded(owner)}/${plain}`;
    if (scheme === 'workspace') return owner === 'machine' ? `/${plain}` : plain;
    return plain === 'unreadable' ? 'what only the shell knew' : plain.replace(/^refs\/(?:heads|tags)\/?/, '');
  };
  return { target: inWords().slice(0, longestTarget), outside };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // not written by us
  }
}
