/**
 * The runtime's questions to control, translated: would the next step be allowed, and how does the mandate stand? It decides nothing, caches
 * nothing, and takes silence for what it is.
 */

import type { Caller } from '@writ/enforce';
import type { ProblemWire } from '@writ/protocol';
import { controlApi } from '@writ/protocol';

type MandateWire = (typeof controlApi.getMandate.reply)['_zod']['output'];

/** One action the runtime is about to take, or let somebody take. */
export type Step = {
  readonly action: string;
  readonly resource: string;
  /** Bound by digest. */
  readonly parameters: Readonly<Record<string, string | readonly string[]>>;
  readonly containment: Containment;
};

export type Containment = {
  readonly files: 'worktree' | 'open';
  readonly network: 'none' | 'gated' | 'open';
  readonly credentials: 'none' | 'open';
};

/** Who asks: control, and the token with which this point vouches for what its sandboxes bound. */
export type Asker = { readonly control: Caller; readonly pointToken: () => string | null };

/** The vouching part of a call; nothing while the token is not known, and then nothing is believed about containment. */
export function vouching(pointToken: Asker['pointToken']): { readonly point?: string } {
  const point = pointToken();
  return point === null ? {} : { point };
}

export type StepAnswer =
  | { readonly answer: 'permit'; readonly sentence: string; readonly position: number }
  | { readonly answer: 'hold'; readonly sentence: string; readonly wayOut: string | null }
  | { readonly answer: 'refuse'; readonly code: string; readonly sentence: string; readonly wayOut: string | null }
  | { readonly answer: 'unreachable'; readonly sentence: string };

/** What a mandate allows, as far as an amendment can take from it. */
export type Bounds = {
  readonly narrowings: number;
  readonly expiresAt: string;
  readonly budgets: string;
  /** Of the newest narrowing. */
  readonly by: string;
  readonly words: readonly string[];
};

export type MandateStanding =
  /** `spent`: the sentence of a budget of which nothing is left, of it or of one above; null while something is. */
  | {
      readonly standing: 'in_force';
      readonly version: number;
      readonly spent: string | null;
      readonly bounds: Bounds;
    }
  /** Suspended, or under one that is. */
  | { readonly standing: 'held'; readonly sentence: string; readonly version: number }
  /** `drains`: its work was accepted, and what is under way may end by itself. */
  | { readonly standing: 'ended'; readonly sentence: string; readonly drains: boolean }
  | { readonly standing: 'superseded'; readonly successor: string }
  | { readonly standing: 'unreachable'; readonly sentence: string };

/**
 * Asks about `step` now. Without a credential it asks, as this point, what the mandate's actor would be told: for sessions whose credential a launcher
 * keeps. Never rejects.
 */
export async function askStep(
  { control, pointToken }: Asker,
  mandate: string,
  credential: string | null,
  step: Step,
  session: string | null,
): Promise<StepAnswer> {
  const answered = await control.call(controlApi.check, {
    ...(credential === null ? {} : { token: credential, ...vouching(pointToken) }),
    body: {
      mandate,
      action: step.action,
      resource: step.resource,
      parameters: toJson(step.parameters),
      containment: step.containment,
      session,
    },
  });
  if (!answered.ok) return isSilence(answered.problem) ? silent(answered.problem) : refused(answered.problem);
  const { decision, reason, position } = answered.value;
  switch (decision) {
    case 'permit':
      return { answer: 'permit', sentence: reason.sentence, position };
    case 'hold':
      return { answer: 'hold', sentence: reason.sentence, wayOut: reason.way_out };
    // Who only watches lets calls go on, and begins no step.
    case 'would_refuse':
    case 'refuse':
      return { answer: 'refuse', code: reason.code, sentence: reason.sentence, wayOut: reason.way_out };
  }
}

/** Asks how `mandate` stands now. Never rejects. */
export async function askMandate(control: Caller, mandate: string): Promise<MandateStanding> {
  const answered = await control.call(controlApi.getMandate, { params: { id: mandate } });
  if (!answered.ok) {
    if (isSilence(answered.problem)) return { standing: 'unreachable', sentence: answered.problem.detail };
    // INVARIANT: a mandate control does not know is over.
    return answered.problem.status === 404
      ? { standing: 'ended', sentence: `control knows no mandate \`${mandate}\``, drains: false }
      : { standing: 'unreachable', sentence: answered.problem.detail };
  }
  const { state, state_detail: detail, version, successor, spent } = answered.value;
  const sentence = `mandate \`${mandate}\` is ${state}${detail === '' ? '' : `: ${detail}`}`;
  switch (state) {
    case 'active':
      return {
        standing: 'in_force',
        version,
        spent,
        bounds: boundsIn(answered.value),
      };
    case 'suspended':
    case 'held':
      return { standing: 'held', sentence, version };
    case 'superseded':
      return successor === null
        ? { standing: 'ended', sentence, drains: false }
        : { standing: 'superseded', successor };
    case 'proposed':
      return { standing: 'held', sentence: `mandate \`${mandate}\` was not approved yet`, version };
    case 'revoked':
    case 'expired':
    case 'completed':
    case 'refused':
    case 'lapsed':
    case 'cascaded':
      return { standing: 'ended', sentence, drains: state === 'completed' };
  }
}

/** As deep as mandates go, and further. */
const mostAbove = 64;

/**
 * Who may steer under `mandate`: whom the approval at the top of its chain names, and who gave it. A part that was handed on was approved by nobody, and is steered by who steers the whole. Null where
 * nobody can say now, or none of it was approved yet: whether anything is done by it is asked before it is done.
 */
export async function askSteerers(control: Caller, mandate: string): Promise<readonly string[] | null> {
  for (let [id, above] = [mandate, 0]; above < mostAbove; above += 1) {
    const answered = await control.call(controlApi.getMandate, { params: { id } });
    if (!answered.ok) return null;
    const { parent, steerers, approval } = answered.value;
    if (parent === null) return approval === null ? null : [...steerers, approval.by];
    id = parent;
  }
  return null;
}

function boundsIn({ overlays, expires_at, budgets, words }: MandateWire): Bounds {
  const newest = overlays.at(-1);
  const by = newest === undefined ? '' : `${newest.by}${newest.reason === '' ? '' : `: ${newest.reason}`}`;
  return { narrowings: overlays.length, expiresAt: expires_at, budgets: JSON.stringify(budgets), by, words };
}

/** What `now` lost of what `before` allowed, one sentence; null where it lost nothing. */
export function whatWasLost(mandate: string, before: Bounds, now: Bounds): string | null {
  const lost = [
    ...(now.narrowings > before.narrowings ? [`it was narrowed by ${now.by}`] : []),
    ...(Date.parse(now.expiresAt) < Date.parse(before.expiresAt) ? [`it ends ${now.expiresAt}`] : []),
    ...(now.budgets === before.budgets ? [] : [`its budgets are ${now.budgets}`]),
  ];
  return lost.length === 0 ? null : `mandate \`${mandate}\` allows less than before: ${lost.join('; ')}`;
}

/** Puts the step before people at control, with the credential of who would take it. Null where control takes no question for it. */
export async function putQuestion(
  { control, pointToken }: Asker,
  mandate: string,
  credential: string,
  step: Step,
  session: string,
): Promise<{ readonly id: string; readonly refusedBecause: string | null } | null> {
  const { action, resource, parameters, containment } = step;
  const put = await control.call(controlApi.askApproval, {
    token: credential,
    ...vouching(pointToken),
    body: { mandate, action, resource, parameters: toJson(parameters), containment, session },
  });
  if (!put.ok) return null;
  const { id, state, answered_by: by, state_detail: reason } = put.value;
  return { id, refusedBecause: state === 'refused' ? `${by ?? 'a person'} refused it: ${reason}` : null };
}

/** Whether a problem means that nobody answered, as against a no. */
export const isSilence = (problem: ProblemWire): boolean =>
  problem.code === 'control_unreachable' ||
  problem.code === 'malformed_reply' ||
  problem.status === 429 ||
  problem.status >= 500;

const silent = (problem: ProblemWire): StepAnswer => ({ answer: 'unreachable', sentence: problem.detail });
const refused = (problem: ProblemWire): StepAnswer =>
  problem.code === 'approval_required'
    ? { answer: 'hold', sentence: problem.detail, wayOut: problem.way_out }
    : { answer: 'refuse', code: problem.code, sentence: problem.detail, wayOut: problem.way_out };

/** Parameters with arrays the wire may own. */
export const toJson = (parameters: Step['parameters']): Record<string, string | string[]> =>
  Object.fromEntries(
    Object.entries(parameters).map(([key, value]) => [key, typeof value === 'string' ? value : [...value]]),
  );
