/** From the routes of `workspaceApi` to the runtime's commands and back. Translates spelling; decides nothing. */

import { fromWire, timelineKindWire, toWire } from '@writ/protocol';
import type { checkpointWire, factWire, rewindPreviewWire, serviceWire, workspaceApi } from '@writ/protocol';
import type { Runtime } from '@writ/runtime';
import type { z } from 'zod';
import type { Handlers } from '../http/call.ts';
import type { RuntimeCaller } from './authentication.ts';
import { problem } from '../http/problem.ts';
import { strangerTo } from './known-handlers.ts';
import { nobodys, sees, views } from './rights.ts';
import { answerOf, event, idOf, sightings, wholeIn, who } from './to-wire.ts';

type Views = Runtime['workspace'];
type CheckpointView = Extract<ReturnType<Views['checkpoints']>, { readonly ok: true }>['value'][number];
type PreviewView = Extract<Awaited<ReturnType<Views['previewRewind']>>, { readonly ok: true }>['value'];

// A view is its wire form in our spelling, by its very type, but for what a fold needs of it; what is readonly here is the schema's mutable array.
const checkpoint = ({ thread: _, ...view }: CheckpointView) => toWire(view) as z.input<typeof checkpointWire>;
const preview = ({ to, ...view }: PreviewView): z.input<typeof rewindPreviewWire> => ({
  ...(toWire(view) as Omit<z.input<typeof rewindPreviewWire>, 'to'>), // as above
  to: checkpoint(to),
});

type ServiceView = Extract<Awaited<ReturnType<Views['services']>>, { readonly ok: true }>['value'][number];
type FactView = Extract<Awaited<ReturnType<Views['facts']>>, { readonly ok: true }>['value'][number];

function fact({
  fact: { kind, seenAt, method, tree, ...data },
  version,
  ageMs,
  standing,
  now,
}: FactView): z.input<typeof factWire> {
  const seen = { kind, seen_at: seenAt, method, tree, version, age_ms: Math.round(ageMs), standing, now };
  return { ...seen, data: toWire(data) as z.core.util.JSONType }; // a fact is plain JSON by its type
}

const facts = async (workspace: Views, id: string) =>
  answerOf(await workspace.facts(id), (items) => ({ items: items.map(fact) }));

const mostEntries = 2_000;

/** A handler for each route of `workspaceApi`. */
export function workspaceHandlers(runtime: Runtime): Handlers<typeof workspaceApi, RuntimeCaller> {
  const { workspace, sessions } = runtime;
  const projectOf = (id: string): string | undefined => {
    const found = sessions.get(id);
    return found.ok ? found.value.project : undefined;
  };
  const service = ({ kind: _, startTime: __, ...shown }: ServiceView): z.input<typeof serviceWire> => shown;
  return {
    services: async ({ caller }) =>
      answerOf(await workspace.services(), (items) => ({
        items: items
          .filter(({ session: of }) => sees(caller, projectOf(of)) && views(runtime, caller, of))
          .map(service),
      })),
    adoptService: async ({ params, caller }) =>
      answerOf(await workspace.actOnService(idOf(params), 'adopt', who(caller)), service),
    reapService: async ({ params, caller }) =>
      answerOf(await workspace.actOnService(idOf(params), 'reap', who(caller)), service),
    facts: ({ params }) => facts(workspace, idOf(params)),
    doorFacts: ({ params, caller }) => strangerTo(runtime, caller, idOf(params)) ?? facts(workspace, idOf(params)),
    tellFact: async ({ params, body, caller }) =>
      answerOf(await workspace.tell(idOf(params), fromWire(body), who(caller)), (version) => ({ version })),
    timeline: async ({ params, query }) => {
      const asked = (query.get('kinds') ?? '')
        .split(',')
        .flatMap((name) => timelineKindWire.safeParse(name).data ?? []);
      const page = {
        kinds: asked,
        before: wholeIn(query, 'before', 0),
        limit: Math.min(wholeIn(query, 'limit', 200), mostEntries),
      };
      return answerOf(await workspace.timeline(idOf(params), page), (items) => ({
        items: items.map(({ event: one, kind, inThread }) => ({ ...event(one), kind, in_thread: inThread })),
      }));
    },
    seenBefore: async ({ query, caller }) => {
      const [session, text] = [query.get('session'), query.get('text')];
      if (session === null && (text === null || text.trim() === ''))
        return {
          ok: false,
          problem: problem(400, 'malformed_request', 'nothing is sought', 'send `?session=` or `?text=`'),
        };
      const isSeen = ({ id, project }: { readonly id: string; readonly project: string }): boolean =>
        sees(caller, project) && views(runtime, caller, id);
      const project = session === null ? undefined : projectOf(session);
      // What a caller may not see does not exist for them.
      const seen = session === null || project === undefined || isSeen({ id: session, project }) ? session : nobodys;
      const sought =
        seen === null
          ? { by: 'text' as const, text: (text ?? '').slice(0, 4_096), project: query.get('project') }
          : { by: 'session' as const, session: seen };
      return answerOf(await workspace.seenBefore(sought, isSeen), sightings);
    },
    listCheckpoints: ({ params }) =>
      answerOf(workspace.checkpoints(idOf(params)), (items) => ({ items: items.map(checkpoint) })),
    takeCheckpoint: async ({ params, body, caller }) =>
      answerOf(await workspace.checkpoint(idOf(params), body, who(caller)), checkpoint),
    previewRewind: async ({ params, body }) => answerOf(await workspace.previewRewind(idOf(params), body.to), preview),
    rewind: async ({ params, body, caller }) =>
      answerOf(await workspace.rewind(idOf(params), body, who(caller)), ({ preview: done, undo }) => ({
        preview: preview(done),
        undo,
      })),
  };
}
