/**
 * What a signature would be for, read from the bytes that are to be signed: a login at a server, or a signature of a file or commit. Pure.
 *
 * A login counts only for the server that its connection was bound to (`session-bind@openssh.com`, PROTOCOL.agent §1), and only where that server signed for the very
 * session. Whatever else is to be signed is not understood, and not signed.
 */

import { createPublicKey, verify } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import type { Frame } from './agent-wire.ts';
import { fieldsOf, numbers } from './agent-wire.ts';

/** A session of the SSH protocol that a client said its connection is for. */
export type Bound = { readonly hostKey: Buffer; readonly session: Buffer; readonly isForwarding: boolean };

export type SignedFor =
  | { readonly kind: 'login'; readonly user: string; readonly hostKey: Buffer }
  | { readonly kind: 'signature'; readonly namespace: string }
  | { readonly kind: 'nothing_known'; readonly why: string };

const bindName = 'session-bind@openssh.com';

/** What a client binds its connection to; null where it does not, or where the server did not sign for it. */
export function readBind({ type, body }: Frame): Bound | null {
  const fields = fieldsOf(body);
  if (type !== numbers.extension || fields.string()?.toString('latin1') !== bindName) return null;
  const [hostKey, session, signature, forwarding] = [fields.string(), fields.string(), fields.string(), fields.byte()];
  if (hostKey === null || session === null || signature === null || forwarding === null || !fields.isOver) return null;
  return isSignedBy(hostKey, session, signature) ? { hostKey, session, isForwarding: forwarding !== 0 } : null;
}

const userAuthRequest = 50;
const sshsigMagic = Buffer.from('SSHSIG');

/** What `data` is, signed by `key` on a connection bound to `bound`. */
export function signedFor(data: Buffer, key: Buffer, bound: readonly Bound[]): SignedFor {
  const unknown = (why: string): SignedFor => ({ kind: 'nothing_known', why });
  if (data.subarray(0, sshsigMagic.length).equals(sshsigMagic)) {
    // PROTOCOL.sshsig §3: namespace, reserved, hash algorithm, digest.
    const fields = fieldsOf(data.subarray(sshsigMagic.length));
    const [namespace, reserved, hash, digest] = [fields.string(), fields.string(), fields.string(), fields.string()];
    const isWhole = namespace !== null && reserved !== null && hash !== null && digest !== null && fields.isOver;
    return isWhole && namespace.length > 0
      ? { kind: 'signature', namespace: namespace.toString('utf8') }
      : unknown('it is no whole signature of a file');
  }
  // RFC 4252 §7, with the host key behind it in `publickey-hostbound-v00@openssh.com`.
  const fields = fieldsOf(data);
  const [session, message, user, service, method] = [
    fields.string(),
    fields.byte(),
    fields.string(),
    fields.string()?.toString('latin1'),
    fields.string()?.toString('latin1'),
  ];
  const [hasSignature, algorithm, signer] = [fields.byte(), fields.string(), fields.string()];
  const isHostBound = method === 'publickey-hostbound-v00@openssh.com';
  const named = isHostBound ? fields.string() : null;
  if (
    session === null ||
    user === null ||
    signer === null ||
    algorithm === null ||
    message !== userAuthRequest ||
    service !== 'ssh-connection' ||
    (method !== 'publickey' && !isHostBound) ||
    hasSignature !== 1 ||
    !signer.equals(key) ||
    (isHostBound && named === null) ||
    !fields.isOver
  )
    return unknown('it is neither a login nor a signature of a file');
  const last = bound.at(-1);
  if (last === undefined || !last.session.equals(session))
    return unknown('the client does not say, or prove, which server it logs in to; OpenSSH 8.9 or newer does');
  if (bound.some(({ isForwarding }) => isForwarding)) return unknown('it was forwarded to another machine');
  if (named !== null && !named.equals(last.hostKey)) return unknown('it names another server than its connection');
  return { kind: 'login', user: user.toString('utf8'), hostKey: last.hostKey };
}

/** Whether the host `key` signed `data`: Ed25519, ECDSA and RSA, as servers have them. */
function isSignedBy(key: Buffer, data: Buffer, signature: Buffer): boolean {
  const parts = fieldsOf(signature);
  const [algorithm, blob] = [parts.string()?.toString('latin1') ?? '', parts.string()];
  const known = keyOf(key);
  if (blob === null || known === null) return false;
  try {
    switch (algorithm) {
      case 'ssh-ed25519':
        return known.type === algorithm && verify(null, data, known.key, blob);
      case 'rsa-sha2-256':
      case 'rsa-sha2-512':
        return (
          known.type === 'ssh-rsa' && verify(algorithm === 'rsa-sha2-256' ? 'sha256' : 'sha512', data, known.key, blob)
        );
      case 'ecdsa-sha2-nistp256':
      case 'ecdsa-sha2-nistp384':
      case 'ecdsa-sha2-nistp521':
        return known.type === algorithm && verifyEcdsa(algorithm, data, known.key, blob);
      default:
        return false;
    }
  } catch {
    return false; // no key, or no signature, of that kind
  }
}

const curves: Readonly<Record<string, { readonly name: string; readonly hash: string; readonly bytes: number }>> = {
  'ecdsa-sha2-nistp256': { name: 'P-256', hash: 'sha256', bytes: 32 },
  'ecdsa-sha2-nistp384': { name: 'P-384', hash: 'sha384', bytes: 48 },
  'ecdsa-sha2-nistp521': { name: 'P-521', hash: 'sha512', bytes: 66 },
};

function verifyEcdsa(type: string, data: Buffer, key: KeyObject, blob: Buffer): boolean {
  const curve = curves[type];
  const fields = fieldsOf(blob);
  const [r, s] = [fields.string(), fields.string()];
  if (curve === undefined || r === null || s === null) return false;
  const raw = Buffer.concat([fixed(r, curve.bytes), fixed(s, curve.bytes)]);
  return verify(curve.hash, data, { key, dsaEncoding: 'ieee-p1363' }, raw);
}

/** A number of the protocol in so many bytes. */
function fixed(number: Buffer, bytes: number): Buffer {
  const digits = number.subarray(
    number.findIndex((byte) => byte !== 0) === -1 ? number.length : number.findIndex((byte) => byte !== 0),
  );
  if (digits.length > bytes) throw new RangeError('the number is too long');
  return Buffer.concat([Buffer.alloc(bytes - digits.length), digits]);
}

function keyOf(blob: Buffer): { readonly type: string; readonly key: KeyObject } | null {
  const fields = fieldsOf(blob);
  const type = fields.string()?.toString('latin1') ?? '';
  const base64 = (bytes: Buffer): string => bytes.toString('base64url');
  try {
    if (type === 'ssh-ed25519') {
      const x = fields.string();
      return x === null ? null : { type, key: jwk({ kty: 'OKP', crv: 'Ed25519', x: base64(x) }) };
    }
    if (type === 'ssh-rsa') {
      const [e, n] = [fields.string(), fields.string()];
      return e === null || n === null
        ? null
        : { type, key: jwk({ kty: 'RSA', e: base64(bare(e)), n: base64(bare(n)) }) };
    }
    const curve = curves[type];
    const [, point] = [fields.string(), fields.string()];
    if (curve === undefined || point?.length !== 1 + 2 * curve.bytes || point[0] !== 4) return null;
    const [x, y] = [point.subarray(1, 1 + curve.bytes), point.subarray(1 + curve.bytes)];
    return { type, key: jwk({ kty: 'EC', crv: curve.name, x: base64(x), y: base64(y) }) };
  } catch {
    return null; // no key of its kind
  }
}

const jwk = (key: Record<string, string>): KeyObject => createPublicKey({ key, format: 'jwk' });
/** Without the zero that keeps a number positive. */
const bare = (number: Buffer): Buffer => (number[0] === 0 ? number.subarray(1) : number);
