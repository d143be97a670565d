import { createHash, createPublicKey, verify } from 'node:crypto';

const sha256 = (data) => createHash('sha256').update(data).digest();

/**
 * Checks a WebAuthn assertion (Web Authentication Level 2, section 7.2) by an ES256 key. Gives the authenticator's counter,
 * or throws with what was wrong.
 */
export function verifyAssertion({
  clientDataJSON,
  authenticatorData,
  signature,
  publicKey,
  challenge,
  origin,
  relyingParty,
}) {
  const client = JSON.parse(Buffer.from(clientDataJSON, 'base64url').toString('utf8'));
  const data = Buffer.from(authenticatorData, 'base64url');
  if (client.type !== 'webauthn.get') throw new Error('not a sign-in');
  if (client.challenge !== challenge) throw new Error('another challenge was signed');
  if (client.origin !== origin) throw new Error('signed for another origin');
  if (!data.subarray(0, 32).equals(sha256(relyingParty))) throw new Error('signed for another relying party');
  if ((data[32] & 0x01) === 0) throw new Error('nobody was present');
  const signed = Buffer.concat([data, sha256(Buffer.from(clientDataJSON, 'base64url'))]);
  const key = createPublicKey({ key: publicKey, format: 'jwk' });
  if (!verify('sha256', signed, key, Buffer.from(signature, 'base64url')))
    throw new Error('the signature does not verify');
  return { counter: data.readUInt32BE(33) };
}
