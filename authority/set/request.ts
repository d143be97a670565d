// What is asked: one action on one resource, with the facts that constraints are judged by. Compiled once, judged against many sets.
// Refuses action families (a request names one action), malformed resources, and facts inherited from a prototype.

import { normaliseResource } from '../resource/uri.ts';
import { quoteBriefly } from '../resource/visible.ts';
import { isActionLiteral } from './action.ts';
import type { Amount } from './authority-set.ts';
import {
  own,
  readAmount,
  readDomain,
  readInstant,
  readLabels,
  readText,
  type ParsedAmount,
  type ParsedInstant,
} from './value.ts';

/** Facts about the request, established by the enforcement point and never by the agent. A missing fact never satisfies a constraint. */
export type RequestParameters = {
  readonly amount?: Amount;
  readonly tenant?: string;
  readonly recipientDomain?: string;
  readonly dataClassification?: readonly string[];
  /** Identity of the tool or capability the action goes through. */
  readonly tool?: string;
  readonly resourceIssuedAt?: string;
  readonly catalogueDigest?: string;
};

export type ActionRequest = {
  readonly action: string;
  readonly resource: string;
  readonly parameters: RequestParameters;
};

/** The facts as they are compared. One that is absent or cannot be read is undefined, and meets no bound. */
export type Facts = {
  readonly amount: ParsedAmount | undefined;
  readonly tenant: string | undefined;
  readonly recipientDomain: string | undefined;
  readonly dataClassification: readonly string[] | undefined;
  readonly tool: string | undefined;
  readonly resourceIssuedAt: ParsedInstant | undefined;
  readonly catalogueDigest: string | undefined;
};

/** A request that is well formed, with its resource in normal form and its facts read. A class, so that no parsed JSON can pass for one. */
export class CompiledRequest {
  readonly action: string;
  readonly uri: string;
  readonly facts: Facts;

  /** For `compileRequest` alone: takes what it is given as already checked. */
  constructor(action: string, uri: string, facts: Facts) {
    this.action = action;
    this.uri = uri;
    this.facts = facts;
  }
}

/** Checks, normalises and reads a request once, so that judging it against a chain of sets does not repeat the work. */
export function compileRequest(
  request: ActionRequest,
): { readonly ok: true; readonly request: CompiledRequest } | { readonly ok: false; readonly why: string } {
  if (!isActionLiteral(request.action)) {
    return {
      ok: false,
      why: `action ${quoteBriefly(request.action)} is not one action identifier, such as \`file.read\``,
    };
  }
  const resource = normaliseResource(request.resource);
  if (!resource.ok) return resource;
  // The type promises an object; parsed JSON that skipped the edge may not be one.
  const parameters: unknown = request.parameters;
  if (typeof parameters !== 'object' || parameters === null)
    return { ok: false, why: 'the request carries no parameters object; send an empty one' };
  return { ok: true, request: new CompiledRequest(request.action, resource.uri, readFacts(parameters)) };
}

/** The facts that a request itself carries, each read once. */
export function readFacts(parameters: RequestParameters): Facts {
  return {
    amount: readAmount(own(parameters, 'amount')),
    tenant: readText(own(parameters, 'tenant')),
    recipientDomain: readDomain(own(parameters, 'recipientDomain')),
    dataClassification: readLabels(own(parameters, 'dataClassification')),
    tool: readText(own(parameters, 'tool')),
    resourceIssuedAt: readInstant(own(parameters, 'resourceIssuedAt')),
    catalogueDigest: readText(own(parameters, 'catalogueDigest')),
  };
}

/** The request as it would be with these facts beside its own. */
export function withFacts({ action, uri, facts }: CompiledRequest, more: RequestParameters): CompiledRequest {
  const stated = Object.entries(readFacts(more)).filter(([, value]) => value !== undefined);
  return new CompiledRequest(action, uri, { ...facts, ...Object.fromEntries(stated) });
}
