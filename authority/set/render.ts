// An authority set in the words an approver reads: one line for an entry, or for neighbours that differ in a name alone; the same for the same set, different for different sets.
// Refuses to hide: an action we do not know is shown literally, a family as the breadth it is, a bound we do not understand as such, and every
// invisible or reordering character as an escape (draft, "Consent Binding"; list of attacks, 48).

import { imitates } from '../resource/lookalike.ts';
import { decodePercent } from '../resource/percent.ts';
import { spelt, visible } from '../resource/visible.ts';
import { familyStem } from './action.ts';
import type {
  ActorMatcher,
  AuthorityEntry,
  AuthoritySet,
  ChildBounds,
  Constraints,
  EntryDelegation,
} from './authority-set.ts';
import { compileEntry } from './compile.ts';
import { readingOf } from './vocabulary.ts';

const PARTS = /^([a-z]+):\/\/([^/]*)\/(.*)$/;

/**
 * In order, each without a full stop; entries that follow one another and differ in one name alone are one line. What every entry says alike about handing it on comes once, as a last line. A malformed
 * entry says so and is shown as data.
 */
export function renderAuthority(set: AuthoritySet): readonly string[] {
  const lines = inOneLine(set.map(renderEntry));
  const [shared = ''] = lines.map(({ handing }) => handing);
  const isShared = lines.length > 1 && shared !== '' && lines.every(({ handing }) => handing === shared);
  if (isShared) return [...lines.map(({ words }) => words), `each of these ${shared}`];
  return lines.map(({ words, handing }) => (handing === '' ? words : `${words}, ${handing}`));
}

/** The words of one entry, and apart from them those about handing it on. */
type Line = { readonly words: string; readonly handing: string };

/** One quotation in a line, what stands before it and after it: a name cannot hold a backtick, so that nothing but a quotation looks like one. */
const ONE_NAME = /^([^`]*)(`[^`]*`)([^`]*)$/;

/** `fetch anything at `a`` and `fetch anything at `b`` as `fetch anything at `a` and `b``. INVARIANT: what is not such a pair stays apart, so that the lines still tell every set from every other. */
function inOneLine(lines: readonly Line[]): readonly Line[] {
  const runs: { readonly line: Line; readonly names: Set<string>; readonly frame: string | null }[] = [];
  for (const line of lines) {
    const [, before = '', name = '', after = ''] = ONE_NAME.exec(line.words) ?? [];
    const frame = name === '' ? null : JSON.stringify([before, after, line.handing]);
    const last = runs.at(-1);
    if (frame !== null && last?.frame === frame && !last.names.has(name)) last.names.add(name);
    else runs.push({ line, names: new Set([name]), frame });
  }
  return runs.map(({ line, names }) => {
    const [first = '', ...others] = names;
    const last = others.pop();
    if (last === undefined) return line;
    return { ...line, words: line.words.replace(first, () => `${[first, ...others].join(', ')} and ${last}`) };
  });
}

function renderEntry(raw: AuthorityEntry, index: number): Line {
  const compiled = compileEntry(raw, index);
  if (!compiled.ok) return { words: `nothing, because this entry is malformed: ${quote(literal(raw))}`, handing: '' };
  const { entry } = compiled.entry;
  const pin =
    entry.catalogueDigest === undefined ? [] : [`only while its catalogue is ${quote(entry.catalogueDigest)}`];
  return {
    words: [renderAct(entry), ...renderConstraints(entry.constraints), ...pin].join(', '),
    handing: renderDelegation(entry.delegation),
  };
}

/** Who may do what to what: in plain words where the vocabulary knows every action, the actions literally otherwise. */
function renderAct({ resource, resourceMatch, actions }: AuthorityEntry): string {
  const [, scheme = '', name = '', path = ''] = PARTS.exec(resource) ?? [];
  const reading = readingOf(scheme);
  // A scheme without a reading does not compile; were there one, it would be shown as it is.
  if (reading === undefined) return `do ${actions.map(quote).join(' and ')} on ${quote(resource)} (${resourceMatch})`;
  const isPrefix = resourceMatch === 'prefix';
  const words = path === '' ? (isPrefix ? reading.all : reading.self) : isPrefix ? reading.beneath : reading.one;
  const thing = words(visible(name), readablePath(path));
  const known = actions.map((action) => reading.verbs.get(action));
  if (known.every((verb) => verb !== undefined)) return `${known.join(' and ')} ${thing}`;
  const literally = actions.map((action) =>
    familyStem(action) === undefined ? quote(action) : `every action under ${quote(action)}`,
  );
  return `do ${literally.join(' and ')} on ${thing}`;
}

/** Encoded non-ASCII text made readable where it cannot pass for something else; ASCII escapes such as `%2F` stay as they are. */
function readablePath(path: string): string {
  // What is not UTF-8 on its own, as a query may hold, is shown encoded.
  const decoded = path.replace(/(?:%[89A-F][0-9A-F])+/g, (run) => decodePercent(run) ?? run);
  return visible(imitates(decoded) ? path : decoded);
}

/** Text from outside in backticks, spelt out where it passes for another text. */
const quote = (text: string): string => `\`${imitates(text) ? spelt(text) : visible(text)}\``;

function renderConstraints(bounds: Constraints): readonly string[] {
  const lines: string[] = [];
  if (bounds.maxAmount)
    lines.push(`at most ${visible(bounds.maxAmount.amount)} ${visible(bounds.maxAmount.currency)} each time`);
  if (bounds.resourceIssuedAfter !== undefined)
    lines.push(`only what was issued at or after ${visible(bounds.resourceIssuedAfter)}`);
  if (bounds.resourceIssuedBefore !== undefined)
    lines.push(`only what was issued at or before ${visible(bounds.resourceIssuedBefore)}`);
  if (bounds.tenant !== undefined) lines.push(`only for the tenant ${quote(bounds.tenant)}`);
  if (bounds.recipientDomain !== undefined)
    lines.push(`only to recipients at ${quote(bounds.recipientDomain)} or a domain under it`);
  const { notBefore, notAfter } = bounds.timeWindow ?? {};
  if (notBefore !== undefined) lines.push(`only from ${visible(notBefore)}`);
  if (notAfter !== undefined) lines.push(`only until ${visible(notAfter)}`);
  if (bounds.dataClassification) lines.push(`only data classified ${list(bounds.dataClassification)}`);
  if (bounds.allowedTools) lines.push(`only through ${list(bounds.allowedTools)}`);
  if (bounds.requiresActionApproval === true) lines.push('asks you each time');
  if (bounds.freshnessMs === 0) lines.push('control is asked each time');
  else if (bounds.freshnessMs !== undefined) lines.push(`a yes is used for at most ${bounds.freshnessMs} ms`);
  for (const [key, value] of Object.entries(bounds.unknown ?? {}))
    lines.push(`never, because of a bound we do not understand: ${quote(key)} = ${quote(literal(value))}`);
  return lines;
}

/** Empty where nothing is handed on. */
function renderDelegation(delegation: EntryDelegation | undefined): string {
  if (delegation === undefined) return '';
  const { maxDepth, allowedDelegates, children } = delegation;
  const to = allowedDelegates ? ` to ${actorList(allowedDelegates)}` : '';
  return `may be handed on, ${maxDepth} deep${to}${children ? renderChildren(children) : ''}`;
}

function renderChildren({ maxChildren, allowedChildActors, maxChildDepth, childCreationPolicy }: ChildBounds): string {
  const helpers = maxChildren === undefined ? 'any number of helpers' : `up to ${maxChildren} helpers at once`;
  const who = allowedChildActors ? ` (${actorList(allowedChildActors)})` : '';
  const depth =
    maxChildDepth === undefined ? '' : `, ${maxChildDepth} generation${maxChildDepth === 1 ? '' : 's'} down`;
  const policy =
    childCreationPolicy === undefined ? '' : `, each if the policy ${quote(childCreationPolicy)} allows it`;
  return `, and shared with ${helpers}${who}${depth}${policy}`;
}

function actorList(actors: readonly ActorMatcher[]): string {
  const words = actors.map((one) => ('actor' in one ? quote(one.actor) : `any ${quote(one.actorKind)}`));
  return words.length === 0 ? 'nobody' : words.join(' or ');
}

function list(items: readonly string[]): string {
  return items.length === 0 ? 'nothing at all' : items.map(quote).join(' or ');
}

/** Data as JSON with sorted keys; what JSON cannot hold is named by its kind. */
function literal(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(literal).join(',')}]`;
  if (typeof value !== 'object' || value === null)
    return typeof value === 'bigint' ? `${value}n` : (JSON.stringify(value) ?? typeof value);
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([key, member]) => `${JSON.stringify(key)}:${literal(member)}`).join(',')}}`;
}
