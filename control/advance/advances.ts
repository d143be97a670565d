/**
 * Yeses in advance: given by a person before anybody asks, or remembered from an answer; listed, and withdrawn at any time.
 *
 * It refuses an agent, whatever is asked each time, and whatever is not of the repository. Withdrawing only tightens, so whoever may stop may do it; it stops what began on it.
 */

import type { ResourceReach } from '@writ/authority';
import { classOf, compileAuthoritySet, uncontained, whyNotInAdvance } from '@writ/authority';
import { nameOf } from '../caller.ts';
import type { Caller } from '../caller.ts';
import type { Asked, PlannedWrite } from '../commit.ts';
import { claimOf } from '../commit.ts';
import type { Core } from '../core.ts';
import { digestText } from '../digest.ts';
import { mayNotIn, rightsOf, seesProject } from '../identity/rights.ts';
import { needsOf } from '../policy/needs.ts';
import type { Approving } from '../approval/approving.ts';
import { needsNoYes } from '../judge.ts';
import type { OperationRecord } from '../operation/operation-record.ts';
import { interruptWrites } from '../operation/standing.ts';
import type { Outcome } from '../refusal.ts';
import { done, refuse } from '../refusal.ts';
import { advanceStream } from '../streams.ts';
import type { AdvanceRecord } from './advance-record.ts';
import { isInForce } from './advance-record.ts';
import { advanceText, advanceTextVersion } from './advance-text.ts';
import type { GivenAdvance } from './events.ts';

export type AdvanceAsked = {
  readonly project: string;
  readonly lines: readonly (ResourceReach & { readonly actions: readonly string[]; readonly uses: number | null })[];
  readonly expiresAt: number;
  /** Of the text that was shown. */
  readonly textDigest: string;
  readonly stepUp?: string | undefined;
};

export interface Advances {
  /** What would be given, as a person is shown it first. Writes nothing. */
  advanceText(
    asked: Omit<AdvanceAsked, 'textDigest' | 'stepUp'>,
    by: Caller,
  ): Outcome<{ text: string; digest: string }>;
  /** All of it or nothing. */
  giveAdvance(asked: AdvanceAsked, by: Asked): Promise<Outcome<readonly AdvanceRecord[]>>;
  withdrawAdvance(id: string, reason: string, by: Asked): Promise<Outcome<AdvanceRecord>>;
  /** Those of the projects somebody sees, the newest first; with `all`, also those that are over. */
  advances(by: Caller, all: boolean): readonly AdvanceRecord[];
  isInForce(record: AdvanceRecord): boolean;
}

/** The longest one lasts, in milliseconds. */
const longestMs = 30 * 24 * 3_600_000;
const mostLines = 16;

const textOf = ({ lines, project, expiresAt }: Omit<AdvanceAsked, 'textDigest'>): string =>
  advanceText(project, lines, expiresAt);

/** The commands, over `core`. */
export function createAdvances(core: Core, approving: Approving): Advances {
  const { projection, commit, now } = core;

  function whyNot({ project, lines, expiresAt }: Omit<AdvanceAsked, 'textDigest'>, by: Caller): Outcome<void> {
    if (by.kind !== 'person') return refuse({ code: 'not_an_approver', attempted: 'say yes in advance' });
    if (!seesProject(core, by, project)) return refuse({ code: 'not_found', what: 'project', id: project });
    const refused = mayNotIn(core, by, 'approve_action', project);
    if (refused !== undefined) return refused;
    const malformed = (sentence: string, wayOut: string | null = null) =>
      refuse({ code: 'malformed_request', sentence, wayOut });
    if (lines.length === 0 || lines.length > mostLines)
      return malformed(`it names ${String(lines.length)} things`, `name 1 to ${String(mostLines)}`);
    if (!(expiresAt > now()) || expiresAt > now() + longestMs)
      return malformed('it has to end within 30 days, and not before it begins', 'give an earlier end');
    for (const { actions, uses, ...reach } of lines) {
      const compiled = compileAuthoritySet([{ ...reach, actions, constraints: {} }]);
      if (!compiled.ok) return malformed(compiled.why);
      if (uses !== null && !(Number.isSafeInteger(uses) && uses > 0)) return malformed('how often is no number');
      for (const action of actions) {
        const why = whyNotInAdvance(action, reach, project);
        if (why !== undefined)
          return malformed(
            `nobody says yes to \`${action}\` on \`${reach.resource}\` beforehand: ${why}`,
            'answer it when it is asked',
          );
      }
    }
    return done(undefined);
  }

  /** INVARIANT: all of them. What begins on it writes to its stream, so that it comes before, and is found, or after, and is refused. */
  const begunOn = (id: string): readonly OperationRecord[] =>
    [...projection.openOperations]
      .flatMap((open) => projection.operations.get(open) ?? [])
      .filter((operation) => operation.begun.advance === id && !needsNoYes(core, operation));

  const given = (asked: Omit<AdvanceAsked, 'textDigest'>, by: Caller, id: string): readonly GivenAdvance[] =>
    asked.lines.map(({ actions, resource, resourceMatch, uses }, index) => ({
      id: asked.lines.length === 1 ? id : `${id}.${String(index + 1)}`,
      by: nameOf(by),
      kind: uses === null ? 'remembered' : 'left',
      project: asked.project,
      actions,
      resource,
      resourceMatch,
      uses,
      expiresAt: asked.expiresAt,
      answer: null,
      textDigest: digestText(textOf(asked)),
    }));

  return {
    advanceText(asked, by) {
      const refused = whyNot(asked, by);
      if (!refused.ok) return refused;
      const text = textOf(asked);
      return done({ text, digest: digestText(text) });
    },
    giveAdvance: async (asked, request) => {
      const claimed = claimOf(request, `giveAdvance ${asked.project}`);
      const id = claimed === undefined ? core.newId('y') : `y-${claimed.slice(0, 22)}`;
      return commit(request.by, () => {
        const refused = whyNot(asked, request.by);
        if (!refused.ok) return refused;
        const all = given(asked, request.by, id);
        const known = all.flatMap((one) => projection.advances.get(one.id) ?? []);
        if (known.length > 0) return done({ writes: [], reliedOn: [], value: known });
        const text = textOf(asked);
        const textDigest = digestText(text);
        if (textDigest !== asked.textDigest) return refuse({ code: 'text_changed', mandate: asked.project });
        const classes = all.flatMap(({ actions }) => actions.map((action) => classOf(action, uncontained)));
        const to = {
          act: 'approve_action' as const,
          subject: asked.project,
          revision: null,
          text,
          textDigest,
          renderer: advanceTextVersion,
          requestedBy: [nameOf(request.by)],
          needs: needsOf(core.policy, classes),
          right: 'approve_action' as const,
          about: { project: asked.project, approvers: [] },
          what: 'it in advance',
          unseen: null,
          isUnattended: false,
        };
        const yes = approving(to, request, asked.stepUp);
        if (!yes.ok) return yes;
        const { consent, reliedOn, writes } = yes.value;
        const at = now();
        return done({
          writes: [
            ...all.map((one): PlannedWrite => ({
              stream: advanceStream(one.id),
              events: [{ type: 'advance.given', data: { at, ...one, consent } }],
              project: asked.project,
              lineage: {},
            })),
            ...writes,
          ],
          reliedOn,
          value: all.map((one) => ({ given: { at, ...one }, used: 0, lastUsedAt: null, withdrawn: null })),
        });
      });
    },
    async withdrawAdvance(id, reason, request) {
      const outcome = await commit(request.by, () => {
        const record = projection.advances.get(id);
        if (record === undefined || !seesProject(core, request.by, record.given.project))
          return refuse({ code: 'not_found', what: 'advance', id });
        if (request.by.kind !== 'person') return refuse({ code: 'not_an_approver', attempted: `withdraw \`${id}\`` });
        const refused = mayNotIn(core, request.by, 'stop', record.given.project);
        if (refused !== undefined) return refused;
        if (record.withdrawn !== null) return done({ writes: [], reliedOn: [], value: undefined });
        const { project } = record.given;
        const data = { at: now(), id, by: nameOf(request.by), reason };
        return done({
          writes: [
            { stream: advanceStream(id), events: [{ type: 'advance.withdrawn', data }], project, lineage: {} },
            ...begunOn(id).flatMap((operation) => interruptWrites(core, operation)),
          ],
          reliedOn: rightsOf(request.by),
          value: undefined,
        });
      });
      if (!outcome.ok) return outcome;
      const record = projection.advances.get(id);
      return record === undefined ? refuse({ code: 'not_found', what: 'advance', id }) : done(record);
    },
    advances: (by, all) =>
      [...projection.advances.values()]
        .filter((record) => seesProject(core, by, record.given.project) && (all || isInForce(record, now())))
        .toReversed(),
    isInForce: (record) => isInForce(record, now()),
  };
}
