/**
 * Loads in parts, between which the event loop goes round: what was asked before is answered meanwhile. It loads and does nothing else; who imports the same afterwards waits for
 * nothing.
 */

import { setImmediate as goneRound } from 'node:timers/promises';

export type Part = () => Promise<unknown>;

/** One after the other. Resolves when all of them are loaded. */
export async function loadInParts(parts: readonly Part[]): Promise<void> {
  for (const part of parts) {
    await goneRound();
    await part();
  }
}

/** The larger part of `@writ/enforce/attended`, a few milliseconds each; what a later one needs of an earlier one is there already. */
export const attendedParts: readonly Part[] = [
  () => import('../supervisor/process-tree.ts'),
  () => import('../gateway/hooks/call-operations.ts'),
  () => import('../gateway/agent-door.ts'),
  () => import('../gateway/egress/egress-gate.ts'),
  () => import('../gateway/mcp/mcp-gateway.ts'),
  () => import('../gateway/session-ways.ts'),
];
