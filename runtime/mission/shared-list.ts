/**
 * A list that shares with its next version all that did not change: replacing one entry copies a short part of it and never the whole. It grows and shrinks never: a plan is as long
 * as it was approved.
 */

/** How many entries are copied together. */
const bits = 6;
const width = 1 << bits;

export class SharedList<T> implements Iterable<T> {
  readonly length: number;
  private readonly chunks: readonly (readonly T[])[];

  private constructor(length: number, chunks: readonly (readonly T[])[]) {
    this.length = length;
    this.chunks = chunks;
  }

  static from<T>(items: readonly T[]): SharedList<T> {
    const chunks = Array.from({ length: Math.ceil(items.length / width) }, (_, at) =>
      items.slice(at * width, (at + 1) * width),
    );
    return new SharedList(items.length, chunks);
  }

  at(index: number): T | undefined {
    return this.chunks[index >> bits]?.[index & (width - 1)];
  }

  /** The same with `item` at `index`, which must be in it. */
  with(index: number, item: T): SharedList<T> {
    const chunk = this.chunks[index >> bits];
    if (chunk === undefined) throw new RangeError(`there is no entry \`${String(index)}\` of ${String(this.length)}`);
    return new SharedList(this.length, this.chunks.with(index >> bits, chunk.with(index & (width - 1), item)));
  }

  *[Symbol.iterator](): Generator<T> {
    for (const chunk of this.chunks) yield* chunk;
  }

  toArray(): readonly T[] {
    return this.chunks.flat();
  }

  map<U>(of: (item: T) => U): readonly U[] {
    return this.toArray().map(of);
  }

  filter(is: (item: T) => boolean): readonly T[] {
    return this.toArray().filter(is);
  }

  find(is: (item: T) => boolean): T | undefined {
    return this.toArray().find(is);
  }

  some(is: (item: T) => boolean): boolean {
    return this.toArray().some(is);
  }

  /** As an array would be written. */
  toJSON(): readonly T[] {
    return this.toArray();
  }
}
