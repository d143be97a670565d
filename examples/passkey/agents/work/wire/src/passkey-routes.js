import { verifyAssertion } from './assertion.js';

/** Registering and signing in with a passkey. */
export function passkeyRoutes({ users, sessions, credentials, challenges, site, fallback }) {
  const refuse = (error) => ({ status: 401, body: { error } });
  return {
    'POST /passkey/register': ({ token, id, publicKey }) => {
      const session = sessions.find(token);
      if (!session) return refuse('sign in first');
      credentials.add({ id, name: session.name, publicKey });
      return { status: 201, body: { id } };
    },
    'POST /passkey/challenge': ({ name }) => {
      if (credentials.of(name).length === 0)
        return fallback === 'password' && users.has(name)
          ? { status: 200, body: { use: 'password' } }
          : refuse('no passkey');
      return {
        status: 200,
        body: { challenge: challenges.issue(name, 'login'), ids: credentials.of(name).map(({ id }) => id) },
      };
    },
    'POST /passkey/login': ({ id, challenge, ...assertion }) => {
      const issued = challenges.take(challenge, 'login');
      const credential = credentials.find(id);
      if (!issued || !credential || credential.name !== issued.name) return refuse('unknown challenge or passkey');
      try {
        const { counter } = verifyAssertion({ ...assertion, challenge, publicKey: credential.publicKey, ...site });
        if (!credentials.advance(id, counter)) return refuse('this passkey was copied');
      } catch (error) {
        return refuse(error.message);
      }
      return { status: 200, body: { token: sessions.open(credential.name) } };
    },
  };
}
