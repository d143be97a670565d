import { createServer } from 'node:http';

/** An HTTP server over a table of handlers. */
export function serve(table) {
  return createServer(async (request, response) => {
    const handler = table[`${request.method} ${request.url}`];
    let text = '';
    for await (const chunk of request) text += chunk;
    const { status, body } = handler
      ? await handler(text ? JSON.parse(text) : {})
      : { status: 404, body: { error: 'not found' } };
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
}
