/** What landed at the simulated remote, and what was said of it afterwards: every landing is compared with the onlooker, and every settled push with what the remote really has. */

import type { Sink } from '@writ/enforce';
import type { Machine } from '../engine/engine.ts';
import { engine } from '../engine/engine.ts';
import type { Landed } from '../stand-ins/remote.ts';
import { remote } from '../stand-ins/remote.ts';
import type { LogCheck } from './log-check.ts';
import type { MandateModel, Model } from './model.ts';

/** What it is in. */
type Around = {
  readonly machines: { readonly sink: Machine };
  readonly sink: Sink | undefined;
  readonly counts: { landed: number };
  readonly model: Model;
  readonly log: Pick<LogCheck, 'pushes'>;
  readonly setBacks: number;
  say(sentence: string): void;
  tell(line: string): void;
  modelOf(mandate: string): MandateModel | undefined;
  used(mandate: MandateModel): void;
};

export class Pushes {
  readonly #world: Around;
  /** What the remote took, by the commit. */
  readonly #landed = new Map<string, string>();

  constructor(world: Around) {
    this.#world = world;
    remote.reset({
      machine: world.machines.sink,
      sink: () => world.sink,
      onLanded: (landed) => this.#onLanded(landed),
    });
  }

  #onLanded({ update, mandate: id, operation, asked }: Landed): void {
    const world = this.#world;
    world.counts.landed += 1;
    world.tell(`remote: ${update.ref} is ${update.new} by ${operation}`);
    const before = this.#landed.get(update.new);
    if (before !== undefined) world.say(`I9: ${update.new} landed by ${before} and by ${operation}`);
    this.#landed.set(update.new, operation);
    const mandate = world.modelOf(id);
    if (mandate === undefined) return world.say(`${operation} landed under ${id}, which nobody knows`);
    world.used(mandate);
    const resource = `git://p/${update.ref}`;
    const why = world.model.whyNever(mandate, { action: 'git.push', resource }, { from: asked, to: engine.now });
    if (why !== null) world.say(`I1: ${operation} landed at the remote under ${mandate.id}, although ${why}`);
  }

  /** INVARIANT: nobody is told that a push was done which is not there, or that one was not which is. */
  lookAtEnd(): void {
    const world = this.#world;
    // A journal that was set back may not know that a permit was taken.
    if (world.setBacks > 0) return;
    for (const [operation, { oid, outcome }] of world.log.pushes) {
      const isThere = this.#landed.get(oid) === operation;
      if (outcome === 'done' && !isThere) world.say(`${operation} is said to be done, and did not land`);
      if ((outcome === 'failed' || outcome === 'interrupted') && isThere)
        world.say(`${operation} is said to have ${outcome}, and it landed`);
    }
  }
}
