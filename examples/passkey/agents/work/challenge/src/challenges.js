import { randomBytes } from 'node:crypto';

/** One-time challenges: unguessable, for one purpose and one person, gone after use or after a minute. */
export function createChallenges({ now = Date.now } = {}) {
  const open = new Map();
  return {
    issue(name, purpose) {
      const challenge = randomBytes(32).toString('base64url');
      open.set(challenge, { name, purpose, expires: now() + 60_000 });
      return challenge;
    },
    take(challenge, purpose) {
      const issued = open.get(challenge);
      open.delete(challenge);
      return issued && issued.purpose === purpose && now() < issued.expires ? issued : undefined;
    },
  };
}
