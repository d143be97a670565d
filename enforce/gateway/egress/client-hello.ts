/**
 * Whom the first bytes of an encrypted connection ask for: the server name in a TLS ClientHello (RFC 8446 §4.1.2, RFC 6066 §3). One address serves many names, so that a connection that was permitted for
 * one could be used for another. Pure; it decides nothing.
 *
 * What is not TLS, or names nobody, asks for nobody. A name that is itself encrypted (ECH) is not seen, and the one beside it is.
 */

export type Asked =
  /** There is not enough of it yet. */
  | { readonly as: 'unknown' }
  /** It begins as an encrypted connection does, and no client would begin one so. */
  | { readonly as: 'odd' }
  | { readonly as: 'nobody' }
  | { readonly as: 'name'; readonly name: string };

const handshake = 22;
/** Change of cipher, alert, data: what comes after. */
const later: readonly number[] = [20, 21, 23];
const clientHello = 1;
const serverName = 0;
const hostName = 0;
const nobody: Asked = { as: 'nobody' };
const unknown: Asked = { as: 'unknown' };
const odd: Asked = { as: 'odd' };

/** A client says some two thousand bytes. What is longer is looked at no further, and so passed on no further. */
const longest = 16_384;

/** Whom these bytes, the first of a connection, ask for. */
export function askedFor(bytes: Buffer): Asked {
  const parts: Buffer[] = [];
  for (let at = 0; at < bytes.length;) {
    if (bytes.readUInt8(at) !== handshake) return at > 0 || later.includes(bytes.readUInt8(at)) ? odd : nobody;
    if (at + 5 > bytes.length) break;
    const end = at + 5 + bytes.readUInt16BE(at + 3);
    parts.push(bytes.subarray(at + 5, end));
    at = end;
  }
  const message = Buffer.concat(parts);
  if (message.length > 0 && message.readUInt8(0) !== clientHello) return odd;
  const end = message.length < 4 ? Infinity : 4 + message.readUIntBE(1, 3);
  if (message.length >= end) return nameIn(message.subarray(4, end));
  return bytes.length > longest ? odd : unknown;
}

function nameIn(hello: Buffer): Asked {
  try {
    // Version, random; then session, suites and compressions, each after its length.
    let at = 34;
    at += 1 + hello.readUInt8(at);
    at += 2 + hello.readUInt16BE(at);
    at += 1 + hello.readUInt8(at);
    const end = at + 2 + hello.readUInt16BE(at);
    for (at += 2; at < end; at += 4 + hello.readUInt16BE(at + 2)) {
      if (hello.readUInt16BE(at) !== serverName || hello.readUInt8(at + 6) !== hostName) continue;
      const name = hello.subarray(at + 9, at + 9 + hello.readUInt16BE(at + 7)).toString('latin1');
      return { as: 'name', name };
    }
    return nobody;
  } catch {
    return nobody; // no server reads it either
  }
}

/** The alert of a server that is not the one asked for (`unrecognized_name`), fatal. */
export const unrecognized = Buffer.from([21, 3, 3, 0, 2, 2, 112]);
