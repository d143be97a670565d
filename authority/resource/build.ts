// Builds a resource from names that are not URIs yet (a project's name, a file's path, a branch), so that no caller glues strings together.
// Refuses what `normaliseResource` refuses; a `%`, `#`, `?` or space in a name is encoded, never interpreted.

import { encodeSegment } from './percent.ts';
import type { Scheme } from './scheme.ts';
import { normaliseResource, type NormalisedResource } from './uri.ts';

/** `resourceUri('workspace', 'passkey', 'src/a b.ts')` is `workspace://passkey/src/a%20b.ts`. `path` is split at `/`; a leading or trailing slash is dropped. */
export function resourceUri(scheme: Exclude<Scheme, 'http' | 'https'>, name: string, path = ''): NormalisedResource {
  if (!name.isWellFormed() || !path.isWellFormed())
    return { ok: false, why: 'the name holds half of a surrogate pair' };
  const segments = path
    .replace(/^\/+|\/+$/g, '')
    .split('/')
    .map(encodeSegment);
  return normaliseResource(`${scheme}://${encodeSegment(name)}/${segments.join('/')}`);
}
