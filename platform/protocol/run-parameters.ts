/**
 * What a run is, as it is bound into the operation it runs under: one spelling for whoever begins it and whoever starts it.
 *
 * It leaves out what is given through standard input; what a program is told is not what is started.
 */

import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';

/** `argv`, `cwd`, and `env` as `NAME=value` in order of names where something besides Writ's own is set. */
export type RunParameters = Record<string, string | string[]>;

/** The parameters an operation that runs this is begun with. */
export function runParameters({
  argv,
  cwd,
  env = {},
}: {
  readonly argv: readonly string[];
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
}): RunParameters {
  const set = Object.keys(env)
    .filter((name) => !name.startsWith('WRIT_'))
    .sort()
    .map((name) => `${name}=${env[name] ?? ''}`);
  return { argv: [...argv], cwd, ...(set.length > 0 && { env: set }) };
}

/** The digest control binds parameters by: SHA-256 over their canonical JSON (RFC 8785), base64url without padding. */
export const parameterDigest = (parameters: unknown): string =>
  createHash('sha256')
    .update(canonicalize(parameters) ?? 'null', 'utf8')
    .digest('base64url');

/** The name a program is known by in a resource: the last part of its path. */
export const programOf = (path: string): string => path.split(/[\\/]/).findLast((part) => part !== '') ?? path;

/** The resource of running a program in a project: `shell://PROJECT/PROGRAM`. */
export const programResource = (project: string, path: string): string =>
  `shell://${project}/${encodeURIComponent(programOf(path))}`;
