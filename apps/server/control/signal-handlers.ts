/** The routes on signals and their sources. Each translates to one command or query of control and back. */

import type { Control, Reported, Source, SourceSettings } from '@writ/control';
import type { signalApi, signalReadingWire, sourceAskWire, sourceWire } from '@writ/protocol';
import type { z } from 'zod';
import type { ControlHandlers } from './caller.ts';
import { askedOf, known } from './caller.ts';
import { iso } from './mandate-wire.ts';
import { answerOf, ok, problemOf } from './refusal-problem.ts';
import { receiptToWire } from './record-wire.ts';

export function signalHandlers(control: Control): Pick<ControlHandlers, keyof typeof signalApi> {
  return {
    signal: async (call) => {
      const { observed_at: observed, ...said } = call.body;
      const observedAt = observed === undefined ? undefined : Date.parse(observed);
      const report = { ...said, source: said.source, sequence: said.sequence, observedAt };
      return answerOf(await control.report(report, askedOf(call)), (heard) => ({
        reading: readingToWire(heard.subject, heard.reading),
        applied: heard.isApplied,
        // What runs where is not a source's to know.
        receipts:
          call.caller.kind === 'person'
            ? heard.receipts.flatMap((id) => control.state.receipts.get(id) ?? []).map(receiptToWire)
            : [],
        dependents: heard.dependents,
      }));
    },
    listSignals: ({ caller }) =>
      ok({
        items: [...control.state.subjects]
          .filter(([subject]) => control.sees.subject(known(caller), subject))
          .map(([subject, { reading }]) => readingToWire(subject, reading)),
      }),
    addSource: async (call) => {
      const { id, subjects } = call.body;
      const asked = { id, subjects, settings: settingsFrom(call.body) };
      return answerOf(await control.addSource(asked, askedOf(call)), ({ source, credential }) => ({
        source: sourceToWire(control, source),
        credential,
      }));
    },
    listSources: ({ caller }) => {
      const refused = control.sees.mayNotEverywhere(known(caller), 'administer_sources');
      if (refused !== undefined) return { ok: false, problem: problemOf(refused.refusal) };
      return ok({ items: [...control.state.sources.values()].map((source) => sourceToWire(control, source)) });
    },
    removeSource: async (call) =>
      answerOf(await control.removeSource(call.params['id'] ?? '', askedOf(call)), (source) =>
        sourceToWire(control, source),
      ),
  };
}

const readingToWire = (
  subject: string,
  { value, source, sequence, at }: Reported,
): z.output<typeof signalReadingWire> => ({
  subject,
  value,
  source,
  sequence,
  at: iso(at),
});

function settingsFrom(body: z.output<typeof sourceAskWire>): SourceSettings {
  switch (body.kind) {
    case 'api':
    case 'cli':
      return { kind: body.kind };
    case 'github':
      return { kind: 'github', names: body.names };
    case 'ssf': {
      const { issuer, audience, keys } = body;
      const from = 'jwks' in keys ? ({ kind: 'given', ...keys } as const) : ({ kind: 'fetched', ...keys } as const);
      return { kind: 'ssf', issuer, audience, keys: from };
    }
  }
}

/** Where sources of a kind push to. */
const pushes = { api: null, cli: null, github: 'github', ssf: 'events' } as const;

function sourceToWire(control: Control, source: Source): z.output<typeof sourceWire> {
  const { id, subjects, settings, addedBy, addedAt } = source;
  const push = pushes[settings.kind];
  const last = control.state.deliveries.get(id)?.last ?? null;
  return {
    id,
    kind: settings.kind,
    subjects: [...subjects],
    added_by: addedBy,
    added_at: iso(addedAt),
    path: push === null ? null : `/v1/sources/${id}/${push}`,
    last: last === null ? null : { at: iso(last.at), type: last.kind, outcome: last.outcome, note: last.note },
  };
}
