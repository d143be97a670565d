/** What each step of a plan does: people's acts, agents' work, and what goes wrong. */

import { Agents } from './acts/agents.ts';
import type { Acts } from './acts/calls.ts';
import { Calls } from './acts/calls.ts';
import { Faults } from './acts/faults.ts';
import { Missions } from './acts/missions.ts';
import { People } from './acts/people.ts';
import type { Step, StepKind } from './plan.ts';
import type { World } from './world.ts';

export class Steps {
  readonly #world: World;
  readonly faults: Faults;
  readonly #table: Acts<StepKind>;

  constructor(world: World) {
    const calls = new Calls(world);
    this.#world = world;
    this.faults = new Faults(world);
    this.#table = {
      ...new People(world, calls).table,
      ...new Agents(world, calls).table,
      ...new Missions(world, calls).table,
      ...this.faults.table,
    };
  }

  do(step: Step): void {
    this.#world.counts.steps += 1;
    this.#world.tell(`step ${String(step.index)} ${step.kind}`);
    this.#world.lookUnpushed();
    const { machine, work } = this.#table[step.kind];
    if (machine === null) void work(step);
    else this.#world.on(this.#world.machines[machine], () => work(step));
  }
}
