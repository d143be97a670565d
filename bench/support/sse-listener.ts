/** The least that hears a push: one server-sent-events connection as a process. It tells its parent `ready`, then when the first event came. */
import { get } from 'node:http';

const request = get(process.argv[2] ?? '', { agent: false }, (response) => {
  response.setEncoding('utf8');
  response.once('data', () => {
    process.send?.('ready');
    response.once('data', () => {
      process.send?.(`${String(process.hrtime.bigint())} 0`);
      request.destroy();
      process.disconnect();
    });
  });
});
request.on('error', () => undefined); // destroyed above
