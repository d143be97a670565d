import { afterAll, beforeAll } from 'vitest';
import { PostgresServer } from '../../../test/kit/postgres/postgres-server.ts';
import { describeJournal } from '../describe-journal.ts';
import { openPostgresJournal } from './open.ts';

let server: PostgresServer;
beforeAll(async () => {
  server = await PostgresServer.start();
});
afterAll(() => server[Symbol.asyncDispose]());

describeJournal('postgres', ({ store, organisation, now }) =>
  openPostgresJournal({ url: server.url, schema: store.replaceAll('-', '_'), organisation, now }),
);
