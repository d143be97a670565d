/** What the attack tests share: mandates and questions as the evaluator takes them, and a real control over a journal of its own. */
import type { ActionRequest, AuthorityEntry, AuthoritySet, EvaluationInput, Mandate, Verdict } from '@writ/authority';
import { evaluate, noHistory } from '@writ/authority';
import type { Actor, Outcome, Person, Terms } from '@writ/control';
import { defaultStopProfile, openControl, shown, wordsOf } from '@writ/control';
import type { Journal } from '@writ/journal';
import { openSqliteJournal } from '@writ/journal';
import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const t0 = Date.UTC(2030, 0, 1);
export const hour = 3_600_000;
export const minute = 60_000;

/** An entry that reaches everything beneath `resource`. */
export const beneath = (
  resource: string,
  actions: readonly string[],
  more: Partial<AuthorityEntry> = {},
): AuthorityEntry => ({
  resource,
  resourceMatch: 'prefix',
  actions,
  constraints: {},
  ...more,
});

/** An active mandate; `m0.1` is a child of `m0`. */
export const mandate = (id: string, authority: AuthoritySet, more: Partial<Mandate> = {}): Mandate => ({
  id,
  project: 'p',
  purpose: 'attacked',
  parent: id.includes('.') ? id.slice(0, id.lastIndexOf('.')) : null,
  depth: id.split('.').length - 1,
  authority,
  overlays: [],
  conditions: [],
  history: [],
  budgets: [],
  delegation: { maxDepth: 4, maxChildren: 4, actors: 'any' },
  actor: 'builder',
  steerers: [],
  approvers: [],
  actorKey: null,
  stopProfile: { deadlineMs: 2_000 },
  expiresAt: t0 + hour,
  approvedAt: t0,
  state: { name: 'active', since: t0 },
  version: 1,
  epoch: 1,
  ...more,
});

/** The verdict on one request under a chain, everything else being as it should. */
export const ask = (chain: readonly Mandate[], request: ActionRequest, more: Partial<EvaluationInput> = {}): Verdict =>
  evaluate({
    chain,
    mandate: chain.at(-1)?.id ?? 'none',
    request,
    actionClass: 'workspace_write',
    parameterDigest: 'digest',
    token: { usable: true, actor: 'builder' },
    policy: { permits: true, version: 'p1' },
    signals: () => undefined,
    spend: () => ({ calls: 0, tokens: 0, moneyMicros: 0 }),
    approvals: [],
    history: noHistory,
    now: t0 + 1,
    ...more,
  });

export const owner: Person = { kind: 'person', name: 'owner' };
export const builder = (id: string): Actor => ({
  kind: 'actor',
  mandate: id,
  actor: 'builder',
  run: 'run',
  expiresAt: t0 + hour,
});

/** The code of a refusal; `done` where there is none. */
export const outcomeOf = (outcome: Outcome<unknown>): string => (outcome.ok ? 'done' : wordsOf(outcome.refusal).code);

/** A control in a folder of its own, its clock standing at `t0` until a test moves it. `through` puts something between it and its journal. */
export async function realControl(through: (journal: Journal) => Journal = (journal) => journal) {
  const dir = await mkdtemp(join(tmpdir(), 'writ-attack-'));
  const clock = { now: t0 };
  const now = () => clock.now;
  let drawn = 0;
  const random = (bytes: number) => createHash('sha512').update(String(drawn++)).digest().subarray(0, bytes);
  const journal = await openSqliteJournal({ path: join(dir, 'control.db'), organisation: 'test', now });
  const control = await openControl({ dir, now, random, journal: through(journal) });
  const must = <T>(outcome: Outcome<T>): T => {
    if (!outcome.ok) throw new Error(wordsOf(outcome.refusal).sentence);
    return outcome.value;
  };
  return {
    control,
    journal,
    clock,
    must,
    /** The id of a root mandate that a person has approved. */
    async approved(authority: AuthoritySet, more: Partial<Terms> = {}): Promise<string> {
      const terms: Terms = {
        project: 'p',
        purpose: 'attacked',
        actor: 'builder',
        authority,
        conditions: [],
        history: [],
        budgets: [],
        delegation: { maxDepth: 2, maxChildren: 2, actors: ['builder', 'tester'] },
        steerers: [],
        approvers: [],
        actorKey: null,
        stopProfile: defaultStopProfile,
        expiresAt: t0 + hour,
        ...more,
      };
      const record = must(await control.propose(terms, { by: owner }));
      const { id } = record.mandate;
      const approval = {
        type: 'approve',
        revision: record.revision,
        textDigest: shown(record).digest,
        how: 'owner_token',
      } as const;
      must(await control.govern(id, approval, { by: owner }));
      return id;
    },
    async [Symbol.asyncDispose]() {
      await control[Symbol.asyncDispose]();
      await journal[Symbol.asyncDispose]();
      await rm(dir, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}
