/**
 * `GET /readyz`: whether a plane can do its work now, condition by condition, each looked at when it is asked for. 200 where all hold, 503 where one does not. (`/healthz` says only that the
 * process answers.)
 *
 * It says what holds and never why somebody may do something; a look that takes too long does not hold.
 */

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import type { Journal } from '@writ/journal';
import type { ReadinessWire } from '@writ/protocol';
import { delegated } from '../log/logged-journal.ts';
import type { Drain } from './drain.ts';

/** What was found of one condition: a sentence, and whether it holds. */
export type Found = { readonly holds: boolean; readonly found: string };
export type Conditions = Readonly<Record<string, () => Found | Promise<Found>>>;

/** The longest a look may take, milliseconds. */
const lookMs = 2_000;

type Readiness = {
  readonly plane: string;
  readonly drain: Drain;
  /** The newest event of its journal. */
  readonly position: () => number | null;
  readonly conditions: Conditions;
};

/** Mounts the route. */
export function mountReadiness(app: FastifyInstance, { plane, drain, position, conditions }: Readiness): void {
  app.get('/readyz', async (_, reply) => {
    const looks = {
      closing: () => ({ holds: !drain.isClosing, found: drain.isClosing ? 'it is ending' : 'no' }),
      ...conditions,
    };
    const checks = await Promise.all(
      Object.entries(looks).map(async ([name, look]) => ({ name, ...(await within(look)) })),
    );
    const ready: ReadinessWire = { ok: checks.every(({ holds }) => holds), plane, position: position(), checks };
    return reply
      .code(ready.ok ? 200 : 503)
      .header('content-type', 'application/json')
      .send(JSON.stringify(ready));
  });
}

async function within(look: Conditions[string]): Promise<Found> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<Found>((resolve) => {
    timer = setTimeout(() => resolve({ holds: false, found: `no answer within ${String(lookMs)} ms` }), lookMs);
  });
  try {
    return await Promise.race([look(), limit]);
  } catch (error) {
    return { holds: false, found: error instanceof Error ? error.message : String(error) };
  } finally {
    clearTimeout(timer);
  }
}

/** That control was heard no longer ago than `limitMs`. */
export const heardWithin = (limitMs: number, agoMs: number | null): Found => ({
  holds: agoMs !== null && agoMs <= limitMs,
  found: agoMs === null ? 'was not heard yet' : `was heard ${String(Math.round(agoMs))} ms ago`,
});

/** How long an append that failed keeps a store from being called writable, where none succeeded since, milliseconds. */
const failedForMs = 30_000;

/** A journal that remembers whether it could write, and the condition that it can: in `folder` there is room too. */
export function watchedStore(
  journal: Journal,
  folder: string,
): { readonly journal: Journal; readonly condition: Conditions[string] } {
  let failed: { readonly at: number; readonly why: string } | null = null;
  const watched: Journal = {
    ...delegated(journal),
    append: async (...given) => {
      try {
        const result = await journal.append(...given);
        failed = null;
        return result;
      } catch (error) {
        const isStore =
          error instanceof Error && 'kind' in error && (error.kind === 'store' || error.kind === 'unknown');
        if (isStore) failed = { at: performance.now(), why: error.message };
        throw error;
      }
    },
  };
  const condition = async (): Promise<Found> => {
    if (failed !== null && performance.now() - failed.at < failedForMs) return { holds: false, found: failed.why };
    const head = await journal.refresh();
    await writeFile(join(folder, '.ready'), `${String(head)}\n`, { mode: 0o600 });
    return { holds: true, found: `writable, up to position ${String(head)}` };
  };
  return { journal: watched, condition };
}
