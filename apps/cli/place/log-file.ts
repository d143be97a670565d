/**
 * A log file that does not grow without end: past its size it is set aside as `.1`, what was set aside before as `.2`, and so on; the oldest is removed.
 *
 * It never ends the process that writes: a line that the disk does not take is lost, and the next is tried.
 */

import { closeSync, existsSync, fstatSync, openSync, renameSync, rmSync, statSync, writeSync } from 'node:fs';

/** When a file is set aside, in bytes, and how many are kept that were. */
export type Rotation = { readonly maxBytes: number; readonly kept: number };

/** 10 MB, and three more of them for each process. */
export const usualRotation: Rotation = { maxBytes: 10 * 1024 * 1024, kept: 3 };

export interface LogFile extends Disposable {
  readonly write: (line: string) => void;
}

/** Appends to `path`, a file of its user alone. */
export function openLogFile(path: string, rotation: Rotation = usualRotation): LogFile {
  let fd: number | undefined;
  let size = 0;
  const open = (): number => {
    const opened = openSync(path, 'a', 0o600);
    size = fstatSync(opened).size;
    return opened;
  };
  const close = (): void => {
    if (fd !== undefined) closeSync(fd);
    fd = undefined;
  };
  return {
    write: (line) => {
      try {
        fd ??= open();
        if (size > 0 && size + line.length > rotation.maxBytes) {
          close();
          setAside(path, rotation.kept);
          fd = open();
        }
        size += writeSync(fd, line);
      } catch {
        // The disk is full or gone; whatever is logged happened all the same.
      }
    },
    [Symbol.dispose]: close,
  };
}

/** Sets `path` aside if it is past its size; for files that another process goes on writing to. */
export function rotateLarge(path: string, { maxBytes, kept }: Rotation = usualRotation): void {
  if (existsSync(path) && statSync(path).size > maxBytes) setAside(path, kept);
}

function setAside(path: string, kept: number): void {
  const aside = (number: number): string => `${path}.${String(number)}`;
  rmSync(aside(kept), { force: true });
  for (let number = kept - 1; number >= 1; number -= 1)
    if (existsSync(aside(number))) renameSync(aside(number), aside(number + 1));
  if (kept > 0) renameSync(path, aside(1));
  else rmSync(path, { force: true });
}
