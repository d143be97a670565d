import { createHash, generateKeyPairSync, sign } from 'node:crypto';

/** A software authenticator, so that tests sign the way a real one does. */
export function createAuthenticator({ origin, relyingParty }) {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  let counter = 0;
  return {
    publicKey: publicKey.export({ format: 'jwk' }),
    sign(challenge, overrides = {}) {
      counter += 1;
      const clientDataJSON = Buffer.from(JSON.stringify({ type: 'webauthn.get', challenge, origin, ...overrides }));
      const counterBytes = Buffer.alloc(4);
      counterBytes.writeUInt32BE(counter);
      const authenticatorData = Buffer.concat([
        createHash('sha256').update(relyingParty).digest(),
        Buffer.from([0x05]),
        counterBytes,
      ]);
      const signed = Buffer.concat([authenticatorData, createHash('sha256').update(clientDataJSON).digest()]);
      return {
        clientDataJSON: clientDataJSON.toString('base64url'),
        authenticatorData: authenticatorData.toString('base64url'),
        signature: sign('sha256', signed, privateKey).toString('base64url'),
      };
    },
  };
}
