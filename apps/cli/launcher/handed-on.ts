/**
 * What of a person's environment the program of an attended session is started with.
 *
 * By their names alone: what speaks for the person elsewhere, and what leads out of the sandbox, is kept back where a sandbox would hide its files, too. What a harness
 * needs for its own model is handed on. It never reads a value.
 */

/** Of every session, whatever is around it: an agent's keys, and what is another session's. */
const never = /^(?:SSH_AUTH_SOCK|SSH_AGENT_PID|GPG_AGENT_INFO|WRIT_.*)$/;
/** Sockets of daemons and of a desktop, and programs that ask for a password. */
const leadsOut =
  /^(?:DBUS_.*|XDG_RUNTIME_DIR|XAUTHORITY|DISPLAY|WAYLAND_DISPLAY|DOCKER_HOST|CONTAINER_HOST|KUBECONFIG|(?:GIT|SSH|SUDO)_ASKPASS|VSCODE_GIT_.*)$/;
const secret =
  /(?:(?:^|_)(?:TOKEN|SECRET|PASSWORD|PASSWD|PASSPHRASE|CREDENTIALS?|PAT|ACCESS_KEY|SECRET_KEY|PRIVATE_KEY|AUTH_CONFIG)(?:_ID)?|^PGPASSWORD|^MYSQL_PWD)$/i;
/** Its own account with a model's provider. */
const ofModels = /^(?:ANTHROPIC|CLAUDE|CODEX|OPENAI|OPENCODE|GEMINI|GOOGLE|AZURE_OPENAI|AWS_BEARER)_/;

export type HandedOn = {
  readonly env: NodeJS.ProcessEnv;
  /** The names of what is kept back for what it says. */
  readonly keptBack: readonly string[];
};

/** `contained`: a sandbox is around it, so that what is kept back cannot be read elsewhere. */
export function handedOn(env: NodeJS.ProcessEnv, contained: boolean): HandedOn {
  const names = Object.keys(env).filter((name) => !never.test(name));
  // Where Claude Code is to reach its model by them.
  const byAws = (env['CLAUDE_CODE_USE_BEDROCK'] ?? '') !== '';
  const speaks = (name: string): boolean =>
    leadsOut.test(name) || (secret.test(name) && !ofModels.test(name) && !(byAws && name.startsWith('AWS_')));
  const keptBack = contained ? names.filter(speaks) : [];
  return {
    env: Object.fromEntries(names.filter((name) => !keptBack.includes(name)).map((name) => [name, env[name]])),
    keptBack: keptBack.filter((name) => secret.test(name)).sort(),
  };
}
