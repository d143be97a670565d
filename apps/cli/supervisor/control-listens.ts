/**
 * Whether control answers, asked by the least there is. The supervisor is there for as long as Writ is, and asks this once: the client of the planes, with the schemas of all their routes, would be half of
 * what it holds. It believes nothing that is said; that somebody says it is enough.
 */

import { endpointOf } from '../connect/planes.ts';
import type { Home } from '../place/home.ts';

/** As `require` gives it: an `import` reads its lazy members too, and with them the whole of Node's fetch. */
const { get } = process.getBuiltinModule('node:http');

const timeoutMs = 2_000;

/** Whether control answers now. Never rejects. */
export function controlListens({ controlEndpoint }: Home): Promise<boolean> {
  const endpoint = endpointOf(controlEndpoint);
  if (endpoint === null) return Promise.resolve(false);
  return new Promise((resolve) => {
    const asked = get(new URL('/healthz', endpoint.url), { agent: false, timeout: timeoutMs }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    asked.on('timeout', () => asked.destroy(new Error('it does not answer')));
    asked.on('error', () => {
      resolve(false);
    });
  });
}
