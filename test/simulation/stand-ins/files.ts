/** The files below `/simulated`, in memory: what a process wrote is there for its next start. Writing takes no time and does not fail; the disks of journals do both. */

export type Entry = { text: string; mode: number; readonly isFolder: boolean };

const entries = new Map<string, Entry>();

export const root = '/simulated';

export const isSimulated = (path: unknown): path is string =>
  typeof path === 'string' && (path === root || path.startsWith(`${root}/`));

export function forgetFiles(): void {
  entries.clear();
  shares.length = 0;
}

/** Folders that are seen at another place as well, as over a network, but for some names that each place has for itself. */
const shares: { readonly from: string; readonly to: string; readonly own: RegExp }[] = [];

/** What is below `from` is what is below `to`, but for names that begin with one of `own`. */
export const shareFolder = (from: string, to: string, own: RegExp): void => void shares.push({ from, to, own });

function real(path: string): string {
  const share = shares.find(({ from }) => path === from || path.startsWith(`${from}/`));
  if (share === undefined) return path;
  const rest = path.slice(share.from.length);
  return share.own.test(rest) ? path : share.to + rest;
}

export function failure(code: string, path: string): Error {
  return Object.assign(new Error(`${code}: ${path}`), { code });
}

export const files = {
  get: (path: string): Entry | undefined => entries.get(real(path)),
  read(path: string): string {
    const entry = entries.get(real(path));
    if (entry === undefined || entry.isFolder) throw failure('ENOENT', path);
    return entry.text;
  },
  write(path: string, text: string, mode = 0o600): void {
    const entry = entries.get(real(path));
    if (entry === undefined) entries.set(real(path), { text, mode, isFolder: false });
    else entry.text = text;
  },
  makeFolder(path: string, mode = 0o700): void {
    if (!entries.has(real(path))) entries.set(real(path), { text: '', mode, isFolder: true });
  },
  rename(from: string, to: string): void {
    const entry = entries.get(real(from));
    if (entry === undefined) throw failure('ENOENT', from);
    entries.delete(real(from));
    entries.set(real(to), entry);
  },
  remove(path: string): void {
    const at = real(path);
    for (const name of [...entries.keys()]) if (name === at || name.startsWith(`${at}/`)) entries.delete(name);
  },
  list(path: string): readonly string[] {
    const at = real(path);
    if (!entries.has(at)) throw failure('ENOENT', path);
    return [...entries.keys()].flatMap((name) =>
      name.startsWith(`${at}/`) && !name.slice(at.length + 1).includes('/') ? [name.slice(at.length + 1)] : [],
    );
  },
};
