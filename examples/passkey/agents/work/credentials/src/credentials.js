/** Passkeys by their id: whose each is, its public key, and the counter last seen. */
export function createCredentials() {
  const credentials = new Map();
  return {
    add({ id, name, publicKey }) {
      if (credentials.has(id)) throw new Error('this passkey is already registered');
      credentials.set(id, { id, name, publicKey, counter: 0 });
    },
    find: (id) => credentials.get(id),
    of: (name) => [...credentials.values()].filter((credential) => credential.name === name),
    /** A counter that does not grow means a copied authenticator. Authenticators without one always say 0. */
    advance(id, counter) {
      const credential = credentials.get(id);
      if (counter === 0 && credential.counter === 0) return true;
      if (counter <= credential.counter) return false;
      credential.counter = counter;
      return true;
    },
  };
}
