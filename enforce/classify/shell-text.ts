/**
 * Shell text taken apart into the simple commands in it, wherever they stand: in lists, pipelines, conditions, loops, functions, substitutions and
 * here-documents (bash 5, parsed by `unbash`). It runs nothing and judges nothing.
 *
 * It refuses to guess: a word whose text only the shell will know is marked as unknown, and text that does not parse has a problem.
 */

import type { Redirect, Redirection as RedirectionNode, SyntaxNode, Word, WordPart } from 'unbash';
import { forEachChild, parse } from 'unbash';
import { computedVariables } from './computed-variables.ts';
import { runsWhenComputed } from './runs-when-computed.ts';

/** A word of a command. `unknown`: it holds an expansion, and may become anything, several words included. */
export type ShellWord = { readonly kind: 'literal' | 'glob' | 'unknown'; readonly text: string };

export type Redirection = { readonly writes: boolean; readonly target: ShellWord };

export type SimpleCommand = {
  /** Its name first; empty for redirections and assignments alone. */
  readonly words: readonly ShellWord[];
  /** Variables set for it, or in the shell where it has no words. */
  readonly assigns: readonly string[];
  readonly redirections: readonly Redirection[];
  /** What it is given to read where that stands in the text itself: a here-document or here-string; null otherwise. */
  readonly input: string | null;
  /** As it is written. */
  readonly text: string;
  /** May run more than once, or at another moment than where it stands. */
  readonly repeats: boolean;
};

export type ShellText = { readonly commands: readonly SimpleCommand[]; readonly problem: string | null };

const nothing = { words: [], assigns: [], redirections: [], input: null } as const;

/** The longest text that is read, in characters. */
export const maxShellText = 65_536;

/** Reads `source`. */
export function readShell(source: string): ShellText {
  if (source.length > maxShellText) return { commands: [], problem: 'it is too long to be read' };
  const commands: SimpleCommand[] = [];
  let problem: string | null = null;
  const computed = computedVariables();
  const visit = (node: SyntaxNode, text: string, repeats: boolean): void => {
    const own = node.type === 'Script' ? (node.source ?? text) : text;
    if (node.type === 'Script' && (node.errors?.length ?? 0) > 0)
      problem ??= node.errors?.[0]?.message ?? 'it is malformed';
    if (node.type === 'Command') {
      commands.push({
        words: [...(node.name === undefined ? [] : [wordOf(node.name)]), ...node.args.map(argumentOf)],
        assigns: node.prefix.flatMap((one) => (one.type === 'Assignment' ? [one.name] : [])),
        redirections: redirectionsOf(node.redirects),
        input: inputOf(node.redirects),
        text: own.slice(node.pos, node.end),
        repeats,
      });
    }
    if (node.type === 'Redirected')
      commands.push({
        words: [],
        assigns: [],
        redirections: redirectionsOf(node.redirects),
        input: null,
        text: own.slice(node.pos, node.end),
        repeats,
      });
    computed.see(node, own.slice(node.pos, node.end));
    const given = givenBy(node);
    if (given !== null) commands.push({ ...nothing, assigns: [given], text: own.slice(node.pos, node.end), repeats });
    if (hidesCommand(node, own))
      commands.push({
        ...nothing,
        words: [{ kind: 'unknown', text: '' }],
        text: own.slice(node.pos, node.end),
        repeats,
      });
    const within = repeats || loops.has(node.type);
    forEachChild(node, (child) => {
      visit(child, own, within);
    });
  };
  visit(parse(source), source, false);
  const text = computed.found();
  if (text !== null) commands.push({ ...nothing, words: [{ kind: 'unknown', text: '' }], text, repeats: false });
  return { commands, problem };
}

const loops: ReadonlySet<SyntaxNode['type']> = new Set([
  'For',
  'While',
  'Select',
  'ArithmeticFor',
  'Function',
  'Coproc',
]);

/** The variable that is given a value otherwise than by an assignment; null where none is. */
function givenBy(node: SyntaxNode): string | null {
  if (node.type === 'For' || node.type === 'Select') return node.name.value;
  return node.type === 'ParameterExpansion' && node.operation?.type === 'Default' && /=$/.test(node.operation.operator)
    ? node.parameter
    : null;
}

/** Whether what is only text there is run as a command when bash computes with it: `x='a[$(…)]'; echo $((x))`, `[[ -v 'a[$(…)]' ]]`, `${x@P}`. */
function hidesCommand(node: SyntaxNode, text: string): boolean {
  if (node.type === 'ParameterExpansion')
    return node.operation?.type === 'Transform' && node.operation.operand.value !== 'Q';
  return (
    (node.type === 'Assignment' || node.type === 'TestCommand') && runsWhenComputed(text.slice(node.pos, node.end))
  );
}

const argumentOf = (argument: Word | Extract<SyntaxNode, { type: 'Assignment' }>): ShellWord =>
  argument.type === 'Word' ? wordOf(argument) : { kind: 'literal', text: argument.text };

function wordOf({ value, parts }: Word): ShellWord {
  const kinds = (parts ?? []).map(kindOf);
  if (kinds.includes('unknown')) return { kind: 'unknown', text: value };
  return { kind: kinds.includes('glob') ? 'glob' : 'literal', text: value };
}

function kindOf(part: WordPart): ShellWord['kind'] {
  switch (part.type) {
    case 'Literal':
    case 'SingleQuoted':
    case 'AnsiCQuoted':
      return 'literal';
    case 'DoubleQuoted':
    case 'LocaleString':
      return part.parts.every(({ type }) => type === 'Literal') ? 'literal' : 'unknown';
    case 'Glob':
    case 'ExtendedGlob':
      return 'glob';
    case 'SimpleExpansion':
    case 'ParameterExpansion':
    case 'CommandExpansion':
    case 'ArithmeticExpansion':
    case 'ProcessSubstitution':
    case 'BraceExpansion':
      return 'unknown';
  }
}

const redirectionsOf = (nodes: readonly RedirectionNode[]): readonly Redirection[] =>
  nodes.flatMap((one) => (one.type === 'Redirect' ? (redirectionOf(one) ?? []) : []));

function inputOf(nodes: readonly RedirectionNode[]): string | null {
  const given = nodes.findLast((one) => one.type !== 'Redirect');
  if (given === undefined) return null;
  return given.type === 'HereDoc' ? given.body.text : (given.target?.value ?? '');
}

/** Undefined for a copy of a descriptor, which touches no file. */
function redirectionOf({ operator, target }: Redirect): Redirection | undefined {
  const word: ShellWord = target === undefined ? { kind: 'unknown', text: '' } : wordOf(target);
  const isCopy = operator === '<&' || (operator === '>&' && /^(?:\d+-?|-)$/.test(word.text));
  return isCopy && word.kind === 'literal'
    ? undefined
    : { writes: operator !== '<' && operator !== '<&', target: word };
}
