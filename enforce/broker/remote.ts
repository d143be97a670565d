/** A remote as the broker may reach it, and what it shows of its refs. */

import { isAbsolute, resolve } from 'node:path';
import type { Address } from './addresses.ts';
import { allowedProtocols, git } from './git.ts';

export type RemoteRefs =
  { readonly ok: true; readonly refs: ReadonlyMap<string, string> } | { readonly ok: false; readonly why: string };

export const noObject = '0'.repeat(40);

/** The URL Git is given, or why the broker does not go there. A path is taken from the repository it is written in. */
export function reachableUrl(
  url: string,
  repository: string | null,
): { readonly ok: true; readonly url: string } | { readonly ok: false; readonly why: string } {
  const protocol = /^([a-z][a-z0-9+.-]*):\/\//i.exec(url)?.[1]?.toLowerCase();
  if (protocol !== undefined) {
    if (allowedProtocols.some((allowed) => allowed === protocol)) return { ok: true, url };
    return { ok: false, why: `pushing by ${protocol} is not mediated yet; use an https remote` };
  }
  if (url.startsWith('-') || /^[^/]+::/.test(url))
    return { ok: false, why: `\`${url}\` is not a remote the broker goes to` };
  if (isAbsolute(url)) return { ok: true, url: `file://${url}` };
  if (/^[^/]+:/.test(url)) return { ok: false, why: 'pushing by ssh is not mediated yet; use an https remote' };
  return repository === null
    ? { ok: false, why: `\`${url}\` is relative and it is not known to what` }
    : { ok: true, url: `file://${resolve(repository, url)}` };
}

/** The refs of a remote, as it says itself. */
export async function remoteRefs({ url, env, secrets }: Address, timeoutMs: number): Promise<RemoteRefs> {
  const listed = await git(['ls-remote', '--refs', url], { gitDir: null, timeoutMs, env, secrets });
  if (listed.code !== 0) return { ok: false, why: lastLine(listed.stderr) };
  const refs = new Map<string, string>();
  for (const line of listed.stdout.split('\n')) {
    const [oid, name] = line.split('\t');
    if (oid !== undefined && name !== undefined && /^[0-9a-f]{40,64}$/.test(oid)) refs.set(name, oid);
  }
  return { ok: true, refs };
}

/** What Git said last, for a person or a model. */
export function lastLine(stderr: string): string {
  const lines = stderr
    .split(/[\r\n]+/)
    .map((line) => line.trim())
    .filter((line) => line !== '');
  return lines.findLast((line) => /^(fatal|error|remote|!)/.test(line)) ?? lines.at(-1) ?? 'git gave no reason';
}
