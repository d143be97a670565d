/** The least that pushes: what is posted to it goes to all who listen, and into no log. It tells its parent where it listens. */

import { once } from 'node:events';
import { createServer } from 'node:http';
import type { ServerResponse } from 'node:http';

const open = new Set<ServerResponse>();
let id = 0;
const server = createServer((request, response) => {
  if (request.method === 'GET') {
    response.writeHead(200, { 'content-type': 'text/event-stream' }).write(': here\n\n');
    open.add(response);
    response.on('close', () => open.delete(response));
    return;
  }
  let body = '';
  request.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
  request.on('end', () => {
    id += 1;
    for (const each of open) each.write(`id: ${String(id)}\ndata: ${body}\n\n`);
    response.end('{}');
  });
});
server.listen(0, '127.0.0.1');
await once(server, 'listening');
const address = server.address();
process.send?.(`http://127.0.0.1:${String(typeof address === 'object' ? address?.port : '')}`);
process.once('disconnect', () => process.exit());
