/** Where one operation goes: the sink it named, at the address a person gave it, and what is looked for there afterwards. */

import { normaliseResource } from '@writ/authority';
import type { Core } from '../core.ts';
import type { Outcome } from '../refusal.ts';
import { done, refuse } from '../refusal.ts';
import { sinkStream } from '../streams.ts';
import type { Destination } from './events.ts';
import { sinkNamed } from './sinks.ts';

/** The destination of what `asked` asks for, where it names a sink. The project is the resource's own. */
export function destinationOf(
  core: Core,
  asked: { readonly sink?: string; readonly resource: string; readonly parameters: unknown },
): Outcome<Destination | undefined> {
  if (asked.sink === undefined) return done(undefined);
  const project = projectOf(asked.resource);
  const sink = project === undefined ? undefined : sinkNamed(core, project, asked.sink);
  if (project === undefined || sink === undefined)
    return refuse({
      code: 'out_of_bounds',
      sentence: `nobody has said where \`${asked.sink}\` of \`${project ?? asked.resource}\` is`,
      wayOut: `a person names it with \`writ remote add ${asked.sink}\``,
    });
  const { url, kind } = sink;
  return done({ project, sink: asked.sink, url, kind, change: changeIn(asked.parameters) });
}

/** The streams a destination rests on. */
export const destinationStreams = (destination: Destination | undefined): readonly string[] =>
  destination === undefined ? [] : [sinkStream(destination.project, destination.sink)];

/** Why what was begun for a destination goes there no more, if so: the name stands for something else since. */
export function whyMoved(core: Core, { destination }: { readonly destination?: Destination }): string | undefined {
  if (destination === undefined) return undefined;
  const { project, sink, url } = destination;
  return sinkNamed(core, project, sink)?.url === url
    ? undefined
    : `\`${sink}\` of \`${project}\` is somewhere else since it was begun`;
}

/** The authority of the resource's URI: `git://PROJECT/…`. */
function projectOf(resource: string): string | undefined {
  const normal = normaliseResource(resource);
  return normal.ok ? /^[a-z][a-z0-9+.-]*:\/\/([^/]+)/.exec(normal.uri)?.[1] : undefined;
}

function changeIn(parameters: unknown): Destination['change'] {
  if (typeof parameters !== 'object' || parameters === null) return null;
  const { ref, old, new: next } = Object.fromEntries(Object.entries(parameters));
  return typeof ref === 'string' && typeof old === 'string' && typeof next === 'string'
    ? { ref, old, new: next }
    : null;
}
