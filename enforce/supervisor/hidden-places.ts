/**
 * What no governed agent may see, and what of the environment it may inherit. Allow-lists where that is possible: a person's home and
 * the places where sockets of agents and daemons lie are replaced as a whole, and only tool chains come back.
 */

import { existsSync, realpathSync } from 'node:fs';
import { homedir, userInfo } from 'node:os';
import { join } from 'node:path';

/** In a home: programs and their libraries, never configuration or credentials. Read-only inside. */
const toolChains = [
  '.nvm/versions',
  '.volta/tools',
  '.fnm',
  '.local/share/fnm',
  '.local/share/mise/installs',
  '.asdf/installs',
  '.cargo/bin',
  '.rustup',
  '.pyenv/versions',
  '.rbenv/versions',
  '.sdkman/candidates',
  '.bun/bin',
  '.deno/bin',
  'go/bin',
  'go/pkg/mod',
  '.local/share/uv/python',
] as const;

/** Files outside any home that hold secrets a process of root could read. */
const systemSecrets = [
  '/etc/shadow',
  '/etc/gshadow',
  '/etc/ssh',
  '/etc/sudoers',
  '/etc/sudoers.d',
  '/etc/krb5.keytab',
  '/etc/master.passwd',
] as const;

/** Homes to replace: the one the environment names and the one the user database names. */
export function homes(): readonly string[] {
  return [
    ...new Set(
      [homedir(), userInfo().homedir]
        .filter((path) => path !== '/' && existsSync(path))
        .map((path) => realpathSync(path)),
    ),
  ];
}

/** The tool chains that exist in `home`. */
export const toolChainsIn = (home: string): readonly string[] =>
  toolChains.map((name) => join(home, name)).filter((path) => existsSync(path));

export const existingSystemSecrets = (): readonly string[] => systemSecrets.filter((path) => existsSync(path));

const inherited = new Set([
  'PATH',
  'LANG',
  'LANGUAGE',
  'TERM',
  'COLORTERM',
  'TZ',
  'SHELL',
  'USER',
  'LOGNAME',
  'HOME',
  'EDITOR',
  'NO_COLOR',
  'FORCE_COLOR',
]);

/** Names that reach outside the run or change what Git or the loader does, whoever sets them. */
const never =
  /^(SSH_.*|GPG_.*|DBUS_.*|XDG_RUNTIME_DIR|WAYLAND_DISPLAY|XAUTHORITY|DOCKER_HOST|KUBECONFIG|GIT_CONFIG.*|GIT_ASKPASS|GIT_SSH.*|GIT_EXEC_PATH|GIT_PROXY_COMMAND|LD_PRELOAD|LD_AUDIT|WRIT_.*)$/;

/** The environment of a run: what may be inherited, then what the request names, except what no run may have. */
export function scrubbedEnv(
  outside: NodeJS.ProcessEnv,
  requested: Readonly<Record<string, string>>,
): Record<string, string> {
  const env: Record<string, string> = {};
  for (const [name, value] of Object.entries(outside)) {
    if (value !== undefined && (inherited.has(name) || name.startsWith('LC_'))) env[name] = value;
  }
  for (const [name, value] of Object.entries(requested)) if (!never.test(name)) env[name] = value;
  return env;
}
