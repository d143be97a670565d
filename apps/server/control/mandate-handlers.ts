/** The routes on mandates and projects. Each translates to one command or query of control and back. */

import { renderAuthority } from '@writ/authority';
import { nameOf, defaultStopProfile } from '@writ/control';
import type { Control, MandateRecord, Terms } from '@writ/control';
import type { controlApi, delegationBoundsWire, proposalWire } from '@writ/protocol';
import { authoritySetFromWire, authoritySetToWire, fromWire } from '@writ/protocol';
import type { z } from 'zod';
import { pageOf } from '../http/page.ts';
import { problem } from '../http/problem.ts';
import type { ControlHandlers } from './caller.ts';
import { askedOf, besideOf, known, maySee } from './caller.ts';
import { iso, mandateToWire } from './mandate-wire.ts';
import { answerOf, ok, problemOf } from './refusal-problem.ts';
import { receiptToWire } from './record-wire.ts';

type Names =
  | 'whoami'
  | 'createProject'
  | 'listProjects'
  | 'propose'
  | 'listMandates'
  | 'getMandate'
  | 'approve'
  | 'revise'
  | 'refuse'
  | 'suspend'
  | 'reinstate'
  | 'narrow'
  | 'extend'
  | 'proposeExtension'
  | 'revoke'
  | 'complete'
  | 'delegate'
  | 'issueCredential'
  | 'relinquish'
  | 'stopAll'
  | 'suggestions';

export function mandateHandlers(control: Control): Pick<ControlHandlers, Names> {
  const wire = (record: MandateRecord) => mandateToWire(control, record);
  const receipt = (id: string) => {
    const record = control.state.receipts.get(id);
    if (record === undefined) throw new Error(`receipt \`${id}\` is not in the fold`);
    return receiptToWire(record);
  };
  return {
    whoami: ({ caller }) => {
      const who = known(caller);
      const mandate = who.kind === 'actor' ? (control.answering(who.mandate)?.mandate.id ?? who.mandate) : null;
      const roles = who.kind === 'person' || who.kind === 'visitor' ? { ...control.sees.rolesOf(who.name) } : null;
      return ok({ kind: who.kind, name: who.kind === 'actor' ? who.actor : nameOf(who), mandate, roles });
    },
    createProject: async (call) =>
      answerOf(await control.createProject(call.body, known(call.caller)), (project) => project),
    listProjects: ({ caller }) =>
      ok({ items: [...control.state.projects.values()].filter(({ id }) => control.sees.project(known(caller), id)) }),
    propose: async (call) => answerOf(await control.propose(termsFrom(call.body), askedOf(call)), wire),
    listMandates: ({ query, caller }) => {
      const project = query.get('project');
      const { items, next_cursor } = pageOf(
        control.state.mandates.values(),
        query,
        ({ mandate }) =>
          (project === null || mandate.project === project) && control.sees.project(known(caller), mandate.project),
      );
      return ok({ items: items.map(wire), next_cursor, position: control.state.position });
    },
    getMandate: ({ params, caller }) => {
      const record = control.state.mandates.get(params['id'] ?? '');
      if (record === undefined || !maySee(control, caller, record.mandate.id))
        return { ok: false, problem: problem(404, 'not_found', `there is no mandate \`${params['id'] ?? ''}\``) };
      return ok(wire(record));
    },
    approve: async (call) => {
      const { revision, text_digest: textDigest, how, step_up: stepUp } = call.body;
      return answerOf(
        await control.govern(idOf(call), { type: 'approve', revision, textDigest, how, stepUp }, askedOf(call)),
        wire,
      );
    },
    revise: async (call) => {
      const command = { type: 'revise', terms: termsFrom(call.body), revision: call.body.revision } as const;
      return answerOf(await control.govern(idOf(call), command, askedOf(call)), wire);
    },
    refuse: async (call) =>
      answerOf(await control.govern(idOf(call), { type: 'refuse', reason: call.body.reason }, askedOf(call)), wire),
    suspend: async (call) =>
      answerOf(await control.stop(idOf(call), { type: 'suspend', reason: call.body.reason }, askedOf(call)), receipt),
    reinstate: async (call) =>
      answerOf(await control.govern(idOf(call), { type: 'reinstate', reason: call.body.reason }, askedOf(call)), wire),
    narrow: async (call) => {
      const { authorization_details: details, expires_at: expiresAt, budgets, reason } = call.body;
      const tightening = {
        authority: details === undefined ? undefined : authoritySetFromWire(details),
        expiresAt: expiresAt === undefined ? undefined : Date.parse(expiresAt),
        budgets: budgets === undefined ? undefined : fromWire(budgets),
      };
      return answerOf(
        await control.stop(idOf(call), { type: 'narrow', ...tightening, reason }, askedOf(call)),
        receipt,
      );
    },
    extend: async (call) => answerOf(await control.extend(idOf(call), extensionFrom(call.body), askedOf(call)), wire),
    proposeExtension: async (call) =>
      answerOf(await control.proposeExtension(idOf(call), extensionFrom(call.body), askedOf(call)), wire),
    revoke: async (call) =>
      answerOf(await control.stop(idOf(call), { type: 'revoke', reason: call.body.reason }, askedOf(call)), receipt),
    complete: async (call) =>
      answerOf(await control.stop(idOf(call), { type: 'complete', reason: call.body.reason }, askedOf(call)), receipt),
    relinquish: async (call) =>
      answerOf(await control.relinquish(idOf(call), call.body.reason, askedOf(call)), receipt),
    stopAll: async (call) => {
      const { dry_run: dryRun, ...which } = call.body;
      return answerOf(await control.stopAll({ ...which, dryRun }, askedOf(call)), ({ hits, unknown, receipts }) => {
        const answered = receipts.map(receipt);
        return {
          mandates: dryRun ? hits.map((hit) => hit.mandate) : answered.flatMap(({ mandate }) => mandate ?? []),
          hits: hits.map(({ openOperations, programs, ...hit }) => ({
            ...hit,
            programs: [...programs],
            open_operations: openOperations,
          })),
          unknown: [...unknown],
          receipts: answered,
        };
      });
    },
    suggestions: async ({ query, caller }) => {
      const [mandate, project] = [query.get('mandate'), query.get('project')];
      const of = mandate !== null ? { mandate } : { project: project ?? '' };
      return answerOf(await control.suggestions(of, known(caller)), (found) => ({
        mandate: found.mandate,
        authorization_details: authoritySetToWire(found.authority),
        suggestions: authoritySetToWire(found.suggestions.map(({ entry }) => entry)).map((entry, index) => {
          // One entry for each suggestion, in order.
          const { entry: own, times, examples } = found.suggestions[index]!;
          return { entry, words: renderAuthority([own]).join('; '), times, examples: [...examples] };
        }),
        left_alone: [...found.leftAlone],
      }));
    },
    delegate: async (call) => {
      const { purpose, actor, authorization_details: details, expires_at: expiresAt, budgets, delegation } = call.body;
      const child = {
        purpose,
        actor,
        actorKey: call.body.actor_key,
        authority: authoritySetFromWire(details),
        expiresAt: expiresAt === undefined ? undefined : Date.parse(expiresAt),
        budgets: budgets === undefined ? undefined : fromWire(budgets),
        delegation: delegation === undefined ? undefined : boundsFrom(delegation),
      };
      const made = await control.delegate(idOf(call), child, askedOf(call));
      if (!made.ok) return { ok: false, problem: problemOf(made.refusal) };
      // An agent by itself gets the child and no credential for it: whoever starts the child's agent keeps that.
      if (besideOf(control, call) === undefined) return ok({ mandate: wire(made.value), credential: null });
      const issued = await control.issueWithChild(made.value.mandate.id, askedOf(call));
      return answerOf(issued, ({ credential }) => ({ mandate: wire(made.value), credential }));
    },
    issueCredential: async (call) => {
      const { run, expires_at: expiresAt, program } = call.body;
      const issued = await control.issue(
        idOf(call),
        { id: run, expiresAt: expiresAt === undefined ? undefined : Date.parse(expiresAt), program },
        askedOf(call),
        besideOf(control, call),
      );
      return answerOf(issued, (value) => ({ credential: value.credential, expires_at: iso(value.expiresAt) }));
    },
  };
}

const idOf = (call: { readonly params: Readonly<Record<string, string>> }): string => call.params['id'] ?? '';

const boundsFrom = ({
  max_depth: maxDepth,
  max_children: maxChildren,
  actors,
}: z.output<typeof delegationBoundsWire>) => ({ maxDepth, maxChildren, actors });

function extensionFrom(body: z.output<(typeof controlApi)['extend']['body']>) {
  const { expires_at: expiresAt, authorization_details: details, budgets, reason } = body;
  return {
    expiresAt: expiresAt === undefined ? undefined : Date.parse(expiresAt),
    authority: details === undefined ? undefined : authoritySetFromWire(details),
    budgets: budgets === undefined ? undefined : fromWire(budgets),
    reason,
  };
}

const termsFrom = (body: z.output<typeof proposalWire>): Terms => ({
  project: body.project,
  purpose: body.purpose,
  actor: body.actor,
  actorKey: body.actor_key,
  authority: authoritySetFromWire(body.authorization_details),
  conditions: fromWire(body.conditions),
  history: fromWire(body.history),
  budgets: fromWire(body.budgets),
  delegation: boundsFrom(body.delegation),
  steerers: body.steerers,
  approvers: body.approvers,
  stopProfile: defaultStopProfile,
  ...(body.freshness_ms !== null && { freshnessMs: body.freshness_ms }),
  ...(body.watch && { watch: true }),
  expiresAt: Date.parse(body.expires_at),
});
