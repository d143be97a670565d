/**
 * Control's own note of how far its journal had come, outside the journal: a restored file or database is found out before the first question is answered. It is a
 * lower bound, written at most every `everyMs`; who removes it, or restores it too, is found out by the witness in the runtime's journal.
 */

import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import type { Witness } from './witness.ts';

const everyMs = 200;

const seenWire = z.object({ incarnation: z.int().positive(), position: z.int().nonnegative(), hash: z.string() });

/** What the note at `path` says (or the mark that a backup was put back, which names an event no journal has); undefined where there is none. A note that cannot be read says nothing: the other witness does. */
export function readSeen(path: string): Witness | undefined {
  try {
    return seenWire.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch {
    return undefined;
  }
}

/** Keeps the note at `path` up with `standing`; `changed` after each commit. */
export function keepSeen(path: string, standing: () => Witness): { changed(): void } & Disposable {
  let timer: NodeJS.Timeout | undefined;
  const write = (): void => {
    timer = undefined;
    const draft = `${path}.new`;
    try {
      writeFileSync(draft, JSON.stringify(standing()), { mode: 0o600 });
      renameSync(draft, path);
    } catch {
      // A disk that takes no note is worth no refusal: the note before this one is a bound as well, only a lower one.
    }
  };
  return {
    changed() {
      timer ??= setTimeout(write, everyMs).unref();
    },
    [Symbol.dispose]() {
      clearTimeout(timer);
      write();
    },
  };
}
