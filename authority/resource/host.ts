// The authority part of a resource, in one spelling: a network host with port for `http` and `https`, a plain name for our own schemes.
// Follows RFC 3986 §3.2 and §6.2.3 (case, default and empty port). Refuses what reaches one host under several names or hides which host it is:
// user information, trailing dots, numbers that are IPv4 addresses in disguise, host names outside ASCII (write the `xn--` form).

import { decodePercent, normalisePercent } from './percent.ts';
import { whyUnsafeText } from './text.ts';

export type AuthorityPart = { readonly ok: true; readonly text: string } | { readonly ok: false; readonly why: string };

const LABEL = /^[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?$/;
const CANONICAL_IPV4 = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/;
const LOCAL_NAME = /^(?:[a-z0-9_~-]|%[0-9A-F]{2})+(?:\.+(?:[a-z0-9_~-]|%[0-9A-F]{2})+)*$/;

const refuse = (why: string): AuthorityPart => ({ ok: false, why });

/** Lower case for ASCII letters alone: the Kelvin sign must not become a `k`. */
const lower = (text: string): string => text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());

/** Normal form of a network authority: `host` or `host:port`; the default port is dropped. */
export function normaliseNetworkAuthority(raw: string, defaultPort: string): AuthorityPart {
  if (raw.includes('@')) return refuse('it carries user information; leave out everything before the `@`');
  const split = /^(\[[^\]]*\]|[^:]*)(?::(\d*))?$/.exec(raw);
  if (!split) return refuse('its host and port cannot be told apart');
  const host = normaliseHost(lower(split[1] ?? ''));
  if (!host.ok) return host;
  const port = split[2] ?? '';
  if (port === '' || port === defaultPort) return host;
  if (!/^[1-9]\d{0,4}$/.test(port) || Number(port) > 65535) return refuse('its port is not a number from 1 to 65535');
  return { ok: true, text: `${host.text}:${port}` };
}

function normaliseHost(host: string): AuthorityPart {
  if (host === '') return refuse('it names no host');
  if (host.startsWith('[')) return normaliseIpv6(host);
  if (host.includes('%')) return normaliseEncodedHost(host);
  if (/[^\u0000-\u007f]/.test(host)) return refuse('its host is not ASCII; write the `xn--` form');
  if (host.endsWith('.')) return refuse('its host ends in a dot; leave the dot out');
  const labels = host.split('.');
  if (/^(?:\d+|0x[0-9a-f]*)$/.test(labels.at(-1) ?? '')) {
    return CANONICAL_IPV4.test(host)
      ? { ok: true, text: host }
      : refuse('its host is an IPv4 address in an unusual form; write four decimal numbers');
  }
  return labels.every((label) => LABEL.test(label)) ? { ok: true, text: host } : refuse('its host is not a host name');
}

/** Encoded unreserved octets decode once; whatever is still encoded afterwards does not belong in a host name. */
function normaliseEncodedHost(host: string): AuthorityPart {
  const decoded = normalisePercent(host);
  return decoded === undefined || decoded.includes('%')
    ? refuse('its host is not a host name')
    : normaliseHost(lower(decoded));
}

/** `URL` is used for its one canonical spelling of an IPv6 address (RFC 5952 compression); it is deterministic and does no I/O. */
function normaliseIpv6(host: string): AuthorityPart {
  const url = URL.parse(`http://${host}/`);
  return url === null ? refuse('its host is not an IPv6 address') : { ok: true, text: url.hostname };
}

/** Normal form of the name in one of our own schemes: a project, server or agent. Names are compared without regard to case (RFC 3986 §6.2.2.1). */
export function normaliseLocalName(raw: string): AuthorityPart {
  if (raw === '') return refuse('it names no project, server or agent');
  const normal = normalisePercent(raw);
  const decoded = normal === undefined ? undefined : decodePercent(normal);
  if (normal === undefined || decoded === undefined) return refuse('its percent-encoding is broken');
  const text = normal.replace(/%[0-9A-F]{2}|[A-Z]+/g, (part) => (part.startsWith('%') ? part : part.toLowerCase()));
  if (!LOCAL_NAME.test(text))
    return refuse(
      'the name after `://` may hold letters, digits, `-`, `_`, `~` and inner dots; percent-encode the rest',
    );
  if (decoded.includes('\\') || decoded.includes('%'))
    return refuse('the name after `://` holds an encoded backslash or percent sign');
  const unsafe = whyUnsafeText(decoded);
  return unsafe === undefined ? { ok: true, text } : refuse(unsafe);
}
