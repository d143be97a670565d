/** Whether the planes answer, asked of each itself. */

import { setTimeout as sleep } from 'node:timers/promises';
import { controlApi, enforcerApi, runtimeApi } from '@writ/protocol';
import type { Planes } from '../connect/planes.ts';
import type { PlaneName } from '../place/home.ts';
import { planeNames } from '../place/home.ts';

/** Whether `plane` answers now. Never throws. */
async function answers(planes: Planes, plane: PlaneName): Promise<boolean> {
  const soon = { timeoutMs: 2_000 };
  switch (plane) {
    case 'control':
      return (await (await planes.control()).attempt(controlApi.health, soon)).ok;
    case 'enforcer':
      return (await (await planes.enforcer()).attempt(enforcerApi.health, soon)).ok;
    case 'runtime':
      return (await (await planes.runtime()).attempt(runtimeApi.health, soon)).ok;
  }
}

/** Which planes answer now. */
export async function answering(planes: Planes): Promise<ReadonlySet<PlaneName>> {
  const all = await Promise.all(planeNames.map(async (plane) => [plane, await answers(planes, plane)] as const));
  return new Set(all.filter(([, yes]) => yes).map(([plane]) => plane));
}

/**
 * Waits until every plane answers, telling of each as it does. Resolves with the planes that did not answer in `limitMs`, or before
 * when `givenUp` says that waiting is pointless.
 */
export async function awaitAll(
  planes: Planes,
  options: { readonly limitMs: number; readonly ready: (plane: PlaneName) => void; readonly givenUp: () => boolean },
): Promise<readonly PlaneName[]> {
  const deadline = performance.now() + options.limitMs;
  const missing = new Set<PlaneName>(planeNames);
  for (;;) {
    for (const plane of planeNames)
      if (missing.has(plane) && (await answers(planes, plane))) {
        missing.delete(plane);
        options.ready(plane);
      }
    if (missing.size === 0 || performance.now() > deadline || options.givenUp()) return [...missing];
    await sleep(50);
  }
}
