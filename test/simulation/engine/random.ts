/** Random numbers from one seed: the same seed, the same numbers, on every machine. Not for secrets. */

export interface Random {
  /** A number from 0 up to and not including 1. */
  next(): number;
  /** A whole number from 0 up to and not including `below`. */
  below(below: number): number;
  between(from: number, to: number): number;
  chance(probability: number): boolean;
  pick<T>(list: readonly T[]): T | undefined;
  bytes(count: number): Uint8Array;
  /** Another source, which takes nothing from this one after it was made. */
  fork(name: string): Random;
}

/** sfc32 (Chris Doty-Humphrey's Small Fast Counter), seeded through FNV-1a. */
export function randomFrom(seed: string): Random {
  let [a, b, c, counter] = [hashOf(`${seed}:a`), hashOf(`${seed}:b`), hashOf(`${seed}:c`), 1];
  const word = (): number => {
    const out = (a + b + counter++) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + out;
    c |= 0;
    return out >>> 0;
  };
  for (let i = 0; i < 12; i += 1) word();
  const next = (): number => word() / 4_294_967_296;
  const below = (most: number): number => Math.floor(next() * most);
  return {
    next,
    below,
    between: (from, to) => from + next() * (to - from),
    chance: (probability) => next() < probability,
    pick: (list) => list[below(list.length)],
    bytes(count) {
      const bytes = new Uint8Array(count);
      for (let i = 0; i < count; i += 1) bytes[i] = word() >>> 24;
      return bytes;
    },
    fork: (name) => randomFrom(`${seed}/${name}`),
  };
}

function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i += 1) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash | 0;
}
