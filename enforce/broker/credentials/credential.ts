/**
 * A credential that agents use and never hold: which requests it is for, what stands for it inside a run, and how it gets into a request. Pure.
 *
 * It goes to the one origin it was named for, over an encrypted connection, or to an address of this machine itself. What stands for it is worth nothing elsewhere: a request that
 * brings it to another place is refused, not forwarded.
 */

export type Credential = {
  readonly name: string;
  /** The project whose runs may use it. */
  readonly project: string;
  /** Such as `https://api.github.com`. */
  readonly origin: string;
  /** The start of the path of what it is for, with its first slash. */
  readonly path: string;
  /** The header it is put into where a request brings nothing in its place; lower case. */
  readonly header: string;
  /** What is put there, with `{secret}` in its place; `basic:USER` for a name and it as password (RFC 7617). */
  readonly template: string;
  /** The variable a run finds its placeholder in. */
  readonly env: string | null;
  /** The variable a run finds the address in that leads there through the gate. */
  readonly baseUrlEnv: string | null;
  /** Whether Git is led there by itself. */
  readonly git: boolean;
  readonly secret: string;
  /** Wall time, milliseconds since the epoch. */
  readonly addedAt: number;
};

const stem = 'writ_placeholder_';

/** What a run is given in its place. */
export const placeholderOf = ({ name }: Pick<Credential, 'name'>): string => `${stem}${name}`;

export const credentialName = /^[A-Za-z0-9][A-Za-z0-9.-]{0,63}$/;

/** Why it cannot be kept as it is, or undefined. */
export function whyNoCredential({ name, origin, path, header, template, secret }: Credential): string | undefined {
  if (!credentialName.test(name)) return `\`${name}\` is no name; use letters, digits, \`.\` and \`-\``;
  const url = URL.parse(origin);
  if (url?.origin !== origin) return `\`${origin}\` is no origin; write one such as \`https://api.github.com\``;
  if (url.protocol !== 'https:' && !isOwn(url))
    return `\`${origin}\` would be sent a secret in the clear; write \`https://\``;
  if (!path.startsWith('/')) return `\`${path}\` is no path; it starts with a slash`;
  if (!/^[a-z0-9-]{1,64}$/.test(header)) return `\`${header}\` is no header in lower case`;
  if (!template.startsWith('basic:') && !template.includes('{secret}'))
    return `\`${template}\` has no \`{secret}\` in it`;
  return secret === '' || /[^\x21-\x7e]/.test(secret)
    ? 'the secret is empty, or holds a space or a sign that no header can carry'
    : undefined;
}

/** An address of this machine itself: nobody is in between. */
const isOwn = ({ protocol, hostname }: URL): boolean =>
  protocol === 'http:' && (/^127\.\d+\.\d+\.\d+$/.test(hostname) || hostname === '[::1]');

/** The credential for a request, the one for the longest path; null where there is none. */
export function credentialFor(
  credentials: readonly Credential[],
  { project, origin, path }: { readonly project: string | null; readonly origin: string; readonly path: string },
): Credential | null {
  const within = ({ path: of }: Credential): boolean =>
    path === of || path.startsWith(of.endsWith('/') ? of : `${of}/`) || path.startsWith(`${of}?`);
  const fitting = credentials.filter((one) => one.project === project && one.origin === origin && within(one));
  return fitting.toSorted((a, b) => b.path.length - a.path.length)[0] ?? null;
}

export type Headers = Readonly<Record<string, string | string[]>>;

/** The names of the credentials whose placeholders these headers carry. */
export function placeholdersIn(headers: Headers): readonly string[] {
  const found = Object.values(headers)
    .flat()
    .flatMap((value) => [value, basicOf(value)?.text ?? ''])
    .flatMap((text) => [...text.matchAll(/writ_placeholder_([A-Za-z0-9][A-Za-z0-9.-]{0,63})/g)])
    .map(([, name = '']) => name);
  return [...new Set(found)];
}

/** The headers with the secret in its place: where its placeholder stands, or else in its own header. */
export function withCredential(headers: Headers, credential: Credential): Headers {
  const { header, template, secret } = credential;
  const placeholder = placeholderOf(credential);
  if (placeholdersIn(headers).includes(credential.name)) {
    const swap = (value: string): string => {
      const basic = basicOf(value);
      return basic?.text.includes(placeholder) === true
        ? `Basic ${encode(basic.text.replaceAll(placeholder, secret))}`
        : value.replaceAll(placeholder, secret);
    };
    return Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name, typeof value === 'string' ? swap(value) : value.map(swap)]),
    );
  }
  const user = /^basic:(.*)$/s.exec(template)?.[1];
  const value = user === undefined ? template.replaceAll('{secret}', secret) : `Basic ${encode(`${user}:${secret}`)}`;
  return { ...headers, [header]: value };
}

/** A shorter secret is not looked for: it would be found in what is none. */
const shortest = 8;

/** Every way in which a server that sends back what it was sent would write the secret, or the header it was put in. */
export function formsOf({ secret }: Credential, headers: Headers): readonly string[] {
  const basics = Object.values(headers)
    .flat()
    .filter((value) => basicOf(value)?.text.includes(secret) === true)
    .map((value) => value.replace(/^Basic /i, ''));
  const forms = [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1), encode(secret), ...basics];
  return [...new Set(forms)].filter((form) => form.length >= shortest);
}

function basicOf(value: string): { readonly text: string } | null {
  const encoded = /^Basic ([A-Za-z0-9+/]+={0,2})$/i.exec(value)?.[1];
  return encoded === undefined ? null : { text: Buffer.from(encoded, 'base64').toString('utf8') };
}

const encode = (text: string): string => Buffer.from(text, 'utf8').toString('base64');
