/**
 * Which class an action falls into: a versioned table owned by control, read by everything.
 *
 * It refuses to guess low: an action it does not know takes the widest class its sandbox lets it reach.
 */

import { actionWithin } from '../set/action.ts';
import type { ActionClass } from './action-class.ts';

/** Raised with every change of the table; recorded with every verdict. */
export const classTableVersion = 'classes-3';

/** What the place an action runs in can reach. Containment lowers the class of what it bounds, and only that. */
export type Containment = {
  /** Writes stay inside a worktree that can be restored. */
  readonly files: 'worktree' | 'open';
  /** `gated`: what leaves goes through an egress gate, where each connection is judged by itself. */
  readonly network: 'none' | 'gated' | 'open';
  /** Whether a credential for anything outside can be read from there. */
  readonly credentials: 'none' | 'open';
};

export const uncontained: Containment = { files: 'open', network: 'open', credentials: 'open' };

const table: ReadonlyMap<string, ActionClass> = new Map<string, ActionClass>([
  ['task.note', 'non_consequential'],
  ['task.ask', 'non_consequential'],
  ['task.propose', 'non_consequential'],
  ['file.read', 'consequential_read'],
  ['git.fetch', 'consequential_read'],
  ['http.get', 'consequential_read'],
  // Put into a request by a broker: the agent never has it, and the request is judged by itself.
  ['credential.use', 'consequential_read'],
  ['file.write', 'workspace_write'],
  ['git.commit', 'workspace_write'],
  ['package.install', 'workspace_write'],
  ['agent.spawn', 'workspace_write'],
  ['git.push', 'consequential_write'],
  ['pull_request.open', 'consequential_write'],
  ['pull_request.update', 'consequential_write'],
  ['git.force_push', 'irreversible_action'],
  ['git.merge', 'external_commitment'],
  ['git.tag', 'external_commitment'],
  ['http.post', 'external_commitment'],
  // An encrypted connection: what is sent in it is not seen, so it is begun, held and cut as something that writes.
  ['network.connect', 'consequential_write'],
  ['model.call', 'consequential_write'],
  ['package.publish', 'external_commitment'],
  ['mcp.read', 'consequential_read'],
  ['mcp.write', 'consequential_write'],
  ['mcp.commit', 'irreversible_action'],
  // Nobody says what the tool does; its server is outside whatever contains who asks.
  ['mcp.call', 'external_commitment'],
  ['secret.read', 'privileged_administration'],
  ['mandate.administer', 'privileged_administration'],
  ['hooks.write', 'privileged_administration'],
]);

/** Every class an action of `pattern` can fall into inside `containment`: of a family, what the table knows of it and what it does not. */
export function classesWithin(pattern: string, containment: Containment): ReadonlySet<ActionClass> {
  const known = [...table].flatMap(([action, actionClass]) => (actionWithin(action, pattern) ? [actionClass] : []));
  return new Set([...known, classOf(pattern, containment)]);
}

/** The class of `action` when it runs inside `containment`. */
export function classOf(action: string, containment: Containment): ActionClass {
  const known = table.get(action);
  if (known !== undefined) return known;
  const sealed =
    containment.files === 'worktree' && containment.network !== 'open' && containment.credentials === 'none';
  return sealed ? 'workspace_write' : 'external_commitment';
}
