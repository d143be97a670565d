/** Whether a key is a host's, as the person's own `known_hosts` says (sshd(8)). Pure. A key that was revoked there is nobody's. */

import { createHmac } from 'node:crypto';

/** Whether `key` is of `host`, a name or `[name]:port`. */
export function isKeyOf(knownHosts: string, host: string, key: Buffer): boolean {
  const wanted = key.toString('base64');
  let isFound = false;
  for (const line of knownHosts.split('\n')) {
    const words = line.trim().split(/\s+/);
    const marker = words[0]?.startsWith('@') === true ? words.shift() : undefined;
    const [hosts = '', , blob = ''] = words;
    if (hosts.startsWith('#') || blob !== wanted) continue;
    if (marker === '@revoked') return false;
    if (marker === undefined && names(hosts, host)) isFound = true;
  }
  return isFound;
}

/** Patterns with `*` and `?` are not read: a use is for a host by name. */
function names(hosts: string, host: string): boolean {
  const [, , salt, hash] = hosts.split('|');
  if (hosts.startsWith('|1|') && salt !== undefined && hash !== undefined)
    return createHmac('sha1', Buffer.from(salt, 'base64')).update(host).digest('base64') === hash;
  return hosts.split(',').includes(host);
}
