/** Files a run is given: its door's socket path and the programs it finds first on its PATH. */

import { createHash } from 'node:crypto';
import { chmodSync, copyFileSync, lstatSync, mkdirSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { insidePlaces } from '../supervisor/inside-places.ts';

/** sun_path of unix(7) holds 108 bytes, 104 on BSD; some room is left. */
const maxSocketPath = 100;

/** A path for the door of `run`, its gate or its hooks, short enough for a socket; only this user can reach it. */
export function doorPath(dir: string, run: string, kind: 'door' | 'gate' | 'hooks' | 'ssh' = 'door'): string {
  const name = createHash('sha256')
    .update(`${dir}\0${run}${kind === 'door' ? '' : `\0${kind}`}`)
    .digest('base64url')
    .slice(0, 16);
  const near = join(dir, 'enforcer', 'd', name);
  return Buffer.byteLength(near) < maxSocketPath
    ? near
    : join(ownFolder(join(tmpdir(), `writ-${String(userInfo().uid)}`)), name);
}

/** The folder, made or found. Throws when it is somebody else's, or a link: whoever owns it could put another socket in the place of a door. */
function ownFolder(path: string): string {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  const found = lstatSync(path);
  if (!found.isDirectory() || found.uid !== userInfo().uid)
    throw new Error(`\`${path}\` is not a folder of this user; remove it`);
  chmodSync(path, 0o700);
  return path;
}

/** Where the programs of every run are. */
export const binPath = (dir: string): string => join(dir, 'enforcer', 'bin');

/** Writes the programs of every run; `cli` is the `writ` program, where there is one to give. Returns their directory. */
export function makeBin(dir: string, cli: string | null): string {
  const bin = binPath(dir);
  mkdirSync(bin, { recursive: true, mode: 0o700 });
  copyFileSync(
    fileURLToPath(new URL('../broker/git-remote-writ.mjs', import.meta.url)),
    join(bin, 'git-remote-writ.mjs'),
  );
  copyFileSync(fileURLToPath(new URL('../gateway/egress/relay.cjs', import.meta.url)), join(bin, 'egress-relay.cjs'));
  copyFileSync(
    fileURLToPath(new URL('../gateway/egress/gate-connect.mjs', import.meta.url)),
    join(bin, 'gate-connect.mjs'),
  );
  const quoted = (path: string): string => `'${path.replaceAll("'", "'\\''")}'`;
  // Some harnesses start a server of tools with an environment of their own: then it is the one inside, or ours.
  const nodes = `"$WRIT_NODE" ${insidePlaces.node} ${quoted(process.execPath)}`;
  const program = (name: string, script: string): void => {
    const text = `#!/bin/sh\nfor node in ${nodes}; do [ -x "$node" ] && exec "$node" ${script} "$@"; done\nexit 127\n`;
    writeFileSync(join(bin, name), text, { mode: 0o755 });
  };
  program('git-remote-writ', '"${0%/*}/git-remote-writ.mjs"');
  if (cli !== null) program('writ', quoted(cli));
  return bin;
}
