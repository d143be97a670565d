/**
 * The network between machines: each link with its delay, its losses, its duplicates, its order, and whether it is cut.
 *
 * What goes over it is either a stream, which keeps its order and breaks when a part of it is lost, or single messages, which may be lost, doubled and overtaken.
 */

import type { Machine } from './engine.ts';
import { engine } from './engine.ts';

export type Link = {
  readonly minMs: number;
  readonly maxMs: number;
  /** Of single messages. */
  readonly loss: number;
  readonly duplicates: number;
  readonly isCut: boolean;
};

const near: Link = { minMs: 0.05, maxMs: 0.4, loss: 0, duplicates: 0, isCut: false };

class Network {
  #links = new Map<string, Link>();
  /** What is told when a link is cut for good measure: connections over it. */
  readonly #broken = new Map<string, Set<() => void>>();

  reset(): void {
    this.#links.clear();
    this.#broken.clear();
  }

  link(from: Machine, to: Machine): Link {
    return this.#links.get(`${from.name}>${to.name}`) ?? near;
  }

  /** Changes one direction. A link that is whole again resets the connections that were open when it was cut. */
  change(from: Machine, to: Machine, more: Partial<Link>): void {
    const before = this.link(from, to);
    this.#links.set(`${from.name}>${to.name}`, { ...before, ...more });
    if (!before.isCut || more.isCut !== false) return;
    const both = [`${from.name}>${to.name}`, `${to.name}>${from.name}`];
    for (const reset of both.flatMap((name) => [...(this.#broken.get(name) ?? [])])) reset();
  }

  /** `reset` is called when the link was cut and is whole again; the returned function ends that. */
  onReset(from: Machine, to: Machine, reset: () => void): () => void {
    const name = `${from.name}>${to.name}`;
    const resets = this.#broken.get(name) ?? new Set();
    this.#broken.set(name, resets);
    resets.add(reset);
    return () => void resets.delete(reset);
  }

  delay({ minMs, maxMs }: Link): number {
    return engine.random.between(minMs, maxMs);
  }

  /** Sends one message; it may arrive never, late, before an earlier one, or twice. */
  message(from: Machine, to: Machine, arrive: () => void): void {
    const link = this.link(from, to);
    if (link.isCut || engine.random.chance(link.loss)) return;
    engine.after(this.delay(link), arrive, to);
    if (engine.random.chance(link.duplicates)) engine.after(this.delay(link), arrive, to);
  }
}

export const network = new Network();
