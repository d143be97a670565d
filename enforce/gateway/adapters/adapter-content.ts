/**
 * What an adapter of a person's own is, as one digest: of all that lies in its folder. What the kit showed is bound to it, so that another word in any of it makes the adapter unproven again.
 *
 * It refuses to stand for what it does not see: a module alone, one that loads others from outside its folder, and a folder of more than an adapter is made of.
 */

import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

export type AdapterContent =
  | { readonly kind: 'bound'; readonly folder: string; readonly digest: string }
  | { readonly kind: 'unbound'; readonly why: string };

const mostFiles = 500;
const mostBytes = 8 * 1024 * 1024;
const unbound = (why: string): AdapterContent => ({ kind: 'unbound', why });

/** Of a folder, as it is on disk now. */
export function contentOf(folder: string): AdapterContent {
  const hash = createHash('sha256');
  let bytes = 0;
  const paths = filesIn(folder, mostFiles);
  if (paths === null) return unbound(`\`${folder}\` holds more than an adapter is made of`);
  for (const path of paths.toSorted()) {
    const found = statSync(path, { throwIfNoEntry: false });
    if (found?.isFile() !== true) return unbound(`\`${path}\` is no file`);
    bytes += found.size;
    if (bytes > mostBytes) return unbound(`\`${folder}\` holds more than an adapter is made of`);
    const content = createHash('sha256').update(readFileSync(path)).digest('hex');
    hash.update(`${JSON.stringify(relative(folder, path))} ${content}\n`);
  }
  return { kind: 'bound', folder, digest: hash.digest('base64url') };
}

/** What is below `folder` and is no folder, links not followed; null where there is more than `most` of all. */
function filesIn(folder: string, most: number): readonly string[] | null {
  const paths: string[] = [];
  const folders = [folder];
  // It grows while it is walked.
  for (const at of folders)
    for (const entry of readdirSync(at, { withFileTypes: true })) {
      (entry.isDirectory() ? folders : paths).push(join(at, entry.name));
      if (paths.length + folders.length > most) return null;
    }
  return paths;
}

/** Loads modules by `load`, and says which files were loaded for it. */
export async function whatLoads<T>(
  load: () => Promise<T>,
): Promise<{ readonly value: T; readonly files: readonly string[] }> {
  const files: string[] = [];
  const hooks = registerHooks({
    load(url, context, next) {
      if (url.startsWith('file:')) files.push(fileURLToPath(url));
      return next(url, context);
    },
  });
  try {
    return { value: await load(), files };
  } finally {
    hooks.deregister();
  }
}

/** The first of `files` that lies neither in the folder nor in `own`, which is Writ's. */
export const fromOutside = (files: readonly string[], folder: string, own: string): string | undefined =>
  files.find((file) => !file.startsWith(`${folder}${sep}`) && !file.startsWith(`${own}${sep}`));
