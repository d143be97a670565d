/** The routes on what waits for a person and their answers. Each translates to one command or query of control and back. */

import type { ApprovalRecord, Control, MandateRecord, Waiting } from '@writ/control';
import { changesIn, digestText, shown, whyNotRemembered, wordsOf } from '@writ/control';
import type { approvalApi, approvalWire, waitingWire, yesWire } from '@writ/protocol';
import type { z } from 'zod';
import { problem } from '../http/problem.ts';
import type { ControlHandlers } from './caller.ts';
import { askedOf, known } from './caller.ts';
import { iso } from './mandate-wire.ts';
import { askFrom } from './operation-handlers.ts';
import { answerOf, ok } from './refusal-problem.ts';

export function approvalHandlers(control: Control): Pick<ControlHandlers, keyof typeof approvalApi> {
  const wire = (record: ApprovalRecord) => approvalToWire(control, record);
  return {
    waiting: ({ caller }) => {
      const by = known(caller);
      // The route is for no others.
      const items = by.kind === 'person' || by.kind === 'point' ? control.waiting(by) : [];
      const recoveries = by.kind === 'person' ? control.recoveries(by) : [];
      const notices = recoveries.map(({ name, at }) => ({
        at: iso(at),
        sentence: `the key of \`${name}\` was set anew with the code that stands in for a lost one`,
        way_out: `if that was not ${name}: renew the token, look at what was approved since with \`writ log\`, and stop it`,
      }));
      return ok({ items: items.map((one) => waitingToWire(control, one)), notices, position: control.state.position });
    },
    askApproval: async (call) => answerOf(await control.askApproval(askFrom(control, call), askedOf(call)), wire),
    requestAuthority: async (call) => {
      const requested = await control.requestAuthority(askFrom(control, call), call.body.reason, askedOf(call));
      return answerOf(requested, (one) => {
        if (one.kind === 'proposal')
          return {
            kind: one.kind,
            id: one.proposal.mandate.id,
            state: 'waiting' as const,
            changes: changesOf(control, one.proposal),
          };
        const { id, state, asked } = one.approval;
        const words = asked === null ? [] : [`\`${asked.action}\` on \`${asked.resource}\`, once`];
        return {
          kind: one.kind,
          id,
          state: state.name === 'asked' ? ('waiting' as const) : ('given' as const),
          changes: words,
        };
      });
    },
    getApproval: ({ params, caller }) => {
      const record = control.approval(params['id'] ?? '', known(caller));
      return record === undefined
        ? { ok: false, problem: problem(404, 'not_found', `there is no approval \`${params['id'] ?? ''}\``) }
        : ok(wire(record));
    },
    giveApproval: async (call) =>
      answerOf(await control.giveApproval(call.params['id'] ?? '', yesFrom(call.body), askedOf(call)), wire),
    evidence: async (call) =>
      answerOf(await control.evidence(call.params['id'] ?? '', known(call.caller)), (found) => found),
    verifyEvidence: async (call) =>
      answerOf(await control.verifyEvidence(call.params['id'] ?? '', known(call.caller)), (items) => ({
        items: [...items],
      })),
    refuseApproval: async (call) =>
      answerOf(await control.refuseApproval(call.params['id'] ?? '', call.body.reason, askedOf(call)), wire),
  };
}

const yesFrom = ({ text_digest: textDigest, step_up: stepUp, remember }: z.output<typeof yesWire>) => ({
  textDigest,
  stepUp,
  remember,
});

const mayRemember = (control: Control, { asked, mandate }: Pick<ApprovalRecord, 'asked' | 'mandate'>): boolean =>
  asked !== null && whyNotRemembered(asked, control.answering(mandate)?.mandate.project ?? '') === undefined;

function changesOf(control: Control, proposal: MandateRecord): string[] {
  const before = control.state.mandates.get(proposal.predecessor ?? '');
  return before === undefined ? [] : [...changesIn(before, proposal)];
}

type Standing = Pick<
  z.output<typeof approvalWire>,
  'state' | 'state_detail' | 'answered_by' | 'expires_at' | 'operation'
>;

function approvalToWire(control: Control, record: ApprovalRecord): z.output<typeof approvalWire> {
  const { asked, state } = record;
  const exact = asked ?? (state.name === 'given' || state.name === 'used' ? state.given : undefined);
  return {
    id: record.id,
    mandate: record.mandate,
    action: exact?.action ?? '',
    resource: exact?.resource ?? '',
    parameter_digest: exact?.parameterDigest ?? '',
    text: asked?.text ?? null,
    text_digest: asked?.textDigest ?? null,
    asked_by: asked?.askedBy ?? null,
    session: asked?.session ?? null,
    may_remember: mayRemember(control, record),
    ...standingOf(control, record),
  };
}

function standingOf(control: Control, record: ApprovalRecord): Standing {
  const { state } = record;
  const nobody = { answered_by: null, expires_at: null, operation: null };
  const over = { state: 'void', state_detail: 'something above it paused or changed, or its time is over' } as const;
  switch (state.name) {
    case 'asked':
      return control.isOpen(record)
        ? { ...nobody, state: 'waiting', state_detail: 'it waits for a person' }
        : { ...nobody, ...over };
    case 'refused':
      return { ...nobody, state: 'refused', state_detail: state.reason, answered_by: state.by };
    case 'given':
    case 'used': {
      const { by, expiresAt } = state.given;
      const operation = state.name === 'used' ? state.operation : null;
      const answered = { answered_by: by, expires_at: iso(expiresAt), operation };
      if (state.name === 'given' && !control.isUsable(record)) return { ...answered, ...over };
      const detail = state.name === 'used' ? 'its one operation began' : 'for one operation that begins in time';
      return { ...answered, state: state.name, state_detail: detail };
    }
  }
}

function waitingToWire(control: Control, waiting: Waiting): z.output<typeof waitingWire> {
  const { record, since, mayNot } = waiting;
  const { mandate } = record;
  const common = {
    kind: waiting.kind,
    project: mandate.project,
    since: iso(since),
    may_answer: mayNot === null,
    why_not: mayNot === null ? null : wordsOf(mayNot).sentence,
    reason: '',
    changes: [],
    may_remember:
      waiting.kind === 'action'
        ? mayRemember(control, waiting.approval)
        : waiting.kind === 'proposal' && waiting.remembers !== null,
    remembers: waiting.kind === 'proposal' ? remembersToWire(waiting.remembers) : null,
  };
  if (waiting.kind === 'proposal') {
    const { text, digest } = shown(record);
    return {
      ...common,
      id: mandate.id,
      mandate: mandate.id,
      ask:
        record.predecessor === null
          ? `approve the mandate \`${mandate.id}\` for ${mandate.actor}: ${mandate.purpose}`
          : `${record.proposedBy} asks for more than \`${record.predecessor}\` allows: ${mandate.purpose}`,
      text,
      text_digest: digest,
      revision: record.revision,
      asked_by: record.proposedBy,
      reason: record.extends?.reason ?? '',
      changes: [...waiting.changes],
      session: null,
    };
  }
  if (waiting.kind === 'outcome') return { ...common, ...outcomeToWire(waiting) };
  const { asked } = waiting;
  return {
    ...common,
    id: asked.id,
    mandate: asked.mandate,
    ask: `${asked.askedBy} wants \`${asked.action}\` on \`${asked.resource}\``,
    text: asked.text,
    text_digest: asked.textDigest,
    revision: null,
    asked_by: asked.askedBy,
    session: asked.session,
  };
}

function remembersToWire(
  remembers: Extract<Waiting, { kind: 'proposal' }>['remembers'],
): z.output<typeof waitingWire>['remembers'] {
  if (remembers === null) return null;
  const { resource, resourceMatch, actions } = remembers;
  return { resource, resource_match: resourceMatch, actions: [...actions] };
}

function outcomeToWire({ operation, owed }: Extract<Waiting, { kind: 'outcome' }>) {
  const { begun, state } = operation;
  const text = [
    `operation:  ${begun.id}, begun ${iso(begun.at)} by ${begun.holder}`,
    `action:     ${begun.action} on ${begun.resource}`,
    `known:      ${state.name === 'settled' ? state.evidence : ''}`,
    `to do:      ${owed.todo}`,
    '',
  ].join('\n');
  return {
    id: begun.id,
    mandate: begun.mandate,
    ask: `nobody knows whether \`${begun.action}\` on \`${begun.resource}\` happened`,
    text,
    text_digest: digestText(text),
    revision: null,
    asked_by: begun.holder,
    session: begun.session,
  };
}
