/**
 * What stands around one attended session: `@writ/enforce/attended`, for a launcher, which starts in half the time without the enforcer, its brokers and its kit. It has
 * nothing that the room's own face does not have.
 */

export * from '../client/index.ts';

export * from '../probe/index.ts';
export { bubblewrap, seatbelt } from '../supervisor/sandbox-kind.ts';
export type { SandboxKind } from '../supervisor/sandbox-kind.ts';
export { seatbeltProfile } from '../supervisor/seatbelt-profile.ts';
export type { SeatbeltPlaces } from '../supervisor/seatbelt-profile.ts';
export { ownProc } from '../supervisor/own-proc.ts';
export { foldersAbove, gitRules, ownRules } from '../supervisor/own-rules.ts';
export {
  commonDirOf,
  misleading,
  programKeys,
  quietEnv,
  quietSettings,
  settingsEnv,
  silencing,
} from '../supervisor/quiet-git.ts';
export type { Setting } from '../supervisor/quiet-git.ts';
export { removeStrays, repositoryOf } from '../supervisor/git-places.ts';
export { terminalFilter } from '../supervisor/terminal-filter.ts';
export { openAttended } from '../supervisor/attended-record.ts';
export type { AttendedPlace } from '../supervisor/attended-record.ts';
export { everyProcess, leftOpen } from '../supervisor/found.ts';
export type { Bounds } from '../supervisor/found.ts';
export {
  freeze as freezeTree,
  kill as killTree,
  killSince,
  members as membersOfTree,
  thaw as thawTree,
  ticksNow,
  treeOf,
  verifyFrozen as verifyTreeFrozen,
} from '../supervisor/process-tree.ts';
export type { ProcessTree } from '../supervisor/process-tree.ts';
export { gatePort } from '../supervisor/inside-places.ts';

export { openDoor } from '../gateway/agent-door.ts';
export type { AgentDoor } from '../gateway/agent-door.ts';
export type { DoorHolder } from '../gateway/door-holder.ts';
export { asAtDoor, serversAtDoor } from '../gateway/mcp/at-door.ts';
export { createSessionWays } from '../gateway/session-ways.ts';
export type { SessionWays } from '../gateway/session-ways.ts';
export { readSshKeys } from '../broker/ssh/ssh-keys.ts';
export type { SshKey } from '../broker/ssh/ssh-keys.ts';

export { readAllowances } from '../gateway/egress/allowances.ts';
export type { AskPerson, PersonSaid, RefusedThere } from '../gateway/egress/ask-person.ts';
export type { WayOut } from '../gateway/egress/way-out.ts';
export { throughGate } from '../gateway/egress/way-out.ts';

export type {
  Canary,
  HarnessAdapter,
  NativeQuestion,
  HarnessEvent,
  HookAnswer,
  HookPlace,
  McpCommand,
  Prompt,
  SessionFile,
  Started,
  StartPlace,
  Told,
} from '../gateway/adapters/adapter.ts';
export { statusFile } from '../gateway/adapters/adapter.ts';
export { harnessAdapters } from '../gateway/adapters/adapters.ts';
export type { HarnessName } from '../gateway/adapters/adapters.ts';
export type { AcpAgent } from '../gateway/acp/acp-agent.ts';
export type { AcpProxy } from '../gateway/acp/acp-proxy.ts';
export { makeHome } from '../gateway/adapters/make-home.ts';
export { keepShown, programAt, shownAdapters } from '../gateway/adapters/shown-adapters.ts';
export type { ShownAdapter } from '../gateway/adapters/shown-adapters.ts';

export { startHookEndpoint } from '../gateway/hooks/endpoint.ts';
export type { HookEndpoint } from '../gateway/hooks/endpoint.ts';
export { createCallOperations } from '../gateway/hooks/call-operations.ts';
export type { Call, CallOperations, CallOperationsDeps } from '../gateway/hooks/call-operations.ts';
export { refusalForModel, requestCommand, waitingForModel } from '../gateway/hooks/words-for-model.ts';
export { callActions } from '../gateway/hooks/call-actions.ts';
export { judgedActions } from '../gateway/hooks/tool-call.ts';
export type { JudgedAction } from '../gateway/hooks/tool-call.ts';

export { binPath, doorPath } from '../enforcer/run-places.ts';
export { endpointOf, pointToken } from '../enforcer/endpoints.ts';

export { recordedPrices } from '../gateway/model/model-price.ts';
export type { RecordedPrices } from '../gateway/model/model-price.ts';
export { readHistory } from '../gateway/histories/read-history.ts';
export { readGeminiUsage } from '../gateway/histories/gemini-usage.ts';
export type { HistoryHarness, Recorded, RecordedTokens, Words } from '../gateway/histories/recorded.ts';
