/** Loads what an attended session needs from its approval on, while the launcher waits for what it asked before: a start takes as long as its waits, and not as long as both. */

import { attendedParts, loadInParts } from '@writ/enforce/start';

/** Resolves with what runs the session. */
export function loadAttend(): Promise<typeof import('./attend.ts')> {
  const own = [() => import('./session-outside.ts'), () => import('./session-asking.ts')];
  const loaded = loadInParts([...attendedParts, ...own]).then(() => import('./attend.ts'));
  // A start that ends before it is needed waits for none of it.
  loaded.catch(() => undefined);
  return loaded;
}
