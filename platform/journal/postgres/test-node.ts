/**
 * A node that writes to a PostgreSQL journal until it is told to stop or killed; only tests start it. `node test-node.ts <url> <schema> <name> <count>`
 *
 * Four writers append without pause, each time the same serial to two streams of their own and, read before, to one that all nodes share. A follower folds everything. On stdout,
 * one JSON line each: what was acknowledged, and at the end what the follower saw.
 */
import { openPostgresJournal } from './open.ts';

/** What a node says of each acknowledged append. */
export type NodeAck = { readonly writer: string; readonly serial: number; readonly hashes: readonly string[] };

/** What a node says at its end: the positions its projection was called with, in that order. */
export type NodeEnd = { readonly seen: readonly number[] };

const [url = '', schema = '', name = '', count = '0'] = process.argv.slice(2);
await using journal = await openPostgresJournal({
  url,
  schema,
  organisation: 'acme',
  now: Date.now,
  patienceMs: 60_000,
});
const seen: number[] = [];
let shared = 0;
await journal.follow(0, (events) => {
  seen.push(...events.map(({ position }) => position));
  shared += events.filter(({ stream }) => stream === 'shared').length;
});
await Promise.all([0, 1, 2, 3].map((number) => writeOn(`${name}.${String(number)}`)));
await journal.refresh();
process.stdout.write(`${JSON.stringify({ seen } satisfies NodeEnd)}\n`);

async function writeOn(writer: string): Promise<void> {
  const sides = [`left/${writer}`, `right/${writer}`];
  const event = { type: 'pair.written', project: 'p', actor: name, data: { filler: 'x'.repeat(200) } };
  const first = (await journal.read(`left/${writer}`)).length + 1;
  for (let serial = first; serial < first + Number(count);) {
    const result = await journal.append(
      [...sides, 'shared'].map((stream) => ({ stream, events: [event] })),
      [{ stream: 'shared', version: shared }, ...sides.map((stream) => ({ stream, version: serial - 1 }))],
    );
    // Another writer was quicker with the stream that all share: what it wrote has been seen by now.
    if (!result.ok && result.conflict.stream === 'shared') continue;
    if (!result.ok) throw new Error(JSON.stringify(result.conflict));
    const ack = { writer, serial, hashes: result.events.slice(0, 2).map(({ hash }) => hash) };
    process.stdout.write(`${JSON.stringify(ack satisfies NodeAck)}\n`);
    serial += 1;
  }
}
