/** Where the other planes listen and what this one may call itself, read from the state directory each time: they may come back elsewhere. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Base } from '../client/caller.ts';

/** Where a plane of this machine listens; null while that is not known. */
export function endpointOf(dir: string, plane: 'control' | 'runtime'): Base | null {
  const text = textOf(join(dir, plane, 'endpoint.json'));
  if (text === null) return null;
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed !== 'object' || parsed === null) return null;
    if ('url' in parsed && typeof parsed.url === 'string')
      return 'multiplex' in parsed && typeof parsed.multiplex === 'string'
        ? { url: parsed.url, multiplex: parsed.multiplex }
        : { url: parsed.url };
    if ('socketPath' in parsed && typeof parsed.socketPath === 'string') return { socketPath: parsed.socketPath };
    return null;
  } catch {
    return null; // being written
  }
}

/** The enforcer's own bearer as an enforcement point; null until control has made it. */
export const pointToken = (dir: string): string | null => textOf(join(dir, 'control', 'points', 'enforcer.token'));

function textOf(path: string): string | null {
  try {
    return readFileSync(path, 'utf8').trim() || null;
  } catch {
    return null; // not there yet
  }
}
