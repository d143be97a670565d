/** A tree of mandates under two nodes of control over one log: the world of the laws about what can happen in which order. */

import { createHash } from 'node:crypto';
import { cp, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { uncontained } from '@writ/authority';
import type { ActionAsked } from '../approval/approvals.ts';
import type { Actor } from '../caller.ts';
import type { Control } from '../control.ts';
import { openControl } from '../control.ts';
import type { Ask } from '../operation/ask.ts';
import { notFrozen, pushTo } from './scenario.ts';
import type { Turn } from './shared-log.ts';
import { SharedLog } from './shared-log.ts';
import { got, person, testControl } from './test-control.ts';

const start = Date.UTC(2030, 0, 1);

/**
 * A root that depends on a signal and has budgets, four levels in all, with siblings; one beside it that waits for a person once its own signal failed; and one that depends on the
 * first signal and under which a person is asked for each push.
 */
export const names = ['m0', 'm0.1', 'm0.1.1', 'm0.1.1.1', 'm0.1.2', 'm0.2', 'q0', 'q0.1', 'y0', 'y0.1'] as const;
export type Name = (typeof names)[number];

/** What was begun, and what proves it. */
export type HeldPermit = { readonly operation: string; readonly permit: string };

/** A push to one of two branches, asked for by the actor of a mandate. */
export const branch = (n: number): string => `git://p/refs/heads/writ/${n === 1 ? 'y' : 'x'}`;
/** The key of what is begun on a branch under a mandate; `as` tells what is begun there once more from it. */
export const keyOf = (on: Name, n: number, as = ''): string => `${on}/${String(n)}${as}`;
/** Asked for each time. */
const asking = pushTo('writ').map((entry) => ({ ...entry, constraints: { requiresActionApproval: true } }));
export const askOf = (mandate: string, n: number): Ask => ({
  mandate,
  action: 'git.push',
  resource: branch(n),
  facts: {},
  containment: uncontained,
  parameters: {},
  session: null,
  atLeast: undefined,
  estimate: { tokens: n + 1, moneyMicros: 0, currency: null },
});
/** How long a begin asks for, and how long a yes counts, in milliseconds: those that are there at first end before what begins on them would. */
export const leaseMs = 30_000;
export const yesMs = 40_000;
const [usedMs, unusedMs] = [25_000, 28_000];

/** A person's yes to one push, with the parameters that are asked for or with others. */
export const yesOf = (mandate: string, n: number, expiresAt: number, parameters: unknown = {}): ActionAsked => {
  const { action, resource, facts } = askOf(mandate, n);
  return { mandate, action, resource, facts, parameters, expiresAt };
};

/** Who says yes in advance, where another approves: ann may as long as she is an approver. */
export const ann = { kind: 'person', name: 'ann' } as const;

/** Her yes in advance to pushing a branch, for so many. */
export function leave(
  control: Control,
  { n, uses }: { readonly n: number; readonly uses: number | null },
  expiresAt: number,
): ReturnType<Control['giveAdvance']> {
  const line = { resource: branch(n), resourceMatch: 'exact', actions: ['git.push'], uses } as const;
  const asked = { project: 'p', lines: [line], expiresAt };
  const shown = control.advanceText(asked, ann);
  if (!shown.ok) return Promise.resolve(shown);
  return control.giveAdvance({ ...asked, textDigest: shown.value.digest }, { by: ann });
}

/**
 * The tree with the credentials of its actors, as every world starts: three operations are under way, so that whatever comes first may meet them. One began on nobody's yes, one on a yes to it, and one on a yes in advance; beside each of the two is a yes to
 * one more, which counts for longer, and beside the first one to a push with other parameters.
 */
export class Tree implements AsyncDisposable {
  readonly dir: string;
  readonly appends: SharedLog['appends'];
  /** By the key they were begun with. */
  readonly underWay: ReadonlyMap<string, HeldPermit>;
  readonly #ids: ReadonlyMap<Name, string>;
  readonly #actors: ReadonlyMap<Name, Actor>;

  private constructor(
    { dir, appends, underWay }: Pick<Tree, 'dir' | 'appends' | 'underWay'>,
    ids: ReadonlyMap<Name, string>,
    actors: ReadonlyMap<Name, Actor>,
  ) {
    [this.dir, this.appends, this.underWay, this.#ids, this.#actors] = [dir, appends, underWay, ids, actors];
  }

  /** The mandate that was given this name. */
  idOf = (name: Name): string => this.#ids.get(name)!; // every name is in the tree
  actorOf = (name: Name): Actor => this.#actors.get(name)!; // as above

  static async plant(): Promise<Tree> {
    const log = new SharedLog(() => start);
    const kit = await testControl('seed', () => Promise.resolve(log.node('a', () => Promise.resolve())));
    await kit.person(ann.name, { p: 'approver' });
    const ids = new Map<Name, string>();
    const underWay = new Map<string, HeldPermit>();
    const promises = new Map<Name, number>([
      ['m0.1', 2],
      ['m0.2', 1],
    ]);
    const budgets = [
      { kind: 'calls', limit: 4 },
      { kind: 'tokens', limit: 6 },
    ] as const;
    const delegation = { maxDepth: 4, maxChildren: 3, actors: 'any' } as const;
    ids.set('m0', await kit.approved({ conditions: [notFrozen({ returns: 'automatically' })], budgets, delegation }));
    const asked = notFrozen({ id: 'calm', subject: 'branch:p/q', returns: 'by_reinstatement' });
    ids.set('q0', await kit.approved({ conditions: [asked], delegation }));
    const back = notFrozen({ returns: 'automatically' });
    ids.set('y0', await kit.approved({ authority: asking, conditions: [back], delegation }));
    for (const name of names) {
      // A name without its last number is the name above it.
      const above = ids.get(name.slice(0, -2) as Name);
      if (ids.has(name) || above === undefined) continue;
      const promised = promises.get(name);
      const slice = promised === undefined ? {} : { budgets: [{ kind: 'calls', limit: promised }] as const };
      const asks = name === 'y0.1' ? { authority: asking } : {};
      ids.set(name, await kit.child(above, { deeper: Math.max(0, 4 - name.split('.').length), ...slice, ...asks }));
    }
    const actors = new Map<Name, Actor>();
    for (const [name, id] of ids) actors.set(name, await kit.actorOf(id));
    const begin = async (on: Name, n: number): Promise<void> => {
      const key = keyOf(on, n);
      // Both are in the tree.
      const [mandate, by] = [ids.get(on)!, actors.get(on)!];
      const { operation, permit } = got(await kit.control.begin(askOf(mandate, n), leaseMs, { by, key, body: key }));
      underWay.set(key, { operation: operation.begun.id, permit });
    };
    await begin('q0.1', 0);
    // It is in the tree.
    const approve = (forMs: number, parameters?: unknown) =>
      kit.control.approveAction(yesOf(ids.get('y0.1')!, 0, start + forMs, parameters), { by: person });
    got(await approve(usedMs));
    await begin('y0.1', 0);
    got(await approve(unusedMs));
    got(await approve(unusedMs, { oid: 'other' }));
    got(await leave(kit.control, { n: 1, uses: 1 }, start + usedMs));
    await begin('y0.1', 1);
    got(await leave(kit.control, { n: 1, uses: 1 }, start + unusedMs));
    await kit.control[Symbol.asyncDispose]();
    const dir = await mkdtemp(join(tmpdir(), 'writ-tree-'));
    await cp(kit.dir, dir, { recursive: true });
    await kit[Symbol.asyncDispose]();
    // A note of how far one log had come says nothing of the next.
    await rm(join(dir, 'seen.json'));
    await mkdir(join(dir, 'seen.json'));
    return new Tree({ dir, appends: [...log.appends], underWay }, ids, actors);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return rm(this.dir, { recursive: true, maxRetries: 5 });
  }
}

/** Two nodes over one log. */
export class World implements AsyncDisposable {
  readonly tree: Tree;
  readonly log: SharedLog;
  readonly clock = { now: start };
  nodes: readonly Control[] = [];
  /** Everything happens at once until somebody gives turns. */
  turn: Turn = () => Promise.resolve();
  /** Epochs that a node saw go back. */
  readonly wentBack: string[] = [];
  readonly #highest = new Map<string, number>();

  private constructor(tree: Tree, appends: SharedLog['appends']) {
    this.tree = tree;
    this.log = new SharedLog(() => this.clock.now, appends);
  }

  /** `appends`: what has happened, where that is not the tree alone. */
  static async open(tree: Tree, appends = tree.appends): Promise<World> {
    const world = new World(tree, appends);
    world.nodes = await Promise.all(['a', 'b'].map((name) => world.#node(name)));
    return world;
  }

  #node(name: string): Promise<Control> {
    const since = String(this.log.events.length);
    let drawn = 0;
    const random = (bytes: number): Uint8Array =>
      createHash('sha512')
        .update(`${name}:${since}:${String(drawn++)}`)
        .digest()
        .subarray(0, bytes);
    const journal = this.log.node(name, (what) => this.turn(what));
    return openControl({ dir: this.tree.dir, now: () => this.clock.now, random, journal });
  }

  /** Looks at every epoch whenever a node hears of something. */
  watchEpochs(): void {
    for (const [index, node] of this.nodes.entries())
      node.journal.project(() => {
        for (const { mandate } of node.state.mandates.values()) {
          const key = `${String(index)} ${mandate.id}`;
          const before = this.#highest.get(key) ?? 0;
          if (mandate.epoch < before) this.wentBack.push(`${key}: ${String(before)} to ${String(mandate.epoch)}`);
          this.#highest.set(key, mandate.epoch);
        }
      });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.turn = () => Promise.resolve();
    for (const node of this.nodes) await node[Symbol.asyncDispose]();
  }
}
