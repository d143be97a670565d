/** From the routes of `workspaceApi` to the runtime's commands and back. Translates spelling; decides nothing. */

import { toWire } from '@writ/protocol';
import type { checkpointWire, rewindPreviewWire, workspaceApi } from '@writ/protocol';
import type { Runtime } from '@writ/runtime';
import type { z } from 'zod';
import type { Handlers } from '../http/call.ts';
import type { RuntimeCaller } from './authentication.ts';
import { answerOf, idOf, who } from './to-wire.ts';

type Views = Runtime['workspace'];
type CheckpointView = Extract<ReturnType<Views['checkpoints']>, { readonly ok: true }>['value'][number];
type PreviewView = Extract<Awaited<ReturnType<Views['previewRewind']>>, { readonly ok: true }>['value'];

// A view is its wire form in our spelling, by its very type; what is readonly here is the schema's mutable array.
const checkpoint = (view: CheckpointView) => toWire(view) as z.input<typeof checkpointWire>;
const preview = (view: PreviewView) => toWire(view) as z.input<typeof rewindPreviewWire>; // as above

/** A handler for each route of `workspaceApi`. */
export function workspaceHandlers({ workspace }: Runtime): Handlers<typeof workspaceApi, RuntimeCaller> {
  return {
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
