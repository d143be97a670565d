/**
 * Where a request at the gate wants to go, and what it is called when it is judged. Pure.
 *
 * An encrypted connection (`CONNECT`, RFC 9110 §9.3.6) is judged by host and port, because nothing else of it is seen; a request in the clear by method, host
 * and path. What is judged is what is sent: an address with two readings is refused. The query is left out of the resource, as in shell commands: it may hold anything.
 */

import { normaliseResource } from '@writ/authority';

export type Destination = {
  /** Without brackets. */
  readonly host: string;
  readonly port: number;
  /** `host:port`, as it is shown. */
  readonly name: string;
};

export type Target = {
  readonly destination: Destination;
  readonly action: 'network.connect' | 'http.get' | 'http.post';
  readonly resource: string;
};

export type RequestTarget = Target & {
  readonly secure: boolean;
  /** What is sent as the request's target: path and query. */
  readonly path: string;
  /** The value of its `Host`. */
  readonly authority: string;
};

export type Targeted<T extends Target> =
  { readonly ok: true; readonly target: T } | { readonly ok: false; readonly why: string };

const reads: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

/** The target of `CONNECT authority`. */
export function connectTarget(authority: string): Targeted<Target> {
  if (!/^(?:\[[0-9A-Fa-f:.]+\]|[^:@/?#[\]]+):\d{1,5}$/.test(authority))
    return { ok: false, why: `\`${authority}\` is no host with a port` };
  const read = urlOf(`https://${authority}/`);
  return read.ok
    ? {
        ok: true,
        target: { destination: destinationOf(read.url), action: 'network.connect', resource: read.resource },
      }
    : read;
}

/** The target of a request that names its whole address. `hasBody`: something is sent with it. */
export function requestTarget(method: string, address: string, hasBody: boolean): Targeted<RequestTarget> {
  if (!/^https?:\/\//i.test(address)) return { ok: false, why: `\`${address}\` is no address of the web` };
  const read = urlOf(address);
  if (!read.ok) return read;
  const { url, resource } = read;
  if (isGitPush(url))
    return {
      ok: false,
      why: 'commits leave by `git push` to a remote of the run alone, where each change of a ref is judged',
    };
  return {
    ok: true,
    target: {
      destination: destinationOf(url),
      action: (reads.has(method) && !hasBody) || isGitFetch(method, url) ? 'http.get' : 'http.post',
      resource,
      secure: url.protocol === 'https:',
      path: `${url.pathname}${url.search}`,
      authority: url.host,
    },
  };
}

/** What Git sends to be given objects (gitprotocol-http(5)); it changes nothing there. */
const isGitFetch = (method: string, { pathname, search }: URL): boolean =>
  method === 'POST' && search === '' && pathname.endsWith('/git-upload-pack');

const decoded = (path: string): string =>
  path.replace(/%([0-9A-F]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));

/** However it is spelled: the server decodes the path. */
const isGitPush = ({ pathname, searchParams }: URL): boolean =>
  /\/git-receive-pack(?:[/;]|$)/i.test(decoded(pathname)) ||
  searchParams.getAll('service').includes('git-receive-pack');

type Read =
  { readonly ok: true; readonly url: URL; readonly resource: string } | { readonly ok: false; readonly why: string };

function urlOf(address: string): Read {
  const url = URL.parse(address);
  if (url === null) return { ok: false, why: `\`${address}\` is no address of the web` };
  if (address.includes('#'))
    return { ok: false, why: `\`${address}\` has a fragment, which is never sent; leave it out` };
  if (url.username !== '' || url.password !== '')
    return { ok: false, why: `\`${url.host}\` is asked for with a name or password in its address; leave it out` };
  // The name as it was written has to be one already: what a parser makes of another spelling is not what was asked for.
  const written = /^https?:\/\/([^/?#]*)/i.exec(address)?.[1] ?? '';
  const asWritten = normaliseResource(`${url.protocol}//${written}/`);
  if (!asWritten.ok) return asWritten;
  const resource = normaliseResource(`${url.protocol}//${url.host}${url.pathname}`);
  return resource.ok ? { ok: true, url, resource: resource.uri } : resource;
}

/** Host and port of an address. */
export function destinationOf(url: URL): Destination {
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  const port = url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port);
  return { host, port, name: `${url.hostname}:${String(port)}` };
}
