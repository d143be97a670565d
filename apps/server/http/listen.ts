/**
 * Where a plane listens: on loopback unless told a host, at the port it had last time so that clients find it again, and said in `endpoint.json`,
 * a file only its user can read.
 */

import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';

export type ListenOptions = {
  /** Default: 127.0.0.1. */
  readonly host?: string;
  /** Default: the port it had last time, or a free one. 0: the same. */
  readonly port?: number;
};

/** Listens and returns the URL. A port that was asked for and is taken rejects with `EADDRINUSE`; the last one that is taken gives way to a free one. */
export async function listen(
  app: FastifyInstance,
  folder: string,
  { host = '127.0.0.1', port = 0 }: ListenOptions,
): Promise<string> {
  const last = port === 0 ? await lastPort(endpointFile(folder)) : port;
  try {
    return await app.listen({ host, port: last });
  } catch (error) {
    if (port !== 0 || last === 0 || !(error instanceof Error && 'code' in error && error.code === 'EADDRINUSE'))
      throw error;
    return app.listen({ host, port: 0 });
  }
}

/** Says where this start of a plane listens, for every client on this machine to read. */
export async function tellEndpoint(
  folder: string,
  endpoint: { readonly url: string; readonly boot: string; readonly multiplex?: string },
): Promise<void> {
  const path = endpointFile(folder);
  await writeFile(`${path}.new`, `${JSON.stringify({ ...endpoint, pid: process.pid })}\n`, { mode: 0o600 });
  await rename(`${path}.new`, path);
}

const endpointFile = (folder: string): string => join(folder, 'endpoint.json');

async function lastPort(path: string): Promise<number> {
  const kept = await readFile(path, 'utf8').catch(() => ''); // not there yet
  const url = /"url":"([^"]+)"/.exec(kept)?.[1];
  return url !== undefined && URL.canParse(url) ? Number(new URL(url).port) : 0;
}
