/** Operations of any age over HTTP: what control keeps in memory no more is listed and read as before; its key is refused. */

import type { controlApi } from '@writ/protocol';
import { expect, it } from 'vitest';
import { controlWorld } from '../testing/control-world.ts';

type List = (typeof controlApi)['listOperations']['reply']['_zod']['output'];
const day = 24 * 3_600_000;

it('lists and reads what is over since long, and refuses its key', async () => {
  let ahead = 0;
  await using world = await controlWorld({ now: () => Date.now() + ahead });
  const expires_at = new Date(Date.now() + 30 * day).toISOString();
  const { id } = await world.approved({ expires_at });
  const token = await world.credential(id);
  const begun = async (key: string) => (await world.begin(id, token, key)).json.operation.id;
  const [open, ...over] = [await begun('a'), await begun('b'), await begun('c')];
  for (const one of over) await world.call('POST', `/v1/operations/${one}/settle`, { outcome: 'done' }, { token });
  ahead = day + 1;
  const last = await begun('d');
  const all: string[] = [];
  for (let cursor: string | null = ''; cursor !== null;) {
    const more: string = cursor === '' ? '' : `&cursor=${cursor}`;
    const { json } = await world.call<List>('GET', `/v1/operations?limit=1${more}`);
    all.push(...json.items.map((operation) => operation.id));
    cursor = json.next_cursor;
  }
  expect(all).toEqual([last, open, ...over.toReversed()]);
  const only = async (query: string) =>
    (await world.call<List>('GET', `/v1/operations?${query}`)).json.items.map((operation) => operation.id);
  expect(await only('cursor=p999999&mandate=m-none')).toEqual([]);
  // Control calls the one that is open unknown, once it looks; it is kept either way.
  expect([...(await only('open=true')), ...(await only('unknown=true'))]).toContain(open);
  expect(await world.call('GET', `/v1/operations/${over[0] ?? ''}`)).toMatchObject({
    status: 200,
    json: { state: 'done' },
  });
  const stranger = await world.credential((await world.approved({ expires_at })).id);
  expect((await world.call('GET', `/v1/operations/${over[0] ?? ''}`, undefined, { token: stranger })).status).toBe(404);
  expect(await world.begin(id, token, 'b')).toMatchObject({ status: 409, json: { code: 'idempotency_expired' } });
});
