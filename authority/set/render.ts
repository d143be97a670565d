// An authority set in the words an approver reads: one line per entry, the same for the same set, different for different sets.
// Refuses to hide: unknown actions and resources are shown literally, a family as the breadth it is, a bound we do not understand as such, and every
// invisible or reordering character as an escape (draft, "Consent Binding"; list of attacks, 48).

import { quote, visible } from '../resource/visible.ts';
import { familyStem } from './action.ts';
import type { AuthorityEntry, AuthoritySet, Constraints, EntryDelegation } from './authority-set.ts';
import { compileEntry } from './compile.ts';
import { allowsChildren } from './delegation.ts';
import { readingOf } from './vocabulary.ts';

const PARTS = /^([a-z]+):\/\/([^/]*)\/([^?]*)(\?.*)?$/;
/** Scripts whose letters pass for Latin ones; a name that uses them beside Latin letters is shown encoded. */
const LOOKALIKE =
  /[\p{Script=Cyrillic}\p{Script=Greek}\p{Script=Armenian}\p{Script=Cherokee}\p{Script=Coptic}\p{Script=Lisu}]/u;

/**
 * One line per entry, in order, without a full stop; what every entry says alike about handing it on comes once, as a last line. A malformed
 * entry says so and is shown as data.
 */
export function renderAuthority(set: AuthoritySet): readonly string[] {
  const shared = sharedDelegation(set);
  const lines = set.map((raw, index) => {
    const compiled = compileEntry(raw, index);
    return compiled.ok
      ? renderEntry(compiled.entry.entry, shared === undefined)
      : `nothing, because this entry is malformed: ${quote(literal(raw))}`;
  });
  return shared === undefined ? lines : [...lines, `each of these ${shared}`];
}

/** The delegation words that two or more well-formed entries, and so all of them, have in common. */
function sharedDelegation(set: AuthoritySet): string | undefined {
  const words = set.map((raw, index) => {
    const compiled = compileEntry(raw, index);
    return compiled.ok ? renderDelegation(compiled.entry.entry.delegation).join() : '';
  });
  const [first = ''] = words;
  return words.length > 1 && first !== '' && words.every((word) => word === first) ? first : undefined;
}

function renderEntry(entry: AuthorityEntry, withDelegation: boolean): string {
  const pin =
    entry.catalogueDigest === undefined ? [] : [`only while its catalogue is ${quote(entry.catalogueDigest)}`];
  return [
    renderAct(entry),
    ...renderConstraints(entry.constraints),
    ...pin,
    ...(withDelegation ? renderDelegation(entry.delegation) : []),
  ].join(', ');
}

/** Who may do what to what: in plain words when the vocabulary knows every part, literally otherwise. */
function renderAct(entry: AuthorityEntry): string {
  const prefix = entry.resourceMatch === 'prefix';
  const [, scheme = '', name = '', path = '', query] = PARTS.exec(entry.resource) ?? [];
  const reading = readingOf(scheme);
  const verbs = entry.actions.map((action) => reading?.verbs.get(action));
  const noun = query === undefined ? reading?.noun(visible(name), readablePath(path), prefix) : undefined;
  if (noun !== undefined && verbs.every((verb) => verb !== undefined)) return `${verbs.join(' and ')} ${noun}`;
  const actions = entry.actions.map((action) =>
    familyStem(action) === undefined ? quote(action) : `every action under ${quote(action)}`,
  );
  return `do ${actions.join(' and ')} on ${quote(entry.resource)}${prefix ? ' and everything beneath it' : ' alone'}`;
}

/** Encoded non-ASCII text made readable where it cannot pass for something else; ASCII escapes such as `%2F` stay as they are. */
function readablePath(path: string): string {
  const decoded = path.replace(/(?:%[89A-F][0-9A-F])+/g, (run) => {
    try {
      return decodeURIComponent(run);
    } catch {
      return run; // not UTF-8 on its own: shown encoded
    }
  });
  const deceptive = decoded.normalize('NFKC') !== decoded || (LOOKALIKE.test(decoded) && /[A-Za-z]/.test(decoded));
  return visible(deceptive ? path : decoded);
}

function renderConstraints(bounds: Constraints): readonly string[] {
  const lines: string[] = [];
  if (bounds.maxAmount)
    lines.push(`only if amount ≤ ${visible(bounds.maxAmount.amount)} ${visible(bounds.maxAmount.currency)}`);
  if (bounds.resourceIssuedAfter !== undefined)
    lines.push(`only if issued at or after ${visible(bounds.resourceIssuedAfter)}`);
  if (bounds.resourceIssuedBefore !== undefined)
    lines.push(`only if issued at or before ${visible(bounds.resourceIssuedBefore)}`);
  if (bounds.tenant !== undefined) lines.push(`only for tenant ${quote(bounds.tenant)}`);
  if (bounds.recipientDomain !== undefined) lines.push(`only to recipients in ${quote(bounds.recipientDomain)}`);
  const { notBefore, notAfter } = bounds.timeWindow ?? {};
  if (notBefore !== undefined) lines.push(`only from ${visible(notBefore)}`);
  if (notAfter !== undefined) lines.push(`only until ${visible(notAfter)}`);
  if (bounds.dataClassification) lines.push(`only on data classified ${list(bounds.dataClassification)}`);
  if (bounds.allowedTools) lines.push(`only through ${list(bounds.allowedTools)}`);
  if (bounds.requiresActionApproval === true) lines.push('asks you each time');
  for (const [key, value] of Object.entries(bounds.unknown ?? {}))
    lines.push(`never, because of a bound we do not understand: ${quote(key)} = ${quote(literal(value))}`);
  return lines;
}

function renderDelegation(delegation: EntryDelegation | undefined): readonly string[] {
  if (delegation === undefined) return [];
  const { maxDepth, allowedDelegates, maxChildren, allowedChildActors, maxChildDepth } = delegation;
  const own = `can be delegated ${maxDepth} deep${allowedDelegates ? ` to ${list(allowedDelegates, 'nobody')}` : ''}`;
  if (!allowsChildren(delegation)) return [own];
  const helpers = maxChildren === undefined ? 'any number of helpers' : `up to ${maxChildren} helpers at once`;
  const who = allowedChildActors ? ` (${list(allowedChildActors, 'nobody')})` : '';
  return [`${own} and to ${helpers}${who}${maxChildDepth === undefined ? '' : `, ${maxChildDepth} generations down`}`];
}

function list(items: readonly string[], none = 'nothing at all'): string {
  return items.length === 0 ? none : items.map(quote).join(' or ');
}

/** Data as JSON with sorted keys; what JSON cannot hold is named by its kind. */
function literal(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(literal).join(',')}]`;
  if (typeof value !== 'object' || value === null)
    return typeof value === 'bigint' ? `${value}n` : (JSON.stringify(value) ?? typeof value);
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([key, member]) => `${JSON.stringify(key)}:${literal(member)}`).join(',')}}`;
}
