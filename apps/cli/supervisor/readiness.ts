/** What each process says of its own conditions (`/readyz`), asked without a credential. */

import { request } from 'node:http';
import type { RequestOptions } from 'node:http';
import { readinessWire } from '@writ/protocol';
import type { ReadinessWire } from '@writ/protocol';
import { endpointOf } from '../connect/planes.ts';
import type { Home, PlaneName } from '../place/home.ts';

const timeoutMs = 5_000;

/** Null where the process does not answer, or not with that. */
export async function readinessOf(home: Home, plane: PlaneName): Promise<ReadinessWire | null> {
  const text = await answerOf({ ...placeOf(home, plane), path: '/readyz', timeout: timeoutMs });
  if (text === null) return null;
  try {
    return readinessWire.parse(JSON.parse(text));
  } catch {
    return null; // of another version
  }
}

function placeOf(home: Home, plane: PlaneName): RequestOptions {
  if (plane === 'enforcer') return { socketPath: home.enforcerSocket };
  const { url } = endpointOf(plane === 'control' ? home.controlEndpoint : home.runtimeEndpoint) ?? {};
  if (url === undefined) return { socketPath: '/nowhere' };
  const { hostname: host, port } = new URL(url);
  return { host, port };
}

function answerOf(options: RequestOptions): Promise<string | null> {
  return new Promise((resolve) => {
    const asked = request(options, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => (text += chunk));
      response.on('end', () => resolve(text));
    });
    asked.on('timeout', () => asked.destroy());
    asked.on('error', () => resolve(null));
    asked.end();
  });
}
