/** A line to a server that loses what is pushed and passes everything else on, byte for byte: heartbeats included. */
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';

export async function losingLine(url: string) {
  let isLosing = false;
  const lost: string[] = [];
  const server = createServer((asked, answered) => {
    const headers = { ...asked.headers, host: new URL(url).host };
    const through = request(url + (asked.url ?? ''), { method: asked.method, headers, agent: false });
    through.on('error', () => answered.destroy());
    answered.on('close', () => through.destroy());
    through.on('response', (response) => {
      answered.writeHead(response.statusCode ?? 502, response.headers);
      let rest = '';
      response.setEncoding('utf8');
      response.on('error', () => answered.destroy());
      response.on('end', () => answered.end());
      response.on('data', (text: string) => {
        const blocks = (rest + text).split('\n\n');
        rest = blocks.pop() ?? '';
        for (const block of blocks) {
          const type = /^event: (.+)$/m.exec(block)?.[1];
          if (isLosing && type !== undefined) lost.push(type);
          else answered.write(`${block}\n\n`);
        }
      });
    });
    asked.pipe(through);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  // A server that listens on a port has one.
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${String(port)}`,
    /** Loses every event from here on. */
    lose: () => {
      isLosing = true;
    },
    /** The types of what it has lost. */
    lost,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
