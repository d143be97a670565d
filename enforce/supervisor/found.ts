/**
 * What may be said after looking for processes. Only inside a process namespace of its own is what was found all there is; elsewhere a process that
 * left its session, its environment and its output before it was seen is not found, and every word about a stop has to say so.
 */

import type { SandboxKind } from './sandbox-kind.ts';

export type Bounds = SandboxKind['processes'];

/** `every process of it`, as far as that is known. */
export const everyProcess = (bounds: Bounds): string =>
  bounds === 'namespace' ? 'every process of it' : 'every process of it that could be found';

/** What goes behind a word about a stop; empty where nothing is left open. */
export const leftOpen = (bounds: Bounds): string =>
  bounds === 'namespace'
    ? ''
    : '; all that could be found: without a process namespace, one that had left its session, environment and output may go on';
