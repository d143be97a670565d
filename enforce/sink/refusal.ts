/** Why a sink does not let something happen: one code to branch on, one sentence for whoever wanted it. */

export type SinkRefusal = {
  readonly code:
    | 'no_permit'
    | 'not_a_permit'
    | 'other_action'
    | 'other_resource'
    | 'expired'
    /** Control was asked and said no; the sentence is its own. */
    | 'not_current'
    /** Control did not answer, or not with what it promises. */
    | 'control_unreachable'
    /** Control's yes took so long to arrive that it says nothing about now. */
    | 'answer_too_old';
  readonly sentence: string;
};

export type Refused = { readonly ok: false; readonly reason: SinkRefusal };

export const refuse = (code: SinkRefusal['code'], sentence: string): Refused => ({
  ok: false,
  reason: { code, sentence },
});
