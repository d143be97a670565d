/** Whether what a process was loaded from is still what is on disk: one that waits for long must not do tomorrow what its files said yesterday. */

import { statSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { fileURLToPath } from 'node:url';

export type Sources = { readonly areCurrent: () => boolean };

/** From here on every file that is loaded is remembered, with the time it was changed. */
export function rememberSources(): Sources {
  const loaded = new Map<string, number>();
  registerHooks({
    load(url, context, next) {
      if (url.startsWith('file:')) loaded.set(fileURLToPath(url), changedAt(fileURLToPath(url)));
      return next(url, context);
    },
  });
  return { areCurrent: () => [...loaded].every(([path, at]) => changedAt(path) === at) };
}

/** Milliseconds since the epoch; 0 where it is gone. */
const changedAt = (path: string): number => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
