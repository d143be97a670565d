/**
 * A process that writes to a journal until it is killed; only tests start it. `node test-child.ts <path> loop|throw|NUMBER`
 *
 * `loop`: four writers append without pause, each time the same serial to two streams, and say on stdout what was acknowledged, one JSON line each.
 * A number: one writer, one append at a time, as many as that, said in the same way.
 * `throw`: a projection that throws at the first event, and one append whose acknowledgement would be said.
 */
import { openSqliteJournal } from './open.ts';

/** What `loop` says of each acknowledged append. */
export type Acknowledged = {
  readonly writer: number;
  readonly serial: number;
  readonly hashes: readonly string[];
};

const [path = '', mode] = process.argv.slice(2);
const journal = await openSqliteJournal({
  path,
  organisation: 'acme',
  now: Date.now,
});

if (mode === 'throw') {
  journal.project(() => {
    throw new Error('the fold broke');
  });
  await appendPair(0, 1);
  process.stdout.write('acknowledged\n');
} else if (mode !== undefined && /^\d+$/.test(mode)) {
  for (let serial = 1; serial <= Number(mode); serial++) await say(0, serial);
  await journal[Symbol.asyncDispose]();
} else {
  process.stdout.write('open\n');
  await Promise.all([0, 1, 2, 3].map(writeOn));
}

async function writeOn(writer: number): Promise<void> {
  for (let serial = (await journal.read(`left/${String(writer)}`)).length + 1; ; serial++) {
    await say(writer, serial);
  }
}

async function say(writer: number, serial: number): Promise<void> {
  const hashes = await appendPair(writer, serial);
  process.stdout.write(`${JSON.stringify({ writer, serial, hashes } satisfies Acknowledged)}\n`);
}

async function appendPair(writer: number, serial: number): Promise<readonly string[]> {
  const sides = [`left/${String(writer)}`, `right/${String(writer)}`];
  const event = {
    type: 'pair.written',
    project: 'p',
    actor: 'test',
    data: { serial, filler: 'x'.repeat(500) },
  };
  const result = await journal.append(
    sides.map((stream) => ({ stream, events: [event] })),
    sides.map((stream) => ({ stream, version: serial - 1 })),
  );
  if (!result.ok) throw new Error(JSON.stringify(result.conflict));
  return result.events.map(({ hash }) => hash);
}
