/** A remote behind a password: Git's own `http-backend` (git-http-backend(1)) as a CGI, for whoever brings the right `Authorization: Basic`. */

import { execFileSync, spawn } from 'node:child_process';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

export type PasswordRemote = {
  /** Without the user name and password. */
  readonly url: string;
  /** The bare repository. */
  readonly repository: string;
  /** How many requests came without the right password. */
  readonly refused: () => number;
} & AsyncDisposable;

/** Serves a new bare repository in `dir` to `user` with `password`. */
export async function startPasswordRemote(dir: string, user: string, password: string): Promise<PasswordRemote> {
  const repository = join(dir, 'app.git');
  mkdirSync(dir, { recursive: true });
  execFileSync('git', ['init', '-q', '--bare', repository]);
  execFileSync('git', ['config', 'http.receivepack', 'true'], { cwd: repository });
  const expected = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
  let refused = 0;
  const server = createServer((request, response) => {
    if (request.headers.authorization === expected) return serve(dir, request, response);
    refused += 1;
    response.writeHead(401, { 'www-authenticate': 'Basic realm="git"' }).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  // A listening TCP server has an address with a port.
  const { port } = server.address() as { port: number };
  return {
    url: `http://127.0.0.1:${String(port)}/app.git`,
    repository,
    refused: () => refused,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function serve(dir: string, request: IncomingMessage, response: ServerResponse): void {
  const url = new URL(request.url ?? '/', 'http://remote');
  const backend = spawn('git', ['http-backend'], {
    env: {
      PATH: process.env['PATH'],
      GIT_PROJECT_ROOT: dir,
      GIT_HTTP_EXPORT_ALL: '1',
      REMOTE_USER: 'somebody',
      REQUEST_METHOD: request.method,
      PATH_INFO: url.pathname,
      QUERY_STRING: url.search.slice(1),
      CONTENT_TYPE: request.headers['content-type'] ?? '',
      HTTP_CONTENT_ENCODING: request.headers['content-encoding'] ?? '',
      ...(request.headers['git-protocol'] !== undefined && { GIT_PROTOCOL: String(request.headers['git-protocol']) }),
    },
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  request.pipe(backend.stdin);
  backend.stdin.on('error', () => undefined); // it may answer before it has read all
  const parts: Buffer[] = [];
  backend.stdout.on('data', (part: Buffer) => parts.push(part));
  backend.stdout.on('end', () => {
    const whole = Buffer.concat(parts);
    const end = whole.indexOf('\r\n\r\n');
    const headers = whole.subarray(0, end).toString('latin1').split('\r\n');
    let status = 200;
    for (const line of headers) {
      const [name = '', value = ''] = line.split(/:\s*/, 2);
      if (name.toLowerCase() === 'status') status = Number.parseInt(value, 10);
      else if (name !== '') response.setHeader(name, value);
    }
    response.writeHead(status).end(whole.subarray(end + 4));
  });
}
