import { expect, test } from 'vitest';
import { errorsOnly } from '../log/log.ts';
import { createDrain } from './drain.ts';
import { createHttpServer } from './http-server.ts';

test('a route with a schema of Fastify is refused: what a call must be is said in one place', async () => {
  const app = createHttpServer({
    door: 'loopback',
    drain: createDrain('control'),
    log: errorsOnly('control'),
    problemOf: () => undefined,
  });
  app.post('/v1/other', { schema: { body: { type: 'object' } } }, () => 'taken');
  await expect(app.ready()).rejects.toThrow('a route has a schema of Fastify');
  await app.close();
});
