import { randomBytes, scryptSync, timingSafeEqual } from 'node:crypto';

/** People who may sign in, with their passwords salted and hashed. */
export function createUsers() {
  const users = new Map();
  return {
    add(name, password) {
      const salt = randomBytes(16);
      users.set(name, { name, salt, hash: scryptSync(password, salt, 32) });
    },
    has: (name) => users.has(name),
    passwordMatches(name, password) {
      const user = users.get(name);
      return user !== undefined && timingSafeEqual(user.hash, scryptSync(password, user.salt, 32));
    },
  };
}
