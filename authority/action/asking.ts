/**
 * When a person is asked: the class of an action where it happens × whether its target is one that the preset names, as data. Presets are expanded by it, a yes
 * in advance counts by it, and `writ classify` shows it.
 *
 * It decides nothing: whether an action is permitted is the evaluator's. It refuses to let anything on the each-time list be asked less than each time.
 */

import { actionWithin } from '../set/action.ts';
import type { ActionClass } from './action-class.ts';
import type { Containment } from './class-table.ts';
import { classOf } from './class-table.ts';

/** Raised with every change of the table. */
export const askingVersion = 'asking-1';

/** `covered`: by the approval. `first_time`: once for each target. `each_time`: nothing but a yes to this very action. From the least to the most. */
export const askings = ['covered', 'first_time', 'each_time'] as const;
export type Asking = (typeof askings)[number];

/** What the preset says of it. `named`: it may be reached without asking. `new`: only by asking. */
export type Target = 'named' | 'new';

const covered = { named: 'covered', new: 'covered' } as const;
const oncePerTarget = { named: 'covered', new: 'first_time' } as const;
const always = { named: 'each_time', new: 'each_time' } as const;

/** The table. What contains an action acts through its class: a program in a sandbox is work in the worktree, and the same program outside is not. */
export const askingTable = {
  non_consequential: covered,
  consequential_read: oncePerTarget,
  workspace_write: oncePerTarget,
  consequential_write: oncePerTarget,
  irreversible_action: always,
  external_commitment: always,
  privileged_administration: always,
} as const satisfies Readonly<Record<ActionClass, Readonly<Record<Target, Asking>>>>;

/** Asked each time whatever bounds them, with the words for it: force-pushes, publishing, deploying, money, credentials, administration. */
export const eachTime: ReadonlyMap<string, string> = new Map([
  ['git.force_push', 'what others have is overwritten'],
  ['git.merge', 'it changes a shared branch'],
  ['git.tag', 'it publishes a version'],
  ['package.publish', 'what is published stays'],
  ['deploy', 'a deployment is approved each time'],
  ['payment', 'money is approved each time'],
  ['mcp.commit', 'the tool cannot take it back'],
  ['secret', 'a secret is given by hand'],
  ['mandate', 'administration is approved each time'],
  ['hooks', 'it would govern the agent'],
]);

/** Why `action` is asked each time wherever it happens; undefined where it is not on the list. */
export const whyEachTime = (action: string): string | undefined =>
  [...eachTime].find(([family]) => actionWithin(action, family) || actionWithin(action, `${family}.*`))?.[1];

/** How a person is asked about `action` on such a target, where it happens inside `containment`. */
export function askingOf(action: string, target: Target, containment: Containment): Asking {
  if (whyEachTime(action) !== undefined) return 'each_time';
  return askingTable[classOf(action, containment)][target];
}

/** Whether a yes to one target may stand for the same again: never for what is asked each time, whatever class it has where it happens. */
export const mayStand = (action: string, actionClass: ActionClass): boolean =>
  whyEachTime(action) === undefined && askingTable[actionClass].new === 'first_time';
