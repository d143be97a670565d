/**
 * What a shell command would do, as the actions Writ judges: each simple command in it is placed by its program's rule, and one that cannot be
 * placed is a program that is run, in the widest class its sandbox lets it reach.
 *
 * It only translates; the class of an action is control's to say. INVARIANT: what cannot be read adds an action and never takes one away.
 */

import type { Doing, Saying } from './doing.ts';
import { onFiles, unplaced, unreadable } from './doing.ts';
import { placedCommand } from './placed-command.ts';
import type { Folders, ShellPlace } from './shell-place.ts';
import { foldersOf } from './shell-place.ts';
import type { ShellWord, SimpleCommand } from './shell-text.ts';
import { readShell } from './shell-text.ts';
import { maySteer, steersAll } from './steering.ts';
import { wrappedCommand } from './wrapped-command.ts';

/** The most different things one command may do; one that does more is taken as unreadable. */
export const mostDoings = 48;
/** How deep scripts may stand in scripts. */
const deepest = 8;

/** Everything `command` would do at `place`, each thing once, in the order of the text. */
export function classifyShell(command: string, place: ShellPlace): readonly Doing[] {
  const found = inText(command, { place, depth: 0, folders: [place.cwd], isSteered: false });
  const each = new Map<string, Doing>();
  for (const doing of found) {
    const key = JSON.stringify([doing.action, doing.resource]);
    if (!each.has(key)) each.set(key, doing);
  }
  if (each.size <= mostDoings) return [...each.values()];
  return unreadable({ place, folders: null, part: command, rule: 'too many things at once' });
}

type Around = {
  readonly place: ShellPlace;
  readonly depth: number;
  /** Where the text may stand when it runs. */
  readonly folders: Folders;
  /** Something before may have changed what programs do. */
  readonly isSteered: boolean;
};

function inText(text: string, around: Around): readonly Doing[] {
  const { place, depth } = around;
  const saying = (rule: string): Saying => ({ place, folders: null, part: text, rule });
  if (depth > deepest) return unreadable(saying('nested too deep'));
  const { commands, problem } = readShell(text);
  const folders = foldersOf(commands, around.folders, place);
  const isSteered = around.isSteered || commands.some(steersAll);
  const found = commands.flatMap((command) => ofCommand(command, { ...around, folders, isSteered }));
  return problem === null ? found : [...found, ...unreadable(saying('it does not parse'))];
}

function ofCommand(command: SimpleCommand, around: Around): readonly Doing[] {
  const { words, assigns, redirections, input, text: part } = command;
  const { place, folders } = around;
  const isSteered = around.isSteered || (words.length > 0 && assigns.some(maySteer));
  const redirected = redirections.flatMap(({ writes, target }) =>
    onFiles({ place, folders, part, rule: 'redirection' }, writes ? 'file.write' : 'file.read', [target]),
  );
  return [...ofWords(words, { ...around, isSteered, part, input }), ...redirected];
}

type Call = Around & { readonly part: string; readonly input: string | null };

function ofWords(words: readonly ShellWord[], call: Call): readonly Doing[] {
  const { place, folders, part, input } = call;
  const [name, ...rest] = words;
  if (name === undefined) return [];
  const program = name.text.split('/').at(-1) ?? '';
  const saying: Saying = { place, folders, part, rule: program };
  if (name.kind !== 'literal' || program === '') return unreadable(saying);
  const wrapped = wrappedCommand(saying, program, rest, {
    words: (inner, more) => ofWords(inner, { ...call, ...more, input: null }),
    text: (text) => inText(text, { ...call, depth: call.depth + 1 }),
    input,
  });
  const placed = wrapped ?? placedCommand(saying, program, rest);
  if (placed === undefined) return unplaced(saying, program);
  // A program of another folder may be anything; so may any where what programs do was changed.
  const isItself = name.text === program || /^\/(?:usr\/(?:local\/)?)?s?bin\/[^/]+$/.test(name.text);
  return isItself && !call.isSteered ? placed : [...placed, ...unplaced(saying, program)];
}
