/** `node:fs/promises` over the simulated files, and nothing else. */

import { constants } from 'node:fs';
import { failure, files } from './files.ts';
import { chmodSync, statOf } from './fs.ts';

export * from 'node:fs/promises';

type Mode = { readonly mode?: number; readonly recursive?: boolean } | string | undefined;
const modeIn = (options: Mode): number | undefined => (typeof options === 'object' ? options.mode : undefined);

export async function mkdir(path: string, options?: Mode): Promise<void> {
  files.makeFolder(path, modeIn(options));
}

export async function open(path: string, flags: number, mode = 0o600) {
  const isNew = files.get(path) === undefined;
  if (isNew && (flags & constants.O_CREAT) === 0) throw failure('ENOENT', path);
  if (isNew) files.write(path, '', mode);
  const entry = files.get(path);
  if (entry === undefined) throw failure('ENOENT', path);
  return {
    stat: async () => statOf(entry),
    chmod: async (to: number) => void (entry.mode = to),
    readFile: async () => entry.text,
    writeFile: async (text: string) => void (entry.text = text),
    sync: async () => undefined,
    close: async () => undefined,
  };
}

export const readFile = async (path: string): Promise<string> => files.read(path);

export async function writeFile(path: string, text: string, options?: Mode): Promise<void> {
  files.write(path, text, modeIn(options));
}

export const rename = async (from: string, to: string): Promise<void> => files.rename(from, to);

export const rm = async (path: string): Promise<void> => files.remove(path);

export const chmod = async (path: string, mode: number): Promise<void> => chmodSync(path, mode);

export async function lstat(path: string) {
  const entry = files.get(path);
  if (entry === undefined) throw failure('ENOENT', path);
  return statOf(entry);
}

export const stat = async (path: string) => lstat(path);
