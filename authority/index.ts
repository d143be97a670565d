/** Pure and shared: what authority means, and the one evaluator. Imports nothing; everyone may import it; nothing else decides. */

export { actionClasses, isHighClass, widerClass } from './action/action-class.ts';
export type { ActionClass, ClassRule, Freshness } from './action/action-class.ts';
export { answersInAdvance, broughtBy, targetOf, whyNotInAdvance } from './action/advance.ts';
export type { Advance } from './action/advance.ts';
export { encodeSegment } from './resource/percent.ts';
export type { ResourceReach } from './resource/uri.ts';
export { askingOf, askingTable, askingVersion, eachTime, mayStand, whyEachTime } from './action/asking.ts';
export type { Asking, Target } from './action/asking.ts';
export { classesWithin, classOf, classTableVersion, uncontained } from './action/class-table.ts';
export type { Containment } from './action/class-table.ts';

export { lowestFloor, raised, whyNotAccepted } from './artifact/accept.ts';
export type { ArtifactProblem, Awaited, Floor } from './artifact/accept.ts';
export { answerFrom } from './artifact/answer.ts';
export type { ArtifactAge, ArtifactAnswer, ArtifactQuestion } from './artifact/answer.ts';
export type { Artifact, Slice } from './artifact/artifact.ts';

export { effectiveAuthority } from './mandate/effective-authority.ts';
export { effectiveState, ownState } from './mandate/effective-state.ts';
export type { EffectiveState } from './mandate/effective-state.ts';
export { consequenceOf, enactors, isTerminal, legalActions, lifecycle, transition } from './mandate/lifecycle.ts';
export type { Consequence, MandateAction, MandateStateName } from './mandate/lifecycle.ts';
export type {
  Budget,
  Condition,
  DelegationBounds,
  HistoryRule,
  JudgedMandate,
  Mandate,
  MandateState,
  Overlay,
  SignalValue,
  StopProfile,
  SuspendCause,
} from './mandate/mandate.ts';

export { acts, everyProject, isAtLeast, mayAct, roleIn, roles } from './person/role.ts';
export type { Act, ActRule, Grants, Role } from './person/role.ts';

export { resourceUri } from './resource/build.ts';
export { containsResource, normaliseResource } from './resource/uri.ts';
export { visible } from './resource/visible.ts';
export type {
  ActorMatcher,
  Amount,
  AuthorityEntry,
  AuthoritySet,
  ChildBounds,
  Constraints,
  EntryDelegation,
  ResourceMatch,
} from './set/authority-set.ts';
export { actionWithin } from './set/action.ts';
export { mayHandOn } from './set/delegation.ts';
export { compileAuthoritySet } from './set/compile.ts';
export type { CompiledAuthoritySet } from './set/compile.ts';
export { intersect } from './set/intersect.ts';
export { permits } from './set/permits.ts';
export type { ActionRequest, AuthorityAnswer, AuthorityGap, Remedy, RequestParameters } from './set/permits.ts';
export { askingBefore, reachingToo, usingServers } from './set/reach.ts';
export type { GivenServer, SaidBefore } from './set/reach.ts';
export { expandPreset, presets, readOnlySandbox } from './set/preset.ts';
export type { ExpandedPreset, PresetBlanks, PresetName } from './set/preset.ts';
export { renderAuthority } from './set/render.ts';
export { isSubset } from './set/subset.ts';
export { suggest } from './set/suggest.ts';
export type { LeftAlone, Observed, Suggestion, Suggestions } from './set/suggest.ts';

export { askPolicy } from './verdict/ask-policy.ts';
export type { AgentPolicy } from './verdict/ask-policy.ts';
export { compileChain, epochSum, tightest } from './verdict/compiled-chain.ts';
export type { CompiledChain } from './verdict/compiled-chain.ts';
export { readingText, standing, timeSubject, whyMalformedConditions } from './verdict/condition.ts';
export type { ConditionStanding, SignalReading } from './verdict/condition.ts';
export { evaluate, evaluatorVersion, firstSpent } from './verdict/evaluate.ts';
export type {
  ActionApproval,
  Answer,
  CompiledInput,
  Decision,
  EvaluationInput,
  PolicyResult,
  Spend,
  TokenFacts,
  Verdict,
} from './verdict/evaluate.ts';
export {
  historyRoles,
  historySubject,
  historyTarget,
  isJudgedBy,
  noHistory,
  renderHistory,
  whyMalformedHistory,
} from './verdict/history.ts';
export type { History, HistoryRole, RuleHistory } from './verdict/history.ts';
export { parseHistoryLine } from './verdict/history-line.ts';
export type { HistoryLine } from './verdict/history-line.ts';
export { coversSubject, whyMalformedSubject } from './verdict/subject.ts';
export { explain } from './verdict/reason.ts';
export type { Explanation, Reason, ReasonCode } from './verdict/reason.ts';
