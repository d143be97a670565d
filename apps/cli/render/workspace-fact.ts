/** Facts, a timeline and sightings as a person reads them. Pure; foreign words go through `safeText`. */

import type { FactWire, SightingWire } from '../connect/wire.ts';
import { safeText } from './safe-text.ts';
import type { Style } from './style.ts';
import { relative } from './when.ts';
import { cut, table } from './width.ts';

const standings = { 'verified now': ['good', 'done'], changed: ['held', 'ask'], unknown: ['quiet', 'idle'] } as const;

/** One line each: what, how it stands, how old it is. */
export function renderFacts(items: readonly FactWire[], style: Style): string[] {
  if (items.length === 0) return ['nothing was seen of its workspace yet'];
  const rows = items.map((fact) => {
    const [tone, mark] = standings[fact.standing];
    return [
      style.tone(tone, `${style.mark(mark)} ${fact.standing}`),
      fact.kind.replace('_', ' '),
      cut(safeText(sentenceOfFact(fact.kind, fact.data)), Math.max(30, style.columns - 50)),
      style.dim(safeText([relative(fact.seen_at, style.now), fact.now].filter((part) => part !== '').join('; '))),
    ];
  });
  return table(rows);
}

/** What a fact says, in one sentence. */
export function sentenceOfFact(kind: string, data: unknown): string {
  const field = (name: string): unknown =>
    typeof data === 'object' && data !== null ? (data as Readonly<Record<string, unknown>>)[name] : undefined; // a plain object by the line
  const text = (name: string): string => {
    const value = field(name) ?? field(name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase()));
    return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
  };
  switch (kind) {
    case 'git': {
      const reason = field('reason');
      const why =
        typeof reason === 'object' && reason !== null && 'text' in reason ? ` (made for: ${String(reason.text)})` : '';
      return `${text('branch') || 'no branch'} at ${text('head').slice(0, 10) || 'no commit'}, ${text('dirty')} uncommitted${why}`;
    }
    case 'command':
      return `\`${text('command')}\` ended with ${text('exit_code') || 'no code'}`;
    case 'tests': {
      const failing = field('failing');
      const names = Array.isArray(failing)
        ? failing.map((one: unknown) =>
            typeof one === 'object' && one !== null && 'name' in one ? String(one.name) : '',
          )
        : [];
      return `${text('runner')}: ${text('failed')} failed, ${text('passed')} passed${names.length === 0 ? '' : `: ${names.slice(0, 5).join(', ')}`}`;
    }
    case 'mcp':
      return `${text('server')} with ${text('tools')} tools, ${text('digest').slice(0, 12)}`;
    case 'data_store':
      return `${text('engine')} in ${text('path')}${text('newest') === '' ? '' : `, newest ${text('newest')}`}`;
    case 'pin':
      return `${text('target')}${text('note') === '' ? '' : `: ${text('note')}`}`;
    case 'outside':
      return `${text('source')} ${text('subject')}: ${text('status')}${text('sentence') === '' ? '' : `, ${text('sentence')}`}`;
    case 'service':
      return `${text('program')} on port ${text('port')} (${text('pid')}): ${text('state')}`;
    case 'terminal':
      return `${text('shell')} ended with ${text('exit_code') || 'no code'}`;
    default:
      return '';
  }
}

/** Where something was met before, and what followed. */
export function renderSightings(items: readonly SightingWire[], style: Style): string[] {
  return items.flatMap((one) => [
    `${style.mark('way').trimEnd()} ${safeText(one.what)}  ${style.dim(`${safeText(one.session)} (${safeText(one.title)}), event ${String(one.version)}, ${relative(one.at, style.now)}`)}`,
    ...one.followed.map((line) => `    ${style.dim(safeText(line))}`),
  ]);
}
