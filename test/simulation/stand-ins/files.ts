/** The files below `/simulated`, in memory: what a process wrote is there for its next start. Writing takes no time and does not fail; the disks of journals do both. */

export type Entry = { text: string; mode: number; readonly isFolder: boolean };

const entries = new Map<string, Entry>();

export const root = '/simulated';

export const isSimulated = (path: unknown): path is string =>
  typeof path === 'string' && (path === root || path.startsWith(`${root}/`));

export const forgetFiles = (): void => entries.clear();

export function failure(code: string, path: string): Error {
  return Object.assign(new Error(`${code}: ${path}`), { code });
}

export const files = {
  get: (path: string): Entry | undefined => entries.get(path),
  read(path: string): string {
    const entry = entries.get(path);
    if (entry === undefined || entry.isFolder) throw failure('ENOENT', path);
    return entry.text;
  },
  write(path: string, text: string, mode = 0o600): void {
    const entry = entries.get(path);
    if (entry === undefined) entries.set(path, { text, mode, isFolder: false });
    else entry.text = text;
  },
  makeFolder(path: string, mode = 0o700): void {
    if (!entries.has(path)) entries.set(path, { text: '', mode, isFolder: true });
  },
  rename(from: string, to: string): void {
    const entry = entries.get(from);
    if (entry === undefined) throw failure('ENOENT', from);
    entries.delete(from);
    entries.set(to, entry);
  },
  remove(path: string): void {
    for (const name of [...entries.keys()]) if (name === path || name.startsWith(`${path}/`)) entries.delete(name);
  },
  list(path: string): readonly string[] {
    if (!entries.has(path)) throw failure('ENOENT', path);
    return [...entries.keys()].flatMap((name) =>
      name.startsWith(`${path}/`) && !name.slice(path.length + 1).includes('/') ? [name.slice(path.length + 1)] : [],
    );
  },
};
