/**
 * What control answers instead of doing something: a value, with one code for a machine, and one sentence and a way out for a person.
 * Bugs are exceptions and never look like one of these.
 */

import type { MandateAction, Reason, Verdict } from '@writ/authority';
import { explain } from '@writ/authority';

export type Refusal =
  | {
      readonly code: 'not_found';
      readonly what:
        'mandate' | 'operation' | 'sink' | 'receipt' | 'project' | 'key' | 'person' | 'approval' | 'advance' | 'source';
      readonly id: string;
    }
  | { readonly code: 'not_an_approver'; readonly attempted: string }
  | { readonly code: 'not_yours'; readonly sentence: string }
  /** A person's role does not reach as far. */
  | { readonly code: 'not_allowed'; readonly sentence: string; readonly wayOut: string }
  | { readonly code: 'name_taken'; readonly name: string }
  /** Policy wants somebody else to approve it than who asked for it. */
  | {
      readonly code: 'another_approver';
      readonly who: string;
      readonly what: string;
      readonly actionClass: string;
      readonly wayOut: string;
    }
  /** Policy wants a proof that a token is not. */
  | { readonly code: 'step_up_required'; readonly what: string; readonly actionClass: string; readonly wayOut: string }
  /** What was signed does not prove it. */
  | { readonly code: 'step_up_invalid'; readonly why: string }
  /** A person has to say yes first: `approval` is the question they are asked, or why they are not. */
  | { readonly code: 'held'; readonly verdict: Verdict; readonly approval: HeldAs }
  /** A person said no to exactly this before. */
  | { readonly code: 'request_refused'; readonly by: string; readonly reason: string }
  | { readonly code: 'already_answered'; readonly approval: string; readonly answer: 'yes' | 'no' }
  /** Something above it paused or changed since it was asked, or its time is over. */
  | { readonly code: 'approval_void'; readonly approval: string }
  | {
      readonly code: 'wrong_state';
      readonly mandate: string;
      readonly action: MandateAction;
      readonly state: string;
      readonly legal: readonly string[];
      /** What took its place, if something did. */
      readonly successor?: string;
    }
  | { readonly code: 'revision_changed'; readonly mandate: string; readonly shown: number; readonly current: number }
  | { readonly code: 'text_changed'; readonly mandate: string }
  | {
      readonly code: 'unattended_insufficient';
      readonly mandate: string;
      readonly entry: number;
      readonly action: string;
      readonly resource: string;
      readonly actionClass: string;
    }
  | { readonly code: 'condition_failed'; readonly mandate: string; readonly subject: string; readonly reading: string }
  | { readonly code: 'out_of_bounds'; readonly sentence: string; readonly wayOut: string | null }
  | { readonly code: 'malformed_request'; readonly sentence: string; readonly wayOut: string | null }
  /** Nothing is given or handed on under a budget with nothing left. */
  | { readonly code: 'spent'; readonly reason: Reason }
  /** A check said no, or that a person has to say yes first. */
  | { readonly code: 'verdict'; readonly verdict: Verdict }
  | { readonly code: 'operation_over'; readonly operation: string; readonly sentence: string }
  /** A message that shows no credential of the source it is sent for, or whose source is not there. */
  | { readonly code: 'not_authentic' }
  | { readonly code: 'already_delivered'; readonly delivery: string }
  | { readonly code: 'idempotency_key_required' }
  | { readonly code: 'idempotency_conflict'; readonly key: string }
  /** It was used so long ago that its answer is not kept. */
  | { readonly code: 'idempotency_expired' }
  | { readonly code: 'too_old'; readonly atLeast: number; readonly position: number }
  /** The state moved under the command each time it was tried. */
  | { readonly code: 'contended'; readonly stream: string };

/** How a held action stands before people. */
export type HeldAs =
  | { readonly as: 'asked'; readonly id: string }
  | { readonly as: 'refused'; readonly id: string; readonly by: string; readonly reason: string }
  | { readonly as: 'not_asked'; readonly why: string };

export type Refused = { readonly ok: false; readonly refusal: Refusal };
export type Outcome<T> = { readonly ok: true; readonly value: T } | Refused;

export const refuse = (refusal: Refusal): Refused => ({ ok: false, refusal });
export const done = <T>(value: T): { readonly ok: true; readonly value: T } => ({ ok: true, value });

export type RefusalWords = { readonly code: string; readonly sentence: string; readonly wayOut: string | null };

/** The words of any refusal. Total: a refusal without a sentence does not compile. */
export function wordsOf(refusal: Refusal): RefusalWords {
  const say = (sentence: string, wayOut: string | null = null): RefusalWords => ({
    code: refusal.code,
    sentence,
    wayOut,
  });
  switch (refusal.code) {
    case 'not_found':
      return say(`there is no ${refusal.what} \`${refusal.id}\``, null);
    case 'not_an_approver': {
      const { sentence, wayOut } = explain({ code: 'not_an_approver', attempted: refusal.attempted });
      return say(sentence, wayOut);
    }
    case 'not_yours':
      return say(refusal.sentence);
    case 'not_allowed':
      return say(refusal.sentence, refusal.wayOut);
    case 'name_taken':
      return say(
        `there is somebody called \`${refusal.name}\` already`,
        'give their roles instead, or use another name',
      );
    case 'another_approver':
      return say(
        `\`${refusal.who}\` asked for ${refusal.what}, and policy wants somebody else to approve it: ${refusal.actionClass}`,
        refusal.wayOut,
      );
    case 'step_up_required':
      return say(
        `a token does not suffice for ${refusal.what}: policy wants the approver's own key for it (${refusal.actionClass})`,
        refusal.wayOut,
      );
    case 'step_up_invalid':
      return say(
        `what was signed does not prove who approves: ${refusal.why}`,
        'ask for a challenge again and sign that',
      );
    case 'wrong_state':
      return say(
        `mandate \`${refusal.mandate}\` is ${refusal.state}, and one cannot ${refusal.action} it then`,
        refusal.successor !== undefined
          ? `\`${refusal.successor}\` took its place: name that one`
          : refusal.legal.length === 0
            ? 'nothing can be done with it any more; propose a new one'
            : `what can be done now: ${refusal.legal.join(', ')}`,
      );
    case 'revision_changed':
      return say(
        `the proposal \`${refusal.mandate}\` is at revision ${String(refusal.current)} and you were shown ${String(refusal.shown)}`,
        `read it again with \`writ show ${refusal.mandate}\` and go by what it says now`,
      );
    case 'text_changed':
      return say(
        `the text you approved is not the text of \`${refusal.mandate}\``,
        `read it again with \`writ show ${refusal.mandate}\``,
      );
    case 'unattended_insufficient':
      return say(
        `an unattended yes does not suffice: entry ${String(refusal.entry + 1)} of \`${refusal.mandate}\` covers \`${refusal.action}\` on \`${refusal.resource}\`, a ${refusal.actionClass}`,
        'approve it yourself, or let that entry ask each time (`requires_action_approval`), or name only the actions it needs',
      );
    case 'condition_failed':
      return say(
        `\`${refusal.subject}\` is ${refusal.reading}, and \`${refusal.mandate}\` depends on it not being so`,
        'wait until it holds again, or report that it does',
      );
    case 'out_of_bounds':
    case 'malformed_request':
      return say(refusal.sentence, refusal.wayOut);
    case 'spent':
      return reasonWords(refusal.reason);
    case 'verdict':
      return reasonWords(refusal.verdict.reason);
    case 'held': {
      const { sentence } = explain(refusal.verdict.reason);
      const code = refusal.approval.as === 'refused' ? 'approval_refused' : refusal.verdict.reason.code;
      return { code, ...heldWords(sentence, refusal.approval) };
    }
    case 'request_refused':
      return say(
        `${refusal.by} refused it${refusal.reason === '' ? '' : `: ${refusal.reason}`}`,
        'do not ask for the same again; do something else, or ask the person',
      );
    case 'already_answered':
      return say(`\`${refusal.approval}\` was answered with ${refusal.answer}`, null);
    case 'approval_void':
      return say(
        `\`${refusal.approval}\` is void: its mandate, or one above it, paused or changed since it was asked, or its time is over`,
        'the agent asks anew when it still wants it',
      );
    case 'operation_over':
      return say(refusal.sentence, 'begin a new operation if the work is still wanted');
    case 'not_authentic':
      return say('it is not signed by a source that is known here');
    case 'already_delivered':
      return say(`\`${refusal.delivery}\` was delivered before, with another message`);
    case 'idempotency_key_required':
      return say(
        'an operation needs an `Idempotency-Key` header',
        'send a fresh random key, and the same one when you resend',
      );
    case 'idempotency_conflict':
      return say(
        `the idempotency key \`${refusal.key}\` was used for another request`,
        'use a new key for a new request',
      );
    case 'idempotency_expired':
      return say(
        'its idempotency key was used before, and its answer is kept for a day only; nothing was done this time',
        'look whether what you wanted was done, and use a new key if it is still wanted',
      );
    case 'too_old':
      return say(
        `the journal is at position ${String(refusal.position)} and you asked for ${String(refusal.atLeast)} or later`,
        'this is not the control that answered you before; check which one you talk to',
      );
    case 'contended':
      return say(`\`${refusal.stream}\` kept changing while this was decided`, 'try again in a moment');
  }
}

function reasonWords(reason: Reason): RefusalWords {
  const { sentence, wayOut } = explain(reason);
  return { code: reason.code, sentence, wayOut };
}

function heldWords(sentence: string, held: HeldAs): { readonly sentence: string; readonly wayOut: string | null } {
  switch (held.as) {
    case 'asked':
      return {
        sentence: `${sentence}; it waits for one as \`${held.id}\``,
        wayOut: 'a person answers in `writ inbox`; then try exactly the same again',
      };
    case 'refused':
      return {
        sentence: `${held.by} refused it${held.reason === '' ? '' : `: ${held.reason}`}`,
        wayOut: 'do not ask for the same again; do something else, or ask the person',
      };
    case 'not_asked':
      return { sentence: `${sentence}, and nobody was asked: ${held.why}`, wayOut: null };
  }
}
