/** What is installed in bench/peers, by name. It has no types here: each measurement says what it uses of it. */

import { createRequire } from 'node:module';

const requirePeer = createRequire(new URL('../peers/package.json', import.meta.url));

/** The module `name` of bench/peers, as `require` gives it. */
export const peer = (name: string): unknown => requirePeer(name);
