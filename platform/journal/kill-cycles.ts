/**
 * Kills a writer at random moments, again and again, and holds what it acknowledged against what is stored; only tests import this. Its children say on stdout, one JSON line each, what was
 * acknowledged: the same serial in two streams, `left/WRITER` and `right/WRITER`.
 */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import type { JournalReader } from './journal.ts';

export type Acknowledgement = {
  readonly writer: string | number;
  readonly serial: number;
  readonly hashes: readonly string[];
};

/** A store that somebody writes to who can be killed. */
export type KillTarget = {
  readonly start: () => ChildProcess;
  /** Resolves once nothing of a killed writer is under way any more. */
  readonly open: () => Promise<Pick<JournalReader, 'read' | 'verify'> & AsyncDisposable>;
};

/** `random` gives numbers from 0 to 1. Resolves with how much was acknowledged. */
export async function killCycles(target: KillTarget, cycles: number, random: () => number): Promise<number> {
  const acknowledged: Acknowledgement[] = [];
  for (let cycle = 0; cycle < cycles; cycle++) {
    acknowledged.push(...(await runAndKill(target.start(), random)));
    await using reader = await target.open();
    await holdsAll(reader, acknowledged);
  }
  return acknowledged.length;
}

/**
 * An environment in which programs load what was compiled of them before, and not from their sources: they are started a thousand times. `args`: of one that ends by itself, which leaves that in
 * `folder`. Those that are killed leave nothing there.
 */
export async function compiledOnce(folder: string, args: readonly string[]): Promise<NodeJS.ProcessEnv> {
  const env = { ...process.env, NODE_COMPILE_CACHE: folder };
  const first = spawn(process.execPath, args, { env, stdio: 'ignore' });
  expect(await once(first, 'close')).toEqual([0, null]);
  return env;
}

/** Every acknowledged append is there as it was acknowledged, none is half there, and the log verifies. */
async function holdsAll(
  reader: Pick<JournalReader, 'read' | 'verify'>,
  acknowledged: readonly Acknowledgement[],
): Promise<void> {
  const report = await reader.verify();
  expect(report.findings).toEqual([]);
  const hashesOf = new Map<string, readonly string[]>();
  for (const writer of new Set(acknowledged.map((one) => String(one.writer)))) {
    const [left, right] = [await reader.read(`left/${writer}`), await reader.read(`right/${writer}`)];
    expect(right.map(({ data }) => data)).toEqual(left.map(({ data }) => data));
    for (const [index, { hash }] of left.entries())
      hashesOf.set(`${writer} ${String(index + 1)}`, [hash, right[index]?.hash ?? '']);
  }
  const lost = acknowledged.filter(
    ({ writer, serial, hashes }) => String(hashesOf.get(`${String(writer)} ${String(serial)}`)) !== String(hashes),
  );
  expect(lost).toEqual([]);
}

/** Most are killed while they write, some while they still open the store. Gives everything the child said, the last moments too. */
async function runAndKill(child: ChildProcess, random: () => number): Promise<readonly Acknowledgement[]> {
  if (!child.stdout) throw new Error('the child has no stdout');
  const ended = once(child, 'close');
  const acknowledged: Acknowledgement[] = [];
  const killIn = (ms: number): void => void sleep(ms).then(() => child.kill('SIGKILL'));
  const moment = random();
  let isAimed = moment < 0.1;
  if (isAimed) killIn(random() * 150);
  for await (const line of createInterface({ input: child.stdout })) {
    // Soon after the first word, or after the first acknowledgement.
    if (!isAimed && (moment < 0.3 || line.startsWith('{'))) {
      isAimed = true;
      killIn(random() * 40);
    }
    // A line that was cut off by the kill acknowledges nothing; a whole one has this shape.
    if (line.startsWith('{') && line.endsWith('}')) acknowledged.push(JSON.parse(line) as Acknowledgement);
  }
  // What Node gives with 'close'.
  const [code, signal] = (await ended) as [number | null, string | null];
  expect([code, signal]).toEqual([null, 'SIGKILL']);
  return acknowledged;
}

/** Numbers from 0 to 1 that a seed determines (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
