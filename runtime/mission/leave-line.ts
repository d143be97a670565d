/**
 * What a person allows before leaving, as they write it: `push to feat/passkey*, one pull request, before 09:00`. Each thing is counted, and all of it ends.
 * What has no words of its own is written as in a mission's `allow`: `3 times git.push on refs/heads/docs/*`.
 *
 * It refuses bounds it would have to drop, and a line that says no thing at all. Whether any of it may be given beforehand is control's.
 */

import type { ResourceReach } from '@writ/authority';
import { encodeSegment } from '@writ/authority';
import { parseAllow } from './allow-line.ts';

export type LeaveLine = ResourceReach & { readonly actions: readonly string[]; readonly uses: number };
export type Leave =
  | { readonly ok: true; readonly lines: readonly LeaveLine[]; readonly expiresAt: number }
  | { readonly ok: false; readonly message: string };

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
/** Where nothing is said. */
const usualMs = 12 * hourMs;
const usualUses = 10;

const numbers: Readonly<Record<string, number>> = { a: 1, an: 1, one: 1, two: 2, three: 3, four: 4, five: 5, ten: 10 };
const count = '(?:(\\d{1,3}|an?|one|two|three|four|five|ten)(?: times)? )?';
const usesOf = (word: string | undefined, usual: number): number =>
  word === undefined ? usual : (numbers[word] ?? Number(word));

/** Words for what is left most often. */
const things: readonly (readonly [RegExp, (project: string, word: string | undefined, name: string) => LeaveLine])[] = [
  [
    new RegExp(`^${count}push(?:es)? to (\\S+)$`),
    (project, word, branch) => ({
      ...reach(`git://${project}/refs/heads/`, branch),
      actions: ['git.push'],
      uses: usesOf(word, usualUses),
    }),
  ],
  [
    new RegExp(`^${count}pull requests?()$`),
    (project, word) => ({
      resource: `git://${project}/pull-requests`,
      resourceMatch: 'exact',
      actions: ['pull_request.open'],
      uses: usesOf(word, 1),
    }),
  ],
  [
    new RegExp(`^${count}install (\\S+)$`),
    (project, word, name) => ({
      ...reach(`package://${project}/`, name),
      actions: ['package.install'],
      uses: usesOf(word, 1),
    }),
  ],
  [
    new RegExp(`^${count}fetch(?:es)? from (\\S+)$`),
    (_, word, host) => ({
      resource: `https://${host}/`,
      resourceMatch: 'prefix',
      actions: ['http.get'],
      uses: usesOf(word, 100),
    }),
  ],
];

function reach(under: string, name: string): ResourceReach {
  const plain = name.replaceAll('`', '').replace(/\/?\*+$/, '');
  const path = plain.split('/').map(encodeSegment).join('/');
  return { resource: `${under}${path}`, resourceMatch: /\*$/.test(name.replaceAll('`', '')) ? 'prefix' : 'exact' };
}

/** Reads `text` for `project`, at `now`; `offsetMinutes`: what the person's clock is ahead of UTC. */
export function parseLeave(
  text: string,
  { project, now, offsetMinutes }: { readonly project: string; readonly now: number; readonly offsetMinutes: number },
): Leave {
  const wrong = (message: string): Leave => ({ ok: false, message });
  const lines: LeaveLine[] = [];
  let expiresAt: number | undefined;
  for (const clause of text
    .split(/[,;\n]/)
    .map((one) => one.trim().replaceAll('`', ''))
    .filter((one) => one !== '')) {
    const end = endOf(clause, now, offsetMinutes);
    if (end !== undefined && expiresAt !== undefined) return wrong(`\`${clause}\` is a second end`);
    if (end !== undefined) {
      expiresAt = end;
      continue;
    }
    const line = thing(clause, project);
    if (typeof line === 'string') return wrong(line);
    lines.push(line);
  }
  if (lines.length === 0) return wrong('it does not say what; write `push to feat/x*, one pull request, before 09:00`');
  return { ok: true, lines, expiresAt: expiresAt ?? now + usualMs };
}

function thing(clause: string, project: string): LeaveLine | string {
  for (const [pattern, line] of things) {
    const [whole, word, name = ''] = pattern.exec(clause) ?? [];
    if (whole !== undefined) return line(project, word, name);
  }
  const [, word, rest = ''] = new RegExp(`^${count}(.+)$`).exec(clause) ?? [];
  const allowed = parseAllow(rest, project);
  if (!allowed.ok)
    return `\`${clause}\` is nothing that can be left; write \`push to BRANCH\`, \`one pull request\`, \`install NAME\`, \`fetch from HOST\` or \`ACTION on RESOURCE\``;
  const { resource, resourceMatch, actions, constraints, catalogueDigest } = allowed.entry;
  if (Object.keys(constraints).length > 0 || catalogueDigest !== undefined)
    return `\`${clause}\` says a bound that a yes in advance has not; leave it out, or extend the mandate`;
  return { resource, resourceMatch, actions, uses: usesOf(word, usualUses) };
}

/** `before 09:00` is the next one by the person's clock, `for 8h` from now. */
function endOf(clause: string, now: number, offsetMinutes: number): number | undefined {
  const [, amount, unit] = /^for (\d{1,3}) ?(h|hours?|min|minutes?|d|days?)$/.exec(clause) ?? [];
  if (amount !== undefined && unit !== undefined)
    return now + Number(amount) * (unit.startsWith('h') ? hourMs : unit.startsWith('m') ? minuteMs : 24 * hourMs);
  const [, hour, minute] = /^(?:before|until) ([01]?\d|2[0-3]):([0-5]\d)$/.exec(clause) ?? [];
  if (hour === undefined || minute === undefined) return undefined;
  const local = now + offsetMinutes * minuteMs;
  const midnight = Math.floor(local / (24 * hourMs)) * 24 * hourMs;
  const at = midnight + Number(hour) * hourMs + Number(minute) * minuteMs;
  return (at > local ? at : at + 24 * hourMs) - offsetMinutes * minuteMs;
}
