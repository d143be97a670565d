/**
 * A body as its route reads it: with the exact place of what was wrong, and with nothing in it that the route does not know. What is bound to a body
 * (a permit, an approval, a key of idempotency) is bound to all of it, so nothing of it is dropped.
 */

import type { Route } from './route.ts';
import { unknownMember } from './unknown-members.ts';
import type { UnknownMember } from './unknown-members.ts';

export type RouteBody =
  | { readonly ok: true; readonly body: unknown }
  | { readonly ok: false; readonly detail: string; readonly wayOut: string };

/** What `route` makes of `body`, undefined where none came; or why it is not taken. */
export function readRouteBody(route: Route, body: unknown): RouteBody {
  if (route.ignoresUnknown !== true) {
    const unknown = unknownMember(route.body, body);
    if (unknown !== undefined)
      return { ok: false, detail: `\`${unknown.path}\` is not known here`, wayOut: meant(unknown) };
  }
  if (route.body._zod.def.type === 'undefined') return { ok: true, body: undefined };
  const parsed = route.body.safeParse(body ?? {});
  if (parsed.success) return { ok: true, body: parsed.data };
  const [issue] = parsed.error.issues;
  const where = issue === undefined || issue.path.length === 0 ? 'the body' : `\`${pathText(issue.path)}\``;
  return {
    ok: false,
    detail: `${where}: ${issue?.message ?? 'not what is expected'}`,
    wayOut: 'see `/openapi.json` for what is expected',
  };
}

function meant({ name, known, likely }: UnknownMember): string {
  if (/^idempotency[-_]?key$/i.test(name)) return 'send it as the header `Idempotency-Key`';
  if (likely !== undefined) return `did you mean \`${likely}\`? \`/openapi.json\` has all that is known`;
  return known.length === 0 ? 'leave it out: nothing is taken here' : `what is known here: \`${known.join('`, `')}\``;
}

const pathText = (path: readonly PropertyKey[]): string =>
  path
    .map((step, index) => (typeof step === 'number' ? `[${String(step)}]` : `${index === 0 ? '' : '.'}${String(step)}`))
    .join('');
