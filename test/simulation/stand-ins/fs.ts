/** `node:fs` over the simulated files; other paths are Node's own. */

import * as fs from 'node:fs';
import { failure, files, isSimulated } from './files.ts';

export * from 'node:fs';

type Mode = { readonly mode?: number } | string | number | undefined;
const modeIn = (options: Mode): number | undefined => (typeof options === 'object' ? options.mode : undefined);

const handles = new Map<number, { readonly path: string; at: number }>();
let nextHandle = 1_000_000;

export function readFileSync(path: string, options?: 'utf8'): string | Buffer {
  if (!isSimulated(path)) return fs.readFileSync(path, { encoding: options ?? null });
  const text = files.read(path);
  return options === undefined ? Buffer.from(text) : text;
}

export function writeFileSync(path: string | number, text: string, options?: Mode): void {
  if (typeof path === 'number') writeSync(path, text);
  else files.write(path, text, modeIn(options));
}

export function appendFileSync(path: string, text: string, options?: Mode): void {
  files.write(path, (files.get(path)?.text ?? '') + text, modeIn(options));
}

export function openSync(path: string, flags = 'r'): number {
  if (!isSimulated(path)) return fs.openSync(path, flags);
  if (files.get(path) === undefined && flags === 'r') throw failure('ENOENT', path);
  if (flags.startsWith('w')) files.write(path, '');
  nextHandle += 1;
  handles.set(nextHandle, { path, at: 0 });
  return nextHandle;
}

export function writeSync(handle: number, text: string): number {
  const open = handles.get(handle);
  if (open === undefined) throw failure('EBADF', String(handle));
  files.write(open.path, (files.get(open.path)?.text ?? '') + text);
  return text.length;
}

export function readSync(): never {
  throw new Error('nothing reads parts of files in the simulation');
}

export function fsyncSync(): void {
  // Written is kept.
}

export const fdatasyncSync = (): void => fsyncSync();

export function closeSync(handle: number): void {
  handles.delete(handle);
}

export const renameSync = (from: string, to: string): void => files.rename(from, to);

export function rmSync(path: string): void {
  files.remove(path);
}

export const unlinkSync = (path: string): void => rmSync(path);

export function mkdirSync(path: string, options?: Mode): undefined {
  files.makeFolder(path, modeIn(options));
}

export function chmodSync(path: string, mode: number): void {
  const entry = files.get(path);
  if (entry !== undefined) entry.mode = mode;
}

export const existsSync = (path: string): boolean =>
  isSimulated(path) ? files.get(path) !== undefined : fs.existsSync(path);

export function readdirSync(path: string): readonly string[] {
  return files.list(path);
}

export function statSync(path: string, options?: { readonly throwIfNoEntry?: boolean }) {
  const entry = files.get(path);
  if (entry === undefined && options?.throwIfNoEntry !== false) throw failure('ENOENT', path);
  return entry && statOf(entry);
}

export const lstatSync = (path: string) => statSync(path);

export function copyFileSync(_from: string, to: string): void {
  files.write(to, '');
}

export const statOf = (entry: { readonly text: string; readonly mode: number; readonly isFolder: boolean }) => ({
  uid: process.getuid?.() ?? 0,
  mode: entry.mode,
  size: entry.text.length,
  isFile: () => !entry.isFolder,
  isDirectory: () => entry.isFolder,
  isSocket: () => false,
  isSymbolicLink: () => false,
});
