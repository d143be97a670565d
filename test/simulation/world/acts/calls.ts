/** How people and agents of the simulation call control: counted, told, and what the answers say of positions checked. */

import { controlApi } from '@writ/protocol';
import type { CallInput, CallResult } from '@writ/enforce';
import { engine } from '../../engine/engine.ts';
import type { MandateModel } from '../model.ts';
import type { Step, StepKind } from '../plan.ts';
import type { World } from '../world.ts';
import { isUnknown } from './terms.ts';

type Routes = typeof controlApi;
type Reply<Name extends keyof Routes> = Routes[Name]['reply']['_zod']['output'];
type Who = 'desk' | 'agent';

/** What a step does, and on which machine; null for what comes from outside. */
export type Act = {
  readonly machine: keyof World['machines'] | null;
  readonly work: (step: Step) => Promise<void> | void;
};
export type Acts<Kind extends StepKind> = Readonly<Record<Kind, Act>>;

export class Calls {
  readonly #world: World;
  #keys = 0;

  constructor(world: World) {
    this.#world = world;
  }

  /** Calls control, as whoever and from where it is said; counted, and what it says of positions is checked. */
  async call<Name extends keyof Routes>(
    who: Who,
    name: Name,
    // The body of a route is checked where the route is known: here it is any of them.
    input: object,
  ): Promise<CallResult<Reply<Name>>> {
    const world = this.#world;
    const before = world.asked();
    const route = controlApi[name];
    // One route and its own input: `name` says which, and every caller below writes the two together.
    const asked = input as CallInput<typeof controlApi.check>;
    const reply = (await world.callers[who].call(route as typeof controlApi.check, asked)) as CallResult<Reply<Name>>;
    world.counts.calls += 1;
    if (reply.ok) {
      const { position } = reply.value as { readonly position?: number };
      // What a node says of a read, and a no, it says by what it knows; what it writes, and a yes to more, by all there is.
      const { decision } = reply.value as { readonly decision?: string };
      const isOld =
        world.peer !== null && name === 'check' && (asked.body.action !== 'git.push' || decision !== 'permit');
      if (typeof position === 'number' && !isOld) world.positionTold(position, before);
    }
    world.tell(
      `${who} ${name} ${JSON.stringify('params' in input ? input.params : {})}: ${reply.ok ? 'ok' : reply.problem.detail}`,
    );
    world.note(name, reply.ok ? 'ok' : reply.problem.code, Math.round(engine.now));
    return reply;
  }

  /** As `call`, again with the same key while nobody answers. */
  async surely<Name extends keyof Routes>(
    who: Who,
    name: Name,
    input: object,
    tries = 4,
  ): Promise<CallResult<Reply<Name>>> {
    const key = this.key();
    for (let left = tries; ; left -= 1) {
      const reply = await this.call(who, name, { ...input, idempotencyKey: key });
      if (reply.ok || left <= 1 || !isUnknown(reply.problem)) return reply;
      await this.pause(300 * (tries - left + 1));
    }
  }

  key(): string {
    this.#keys += 1;
    return `key-${String(this.#keys)}`;
  }

  pause(ms: number): Promise<void> {
    return new Promise((resolve) => void setTimeout(resolve, ms));
  }

  some(a: number): MandateModel | undefined {
    const { mandates } = this.#world.model;
    // Mostly one of the newest, so that there is something going on.
    const back = Math.floor(a * Math.min(mandates.length, 12));
    return mandates[mandates.length - 1 - back];
  }
}
