// Resources: the URIs authority is given over, in one normal form, and which resource lies within which.
// Follows RFC 3986 §6.2.2 and the mission-bound authorization draft ("Subset Rule", "Resource Boundary Canonicalization"): normalise first, compare
// after, and extend a prefix only at a path-segment boundary. Refuses whatever has two readings instead of choosing one.

import { normaliseLocalName, normaliseNetworkAuthority } from './host.ts';
import { normalisePath } from './path.ts';
import { normalisePercent } from './percent.ts';
import { schemeNames, schemeRule } from './scheme.ts';
import { whyUnsafeText } from './text.ts';
import { quoteBriefly } from './visible.ts';

export type ResourceMatch = 'exact' | 'prefix';
export type NormalisedResource =
  { readonly ok: true; readonly uri: string } | { readonly ok: false; readonly why: string };
/** A resource and how far it reaches, as an authority entry names it. */
export type ResourceReach = { readonly resource: string; readonly resourceMatch: ResourceMatch };
/** A reach in normal form: `uri` itself and, when `stem` is there, every URI that begins with `stem`. */
export type CompiledReach = { readonly uri: string; readonly stem: string | undefined };

const MAX_LENGTH = 8192;
const PARTS = /^([A-Za-z][A-Za-z0-9+.-]*):\/\/([^/?]*)([^?]*)(?:\?(.*))?$/;
const NEVER_RAW = /[\u0000-\u0020\u007f"<>^`{|}\\]/;

// Resources that are already in normal form, which nearly all are; a strict subset of what `normaliseSlowly` returns unchanged.
const SEGMENT = '\\.?[A-Za-z0-9_~-]+(?:\\.+[A-Za-z0-9_~-]+)*';
const LOCAL = '(?:workspace|git|shell|mcp|agent|package|secret|mission):\\/\\/[a-z0-9_~-]+(?:\\.[a-z0-9_~-]+)*';
const NETWORK = 'https:\\/\\/(?:[a-z0-9]+(?:-+[a-z0-9]+)*\\.)+[a-z]+';
const ALREADY_NORMAL = new RegExp(`^(?:${LOCAL}|${NETWORK})(?:\\/|(?:\\/${SEGMENT})+)$`);

/** The one normal form of a resource, or why it has none. Pure; an empty path becomes `/`. */
export function normaliseResource(uri: string): NormalisedResource {
  if (typeof uri === 'string' && uri.length <= MAX_LENGTH && ALREADY_NORMAL.test(uri)) return { ok: true, uri };
  return normaliseSlowly(uri);
}

/** As `normaliseResource`, without its shortcut for resources already in normal form. */
export function normaliseSlowly(uri: string): NormalisedResource {
  // A caller in plain JavaScript, or one that trusted parsed JSON, can hand over anything.
  if (typeof uri !== 'string')
    return { ok: false, why: 'a resource is text, a URI such as `workspace://project/file`' };
  const refuse = (why: string): NormalisedResource => ({
    ok: false,
    why: `resource ${quoteBriefly(uri)} cannot be used: ${why}`,
  });
  if (uri.length > MAX_LENGTH) return refuse(`it is longer than ${MAX_LENGTH} characters`);
  if (uri.includes('\\')) return refuse('it holds a backslash; separate segments with `/`');
  if (NEVER_RAW.test(uri)) return refuse('it holds a character that must be percent-encoded');
  const unsafe = whyUnsafeText(uri);
  if (unsafe !== undefined) return refuse(unsafe);
  if (uri.includes('#')) return refuse('it holds a `#`; a resource has no fragment, write `%23` in a name');

  const [whole, rawScheme, rawAuthority, rawPath, rawQuery] = PARTS.exec(uri) ?? [];
  if (whole === undefined) return refuse('it is not of the form `scheme://name/path`');
  const scheme = (rawScheme ?? '').toLowerCase();
  const rule = schemeRule(scheme);
  if (!rule) return refuse(`its scheme is not one of ${schemeNames.join(', ')}`);

  const authority =
    rule.kind === 'network'
      ? normaliseNetworkAuthority(rawAuthority ?? '', rule.defaultPort)
      : normaliseLocalName(rawAuthority ?? '');
  if (!authority.ok) return refuse(authority.why);
  const path = normalisePath(rawPath ?? '', rule);
  if (!path.ok) return refuse(path.why);
  const base = `${scheme}://${authority.text}${path.text}`;
  if (rawQuery === undefined) return { ok: true, uri: base };
  if (rule.kind === 'local') return refuse('only `http` and `https` resources have a query; write `%3F` in a name');
  const query = normalisePercent(rawQuery);
  return query === undefined
    ? refuse('a `%` in its query is not followed by two hexadecimal digits')
    : { ok: true, uri: `${base}?${query}` };
}

/** The reach of an entry in normal form; a prefix with a query is refused, as the draft requires. */
export function compileReach(
  reach: ResourceReach,
): { readonly ok: true; readonly reach: CompiledReach } | { readonly ok: false; readonly why: string } {
  const normal = normaliseResource(reach.resource);
  if (!normal.ok) return normal;
  const { uri } = normal;
  switch (reach.resourceMatch) {
    case 'exact':
      return { ok: true, reach: { uri, stem: undefined } };
    case 'prefix':
      if (uri.includes('?'))
        return {
          ok: false,
          why: `prefix resource ${quoteBriefly(reach.resource)} has a query; leave the query out or match exactly`,
        };
      return { ok: true, reach: { uri, stem: isRoot(uri) ? uri : `${uri}/` } };
    default:
      return {
        ok: false,
        why: `resource match ${quoteBriefly(reach.resourceMatch)} is neither \`exact\` nor \`prefix\``,
      };
  }
}

/** Only the root path ends the URI in its third slash. */
function isRoot(uri: string): boolean {
  return uri.indexOf('/', uri.indexOf('://') + 3) === uri.length - 1;
}

/** Whether a URI in normal form lies within a compiled reach. */
export function reachesUri(outer: CompiledReach, uri: string): boolean {
  if (uri === outer.uri) return true;
  // Looked for at the first place alone: `startsWith`, at half its cost.
  if (outer.stem === undefined || uri.lastIndexOf(outer.stem, 0) !== 0) return false;
  // The root's own stem is the root: `https://a/?q` is another query on the base, not something beneath it.
  return outer.stem !== outer.uri || uri.charCodeAt(outer.stem.length) !== 63;
}

/** Whether everything `inner` reaches, `outer` reaches. A prefix is never within an exact resource. */
export function reachWithin(inner: CompiledReach, outer: CompiledReach): boolean {
  if (inner.stem !== undefined && outer.stem === undefined) return false;
  return reachesUri(outer, inner.uri);
}

/** Whether everything `inner` reaches, `outer` reaches, from raw resources. A malformed side contains nothing and is contained in nothing. */
export function containsResource(outer: ResourceReach, inner: ResourceReach): boolean {
  const o = compileReach(outer);
  const i = compileReach(inner);
  return o.ok && i.ok && reachWithin(i.reach, o.reach);
}
