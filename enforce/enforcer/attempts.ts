/**
 * Tells control what a run tried to write of what governs it: as a question about that very action, with the run's own credential, so that the
 * one evaluator says no and its journal keeps it. What was written is put back already; nothing here waits for the answer.
 *
 * In memory, until control has heard it: an attempt seen while control is gone is told when it is back.
 */

import { controlApi } from '@writ/protocol';
import type { RunRequest } from '../supervisor/spawn-run.ts';
import type { Asker } from './ask-control.ts';
import { beside, containmentOf } from './ask-control.ts';
import { isSilence } from './renewal-answer.ts';

export interface Attempts {
  /** A run wrote these resources. Each is told once a run, and at most `mostOfOneRun` of one run. */
  tell(run: RunRequest, resources: readonly string[]): void;
  /** Tells what is not told yet. */
  flush(): Promise<void>;
}

type Attempt = { readonly run: RunRequest; readonly resource: string };

const mostOfOneRun = 64;
const rememberedRuns = 1_000;
/** Of a request to control. */
const longestResource = 2_048;

/** Nothing tried yet. */
export function createAttempts(asker: Asker): Attempts {
  const known = new Map<string, Set<string>>();
  const waiting = new Set<Attempt>();
  const asked = new Set<Attempt>();

  async function deliver(attempt: Attempt): Promise<void> {
    if (asked.has(attempt)) return;
    asked.add(attempt);
    const { run, resource } = attempt;
    const answer = await asker.control.call(controlApi.check, {
      token: run.credential,
      ...beside(asker),
      body: {
        mandate: run.mandate,
        action: 'hooks.write',
        resource,
        session: run.session,
        containment: containmentOf(run),
      },
    });
    asked.delete(attempt);
    if (answer.ok || !isSilence(answer.problem)) waiting.delete(attempt);
  }

  return {
    tell(run, resources) {
      const told = known.get(run.id) ?? new Set();
      known.set(run.id, told);
      for (const id of known.keys()) if (known.size > rememberedRuns) known.delete(id);
      for (const resource of resources.map((one) => one.slice(0, longestResource))) {
        if (told.has(resource) || told.size >= mostOfOneRun) continue;
        told.add(resource);
        const attempt = { run, resource };
        waiting.add(attempt);
        void deliver(attempt);
      }
    },
    async flush() {
      await Promise.all([...waiting].map(deliver));
    },
  };
}
