// The path of a resource in normal form: percent-encoding normal, dot-segments removed (RFC 3986 §5.2.4), and nothing left that a program further
// down could still turn into another path. Refuses double encoding, encoded NUL, controls and backslashes, and climbing above the root.
// INVARIANT: runs before any comparison; `%2F` is never a separator; in network paths `//` and a trailing slash are never merged away.
// In our own schemes a segment is a name and no name is empty, so there a trailing slash says nothing and is dropped (RFC 3986 §6.2.3).

import { decodePercent, normalisePercent } from './percent.ts';
import { whyUnsafeText } from './text.ts';
import type { SchemeRule } from './scheme.ts';

export type PathPart = { readonly ok: true; readonly text: string } | { readonly ok: false; readonly why: string };

const refuse = (why: string): PathPart => ({ ok: false, why });

/** Normal form of a raw path (empty, or starting with `/`); the empty path becomes `/`. */
export function normalisePath(raw: string, rule: SchemeRule): PathPart {
  const encoded = normalisePercent(raw);
  if (encoded === undefined)
    return refuse('a `%` in it is not followed by two hexadecimal digits; write `%25` for a percent sign');
  const why = whyUnsafeEncoding(encoded);
  if (why !== undefined) return refuse(why);
  // Before any `..` is taken away with what stands before it: to a file system, `a//..` is the folder above `a`.
  if (rule.kind === 'local' && encoded.includes('//')) return refuse('it holds an empty segment (`//`)');
  const hidden = whyHidden(encoded, rule);
  if (hidden !== undefined) return refuse(hidden);
  const path = removeDotSegments(encoded);
  if (!path.ok) return path;
  if (rule.kind === 'network') return path;
  const named = path.text === '/' ? path.text : path.text.replace(/\/$/, '');
  const segmentsWhy = whyUnsafeSegments(named, rule.segments);
  return segmentsWhy === undefined ? { ok: true, text: named } : refuse(segmentsWhy);
}

function whyUnsafeEncoding(path: string): string | undefined {
  if (/%(?:[01][0-9A-F]|7F)/.test(path)) return 'it holds an encoded control character';
  if (path.includes('%5C')) return 'it holds an encoded backslash';
  if (/%25[0-9A-Fa-f]{2}/.test(path)) return 'it is percent-encoded twice';
  const decoded = decodePercent(path);
  return decoded === undefined ? 'its percent-encoding is not UTF-8' : whyUnsafeText(decoded);
}

/** A `.` or `..` that is a segment only to a server that decodes `%2F` first, or leaves out what stands behind a `;`. */
const HIDDEN_DOTS = /(?:^|\/|%2F)\.\.?(?:%2F|;|%3B)|%2F\.\.?(?:\/|$)/;

/** Why somebody could read other segments in it than we do. Looked for before any `..` takes what stands before it away. */
function whyHidden(path: string, rule: SchemeRule): string | undefined {
  if (rule.kind === 'network')
    return HIDDEN_DOTS.test(path) ? 'it holds a `..` or `.` that only some servers take for a segment' : undefined;
  return rule.segments === 'paths' && path.includes('%2F')
    ? 'it holds an encoded slash, and no file or ref name can hold a slash'
    : undefined;
}

/**
 * RFC 3986 §5.2.4 over whole segments. Refuses a `..` that has nothing left to remove, and one whose segment another reader takes for none or for two: a server that merges slashes, leaves out what
 * stands behind a `;`, or decodes slashes first, removes another one.
 */
function removeDotSegments(path: string): PathPart {
  const kept: string[] = [];
  const segments = path.split('/').slice(1);
  for (const [i, segment] of segments.entries()) {
    const last = i === segments.length - 1;
    const removed = segment === '..' ? kept.pop() : segment;
    if (removed === undefined) return refuse('its `..` climbs above the root');
    if (segment === '..' && /^(?:$|;|%3B)|%2F/.test(removed))
      return refuse(
        'its `..` takes away a segment that not every server reads alike: an empty one, one that begins with `;`, or one with an encoded slash',
      );
    if (segment !== '.' && segment !== '..') kept.push(segment);
    else if (last) kept.push('');
  }
  return { ok: true, text: `/${kept.join('/')}` };
}

function whyUnsafeSegments(path: string, kind: 'paths' | 'opaque'): string | undefined {
  if (kind === 'opaque') return undefined;
  const segments = path.slice(1).split('/');
  if (segments.some((segment) => /(?:\.|%20)$/.test(segment)))
    return 'a segment ends in a dot or a space, which some systems drop';
  if (/^[A-Za-z](?::|%3A)/.test(segments[0] ?? ''))
    return 'it starts like a drive letter; write the path inside the project';
  return undefined;
}
