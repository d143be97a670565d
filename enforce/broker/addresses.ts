/**
 * Addresses with a user name and password in them, taken apart: what a run may see, and what only the broker uses.
 *
 * It refuses to give the secret part to anybody: it goes to Git through the environment of one command, and out of everything Git says.
 */

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

/** The address `url`, entered with `userinfo`: Git is told by a rewriting in its environment, so that no argument holds a secret. */
export function addressWith(url: string, userinfo: string | null): Address {
  const parts = /^([a-z][a-z0-9+.-]*:\/\/)(.*)$/is.exec(url);
  if (userinfo === null || parts === null) return { url, env: {}, secrets: [] };
  const [, scheme = '', rest = ''] = parts;
  const password = userinfo.slice(userinfo.indexOf(':') + 1);
  return {
    url,
    env: {
      GIT_CONFIG_COUNT: '1',
      GIT_CONFIG_KEY_0: `url.${scheme}${userinfo}@${rest}.insteadOf`,
      GIT_CONFIG_VALUE_0: url,
    },
    secrets: [...new Set([userinfo, password, decoded(password)])].filter((secret) => secret.length > 2),
  };
}

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
