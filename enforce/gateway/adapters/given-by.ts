/**
 * What the functions of an adapter give, looked at before anything is made of it: a stranger's module is not checked against our types.
 *
 * It names what is wrong and what was expected; what is right of itself, such as whether a hook holds, is shown by the kit.
 */

import { z } from 'zod';
import type { Canary, Started } from './adapter.ts';

const words = z.string().min(1);
const list = z.array(z.string());
const environment = z.record(z.string(), z.string());
const below = words.refine(
  (path) => !path.startsWith('/') && !path.split('/').includes('..'),
  'has to be relative, and lead nowhere else',
);

const file = z.union([z.object({ path: below, text: z.string() }), z.object({ path: below, linkTo: words })]);

const shapes = {
  start: z.discriminatedUnion('kind', [
    z.object({
      kind: z.literal('ready'),
      args: list,
      env: environment,
      files: z.array(file),
      writesFolder: z.boolean(),
    }),
    z.object({ kind: z.literal('unusable'), problem: words, wayOut: words }),
  ]),
  'canary.prepare': z.object({
    args: list,
    env: environment,
    files: z.array(z.object({ path: below, text: z.string() })),
  }),
  'canary.run': z.object({ name: words, input: z.record(z.string(), z.unknown()) }),
} as const;

/** What a function of an adapter gave is not what the contract says. */
export class NotAsTheContract extends Error {}

type Given = {
  start: Started;
  'canary.prepare': ReturnType<Canary['prepare']>;
  'canary.run': ReturnType<Canary['run']>;
};

/** `value` as `by` has to give it. Throws, with a sentence that names the first thing that is not as the contract says. */
export function givenBy<By extends keyof Given>(by: By, value: Given[By]): Given[By] {
  const found = shapes[by].safeParse(value);
  if (found.success) return value;
  throw new NotAsTheContract(`\`${by}\` of the adapter gives ${firstOf(found.error)}`);
}

/** Of a choice between shapes, what is missed of the first. */
function firstOf({ issues }: z.ZodError): string {
  const [issue] = issues;
  const nested = issue?.code === 'invalid_union' ? issue.errors[0]?.[0] : undefined;
  const path = [...(issue?.path ?? []), ...(nested?.path ?? [])].map(String).join('.');
  const why = (nested ?? issue)?.message ?? 'something else than the contract says';
  return `${path === '' ? 'a value' : `\`${path}\``} that is not as the contract says: ${why.charAt(0).toLowerCase()}${why.slice(1)}`;
}
