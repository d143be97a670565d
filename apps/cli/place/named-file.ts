/** A file that a person named on the command line. Where it cannot be read, the command ends with why, in a person's words, and what to do instead. */

import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { usage } from '../exit.ts';
import type { Io } from '../io.ts';
import { systemSentence } from '../system-error.ts';

/** Its bytes. `wayOut`: what such a file is, or where one is described. */
export async function readNamed({ cwd }: Pick<Io, 'cwd'>, typed: string, wayOut: string): Promise<Buffer> {
  try {
    return await readFile(resolve(cwd, typed));
  } catch (error) {
    throw usage(whyUnread(typed, error), wayOut);
  }
}

/** The same, as JSON. */
export async function readNamedJson(io: Pick<Io, 'cwd'>, typed: string, wayOut: string): Promise<unknown> {
  const text = (await readNamed(io, typed, wayOut)).toString('utf8');
  try {
    return JSON.parse(text);
  } catch (error) {
    throw usage(`\`${typed}\` is not JSON: ${error instanceof Error ? error.message : String(error)}`, wayOut);
  }
}

function whyUnread(typed: string, error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ENOENT') return `there is no file \`${typed}\``;
  if (code === 'EISDIR') return `\`${typed}\` is a folder, and a file is wanted`;
  return `\`${typed}\` cannot be read: ${systemSentence(error)}`;
}
