/**
 * Addresses with a user name and password in them, taken apart: what a run may see, and what only the broker uses.
 *
 * It refuses to give the secret part to anybody: it goes to Git through the environment of one command, and out of everything Git says.
 */

import type { Setting } from '../supervisor/quiet-git.ts';
import { settingsEnv } from '../supervisor/quiet-git.ts';

/** `scheme://user:password@host/…`: what stands between is up to the last `@` before the path. */
const withUserinfo = /^([a-z][a-z0-9+.-]*:\/\/)([^/?#]*)@([^/?#@]*)(.*)$/is;

/** An address without its user name and password. */
export const withoutUserinfo = (url: string): string => url.replace(withUserinfo, '$1$3$4');

/** The user name and password in an address, as they stand there; null where there are none. */
export const userinfoOf = (url: string): string | null => withUserinfo.exec(url)?.[2] ?? null;

/** An address to go to, with what Git needs to get in there. */
export type Address = {
  readonly url: string;
  /** For the environment of Git. */
  readonly env: Readonly<Record<string, string>>;
  /** Taken out of whatever Git says. */
  readonly secrets: readonly string[];
};

/**
 * The address `url`, entered with `userinfo`. Git is told of it in its environment alone, and asks for the password by a command that finds it there (gitcredentials(7)): an address with a
 * password in it would stand among the arguments of the programs Git starts, where everybody on the machine reads it.
 */
export function addressWith(url: string, userinfo: string | null): Address {
  if (userinfo === null || !/^https?:\/\//i.test(url)) return { url, env: {}, secrets: [] };
  const at = userinfo.indexOf(':');
  const [user, password] =
    at < 0 ? [decoded(userinfo), null] : [decoded(userinfo.slice(0, at)), decoded(userinfo.slice(at + 1))];
  // Git's own protocol is one of lines.
  if (/[\r\n\0]/.test(`${user}${password ?? ''}`)) return { url, env: {}, secrets: [] };
  const settings: readonly Setting[] = [
    ['credential.username', user],
    // The empty one forgets every helper before it: nobody else is asked, or told.
    ...(password === null ? [] : [['credential.helper', ''] as const, ['credential.helper', helper] as const]),
  ];
  const secrets = [userinfo, userinfo.slice(at + 1), password ?? user];
  return {
    url,
    env: { ...settingsEnv(settings), ...(password === null ? {} : { [userVariable]: user, [wordVariable]: password }) },
    secrets: [...new Set(secrets)].filter((secret) => secret.length > 2),
  };
}

const userVariable = 'WRIT_GIT_USER';
const wordVariable = 'WRIT_GIT_PASSWORD';
const helper = `!f() { test "$1" = get && printf 'username=%s\\npassword=%s\\n' "$${userVariable}" "$${wordVariable}"; }; f`;

/** `text` with every secret of the address made unreadable. */
export const scrubbed = (text: string, { secrets }: Pick<Address, 'secrets'>): string =>
  secrets.reduce((left, secret) => left.replaceAll(secret, '***'), text);

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // not escaped after all
  }
}
