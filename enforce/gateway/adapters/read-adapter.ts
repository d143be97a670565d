/**
 * An adapter from a module on disk: its shape is looked at before anything of it is called. What it does is shown by the kit, not here.
 *
 * INVARIANT: loading a module runs it, as the person who named it; nothing is loaded that nobody named.
 */

import { existsSync, realpathSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { actionClasses } from '@writ/authority';
import { z } from 'zod';
import type { HarnessAdapter } from './adapter.ts';
import { adapterContract } from './adapter.ts';
import type { AdapterContent } from './adapter-content.ts';
import { contentOf, fromOutside, whatLoads } from './adapter-content.ts';

const words = z.string().min(1);
const list = z.array(words);
const callable = z.custom<(...args: never[]) => unknown>(
  (value) => typeof value === 'function',
  'has to be a function',
);
const told = z.union([z.object({ by: words }), z.object({ not: words })]);

/** A file or folder below the top, and not the top itself: what governs is kept from being written. */
const inRepository = words.refine(
  (path) => !path.startsWith('/') && path.split('/').every((part) => part !== '' && part !== '.' && part !== '..'),
  'has to name a file or folder below the top of a repository',
);

const shape = z.object({
  contract: z.literal(adapterContract),
  name: z.string().regex(/^[a-z][a-z0-9-]{0,31}$/, 'is lowercase letters, digits and `-`'),
  title: words,
  program: z.object({
    command: words,
    versionArgs: list,
    install: words,
    needs: z.array(z.object({ command: words, why: words })),
  }),
  keeps: z.object({
    made: list,
    also: list,
    rules: list,
    repositoryRules: z.array(inRepository),
    seeds: z.array(z.object({ path: words, text: z.string() })),
    copies: z.array(z.object({ path: words, of: words, together: callable })).optional(),
  }),
  reaches: z.object({ hosts: list, baseUrl: words.nullable(), callbacks: z.array(z.int().min(1).max(65_535)) }),
  mcpArgs: callable,
  mcpSettings: callable.optional(),
  bypass: callable,
  bypasses: z.array(list),
  start: callable,
  asks: words,
  read: callable,
  reply: callable,
  helpers: z.enum(['told_apart', 'alike', 'none']),
  tells: z.object({ question: told, permission: told, spawn: told, stop: told, compaction: told, wake_up: told }),
  takesContext: told,
  showsStatus: told.optional(),
  escapes: z.array(z.object({ actionClass: z.enum(['every class', ...Object.keys(actionClasses)]), what: words })),
  samples: z.array(
    z.object({
      name: words,
      body: z.unknown(),
      is: z.enum(['call', 'call_ended', 'permission', 'answered', 'prompt', 'helper_over', 'turn_over', 'told']),
      does: z.array(z.object({ action: words, resource: words })).optional(),
      byHelper: z.boolean().optional(),
    }),
  ),
  canary: z.object({ prepare: callable, run: callable, spawn: callable.nullable() }).nullable(),
});

export type ReadAdapter =
  | { readonly kind: 'adapter'; readonly adapter: HarnessAdapter; readonly content: AdapterContent }
  | { readonly kind: 'unreadable'; readonly why: string };

const entries = ['adapter.ts', 'adapter.mjs', 'adapter.js', 'index.ts', 'index.mjs', 'index.js'];

/** The adapter that a module exports as `adapter` or as its default. `path`: the module, or a folder with one. */
export async function readAdapter(path: string): Promise<ReadAdapter> {
  const given = resolve(path);
  const unreadable = (why: string): ReadAdapter => ({ kind: 'unreadable', why });
  if (!existsSync(given)) return unreadable(`there is no \`${given}\``);
  const isFolder = statSync(given).isDirectory();
  const file = isFolder ? entries.map((name) => join(given, name)).find((one) => existsSync(one)) : given;
  if (file === undefined) return unreadable(`\`${given}\` holds none of ${entries.join(', ')}`);
  let exported: unknown;
  let content: AdapterContent;
  try {
    const before = isFolder ? contentOf(realpathSync(given)) : null;
    const { value: module, files } = await whatLoads<unknown>(() => import(pathToFileURL(file).href));
    content = before === null ? alone : stillThat(before, files);
    const named = typeof module === 'object' && module !== null ? module : {};
    exported = 'adapter' in named ? named.adapter : 'default' in named ? named.default : undefined;
  } catch (error) {
    return unreadable(`\`${file}\` cannot be loaded: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (exported === undefined) return unreadable(`\`${file}\` exports neither \`adapter\` nor a default`);
  const found = shape.safeParse(exported);
  if (!found.success) {
    const [issue] = found.error.issues;
    return unreadable(
      `\`${issue?.path.join('.') ?? ''}\` of the adapter: ${issue?.message.toLowerCase() ?? 'is not as the contract says'}`,
    );
  }
  // The schema is the contract, but for what functions take and give, which the kit tries.
  return { kind: 'adapter', adapter: exported as HarnessAdapter, content };
}

const alone: AdapterContent = { kind: 'unbound', why: 'it was named by its module, and not by the folder it lies in' };

/** Of Writ: what is loaded from here is as this Writ is. */
const ownRoot = resolve(import.meta.dirname, '../../..');

/** What was read is what was loaded, and nothing else was. */
function stillThat(before: AdapterContent, files: readonly string[]): AdapterContent {
  if (before.kind === 'unbound') return before;
  const other = fromOutside(files, before.folder, ownRoot);
  if (other !== undefined) return { kind: 'unbound', why: `it loads \`${other}\`, which lies outside its folder` };
  const now = contentOf(before.folder);
  return now.kind === 'bound' && now.digest === before.digest
    ? before
    : { kind: 'unbound', why: 'it was changed while it was read' };
}
