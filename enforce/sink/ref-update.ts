/**
 * What Git tells a `pre-receive` hook (githooks(5)): one line per ref, and the push's options in the environment.
 *
 * It refuses names with two readings: bytes that are not UTF-8, and refs that have no resource.
 */

import { resourceUri } from '@writ/authority';

/** All three as Git spells them: they are what the permit's parameters are compared with. */
export type RefUpdate = { readonly ref: string; readonly old: string; readonly new: string };

const line = /^([0-9a-f]{40}|[0-9a-f]{64}) ([0-9a-f]{40}|[0-9a-f]{64}) (refs\/\S+)$/;
const maxOptions = 256;

/** The updates of a push, or null when the input is not what Git writes. */
export function parseUpdates(input: Uint8Array): readonly RefUpdate[] | null {
  const text = utf8(input);
  if (text === null) return null;
  const updates: RefUpdate[] = [];
  for (const row of text.split('\n').filter((row) => row !== '')) {
    const [, old, next, ref] = line.exec(row) ?? [];
    if (old === undefined || next === undefined || ref === undefined) return null;
    updates.push({ ref, old, new: next });
  }
  return updates;
}

/** The permits among the push options (`git push -o writ-permit=…`). */
export function permitsOf(env: NodeJS.ProcessEnv): readonly string[] {
  const count = Math.min(Number(env['GIT_PUSH_OPTION_COUNT'] ?? 0) || 0, maxOptions);
  return Array.from({ length: count }, (_, i) => env[`GIT_PUSH_OPTION_${i}`] ?? '')
    .filter((option) => option.startsWith('writ-permit='))
    .map((option) => option.slice('writ-permit='.length));
}

/** `git://PROJECT/refs/heads/NAME`, or null when the ref has no resource. The broker and the hook both spell it here. */
export function resourceOfRef(project: string, ref: string): string | null {
  const resource = resourceUri('git', project, ref);
  return resource.ok ? resource.uri : null;
}

/** Whether `ref` is `prefix` or lies below it, at a segment boundary. */
export const isBelow = (ref: string, prefix: string): boolean =>
  ref === prefix || ref.startsWith(prefix.endsWith('/') ? prefix : `${prefix}/`);

/** The all-zero object name: a ref that was not there, or shall not be. */
export const isNothing = (oid: string): boolean => /^0+$/.test(oid);

function utf8(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return null; // two different byte strings must not become one name
  }
}
