// Builds a resource from names that are not URIs yet (a project's name, a file's path, a branch), so that no caller glues strings together.
// Refuses what `normaliseResource` refuses; a `%`, `#`, `?` or space in a name is encoded, never interpreted.

import { encodeSegment } from './percent.ts';
import type { Scheme } from './scheme.ts';
import { normaliseResource, type NormalisedResource } from './uri.ts';

/** `resourceUri('workspace', 'passkey', 'src/a b.ts')` is `workspace://passkey/src/a%20b.ts`. `path` is split at `/`; a leading or trailing slash is dropped. */
export function resourceUri(scheme: Exclude<Scheme, 'http' | 'https'>, name: string, path = ''): NormalisedResource {
  if (!name.isWellFormed() || !path.isWellFormed())
    return { ok: false, why: 'the name holds half of a surrogate pair' };
  const segments = withoutOuterSlashes(path).split('/').map(encodeSegment);
  return normaliseResource(`${scheme}://${encodeSegment(name)}/${segments.join('/')}`);
}

/** By index: a pattern that looks for slashes before the end tries every slash there is, each to its end. */
function withoutOuterSlashes(path: string): string {
  let [start, end] = [0, path.length];
  while (path[start] === '/') start += 1;
  while (path[end - 1] === '/') end -= 1;
  return path.slice(start, end); // empty where both ran over the whole path
}
