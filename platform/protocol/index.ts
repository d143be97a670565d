/** Wire formats: parse, serialise, describe. No I/O. */

export { integrityAnchor } from './anchor.ts';
export type { AnchorType } from './anchor.ts';
export { maxStrictDepth, parseStrictJson } from './strict-json.ts';
export type { JsonValue, StrictJson } from './strict-json.ts';
export { proofAlgorithms } from './proof-algorithms.ts';
export { proofClaims, readProofClaims, whyNoProof } from './key-proof.ts';
export type { ProofFor, ReadProof } from './key-proof.ts';
export { createProofNonces } from './proof-nonces.ts';
export type { ProofNonces, ProofNoncesOptions } from './proof-nonces.ts';
export { signCompactJws, verifyCompactJws } from './compact-jws.ts';
export type { ExpectedJws, JwsProblem, RefusedJws, SigningKey, VerificationKey, VerifiedJws } from './compact-jws.ts';
export { isBefore, keysFor, keySetWire, keyUseWire, ringKeyWire } from './published-key.ts';
export type { KeySetWire, KeyUse, PublishedKey, RingPlace } from './published-key.ts';
export { agentApi, agentWire } from './agent-api.ts';
export { togetherApi } from './together-api.ts';
export {
  artifactFromWire,
  artifactToWire,
  artifactWire,
  discloseMandate,
  disclosureDigest,
  readDisclosure,
} from './artifact-wire.ts';
export type { ArtifactWire, Disclosure } from './artifact-wire.ts';
export {
  artifactType,
  consentType,
  controlIssuer,
  maxArtifactLength,
  maxPermitLength,
  permitType,
  stepUpType,
} from './statement.ts';
export { checkEvidence, consentDigest, evidenceKeyOf, evidenceWire, publicKeyOf } from './consent-evidence.ts';
export type { ConsentWire, EvidenceCheck, EvidenceWire } from './consent-evidence.ts';
export { fromWire, toWire } from './json-case.ts';
export type { Camel, Snake } from './json-case.ts';
export {
  authorityEntryWire,
  authoritySetFromWire,
  authoritySetToWire,
  authoritySetWire,
  constraintsWire,
} from './authority-set-wire.ts';
export type { AuthoritySetWire } from './authority-set-wire.ts';
export {
  maxLineBytes,
  multiplexCall,
  multiplexFormat,
  multiplexHello,
  multiplexProof,
  multiplexReply,
  routeName,
} from './multiplex.ts';
export type { MultiplexCall, MultiplexReply } from './multiplex.ts';
export { readinessWire } from './readiness.ts';
export type { ReadinessWire } from './readiness.ts';
export { mcpActions, mcpServerAskWire, mcpServerWire, mcpSignInAskWire } from './mcp-wire.ts';
export { policyApi, policyDocumentWire } from './policy-api.ts';
export type { PolicyDocumentWire } from './policy-api.ts';
export { advanceApi, advanceWire } from './advance-api.ts';
export { approvalApi, approvalWire, waitingWire, yesWire } from './approval-api.ts';
export { askWire, factsWire } from './ask-wire.ts';
export { grantsWire, peopleApi, personWire, roleWire } from './people-api.ts';
export { estimateWire, finalUsageWire, statementWire, usageWire } from './budget-wire.ts';
export { isPublicAddress } from './public-address.ts';
export { route } from './route.ts';
export { signalApi, signalReadingWire, signalWire, sourceAskWire, sourceWire } from './signal-api.ts';
export { projectName, slug } from './project-name.ts';
export { parameterDigest, programOf, programResource, runParameters } from './run-parameters.ts';
export type { RunParameters } from './run-parameters.ts';
export { sinkApi, sinkWire } from './sink-api.ts';
export type { Caller, Route } from './route.ts';
export { approvalIn, approvalInstance, problemContentType, problemWire } from './problem.ts';
export type { ProblemWire } from './problem.ts';
export {
  conditionWire,
  historyRuleToWire,
  budgetWire,
  delegationBoundsWire,
  mandateWire,
  operationWire,
  sinkKindWire,
  reasonWire,
  receiptWire,
  verdictWire,
} from './mandate-wire.ts';
export { retentionWire } from './retention-wire.ts';
export { verifyWire } from './verify-wire.ts';
export { changeWire, controlApi, heartbeatMs, holdingWire, proposalWire } from './control-api.ts';
export {
  agentDoorApi,
  askOptionWire,
  enforcerApi,
  runRequestWire,
  runWire,
  sandboxWire,
  strengthWire,
} from './enforcer-api.ts';
export { attentionWire, compiledWire, missionWire, runtimeApi, taskStateName, taskWire } from './runtime-api.ts';
export { resetPart, sessionApi } from './session-api.ts';
export { sessionWire } from './session-wire.ts';
export {
  evaluationRequest,
  evaluationResponse,
  evaluationsRequest,
  evaluationsResponse,
  pdpMetadata,
} from './authzen.ts';
export { denialOf } from './authzen-reason.ts';
export type { Denial } from './authzen-reason.ts';
export { knownApi, knownServer, knownTools, orientedWire } from './known-api.ts';
export {
  checkpointWire,
  factWire,
  rewindPreviewWire,
  serviceWire,
  sightingWire,
  timelineKindWire,
  toldFactWire,
  workspaceApi,
} from './workspace-api.ts';
export { readRouteBody } from './route-body.ts';
export type { RouteBody } from './route-body.ts';
