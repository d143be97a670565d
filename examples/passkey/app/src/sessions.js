import { randomBytes } from 'node:crypto';

/** Signed-in sessions, by an unguessable token. */
export function createSessions() {
  const sessions = new Map();
  return {
    open(name) {
      const token = randomBytes(24).toString('base64url');
      sessions.set(token, { name });
      return token;
    },
    find: (token) => sessions.get(token),
  };
}
