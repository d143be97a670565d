/** Where effects are judged: the client of control, the supervisor of process trees, the enforcer, the agent's door, and the sink library. */

// What asks control and needs nothing else has a face of its own: a command starts in half the time by it.
export * from './client/index.ts';

export { classifyShell } from './classify/classify-shell.ts';
export type { Doing } from './classify/doing.ts';
export type { ShellPlace } from './classify/shell-place.ts';

export { withoutUserinfo } from './broker/addresses.ts';
export { reachableUrl } from './broker/remote.ts';

export { probeSandbox } from './supervisor/probe-sandbox.ts';
export type { SandboxProbe } from './supervisor/probe-sandbox.ts';

export { gitRules, ownRules } from './supervisor/own-rules.ts';
export { openAttended } from './supervisor/attended-record.ts';
export type { AttendedPlace } from './supervisor/attended-record.ts';
export { everyProcess, leftOpen } from './supervisor/found.ts';
export type { Bounds } from './supervisor/found.ts';
export {
  freeze as freezeTree,
  kill as killTree,
  killSince,
  members as membersOfTree,
  thaw as thawTree,
  ticksNow,
  treeOf,
  verifyFrozen as verifyTreeFrozen,
} from './supervisor/process-tree.ts';
export type { ProcessTree } from './supervisor/process-tree.ts';

export { openDoor } from './gateway/agent-door.ts';
export type { AgentDoor } from './gateway/agent-door.ts';
export type { DoorHolder } from './gateway/door-holder.ts';
export { createSessionWays } from './gateway/session-ways.ts';
export type { SessionWays } from './gateway/session-ways.ts';
export { createCallOperations } from './gateway/hooks/call-operations.ts';
export type { Call, CallOperations, CallOperationsDeps } from './gateway/hooks/call-operations.ts';
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
} from './gateway/adapters/adapter.ts';
export { statusFile } from './gateway/adapters/adapter.ts';
export { refusalsBegin, statusPatterns } from './gateway/adapters/hook-command.ts';
export { acpAgentOf, openingMeta } from './gateway/acp/acp-agent.ts';
export type { AcpAgent } from './gateway/acp/acp-agent.ts';
export { createAcpProxy } from './gateway/acp/acp-proxy.ts';
export { createAskedCalls } from './gateway/acp/asked-calls.ts';
export type { AskedCalls } from './gateway/acp/asked-calls.ts';
export type { AcpProxy } from './gateway/acp/acp-proxy.ts';
export { readAdapter } from './gateway/adapters/read-adapter.ts';
export { harnessAdapters } from './gateway/adapters/adapters.ts';
export type { HarnessName } from './gateway/adapters/adapters.ts';
export { testAdapter } from './gateway/conformance/kit.ts';
export type { KitReport } from './gateway/conformance/kit.ts';
export type { KitLine, KitPlace } from './gateway/conformance/kit-line.ts';
export { runScripted, sessionFolder } from './gateway/conformance/run-scripted.ts';
export type { RunPlace } from './gateway/conformance/run-scripted.ts';
export { runCanary, versionOf } from './gateway/conformance/walk-program.ts';
export { startModelServer } from './gateway/scripted-model/model-server.ts';
export type { ModelRequest, ModelServer } from './gateway/scripted-model/model-server.ts';
export type { Script, ScriptedCall, Turn } from './gateway/scripted-model/script.ts';
export { refusalForModel, requestCommand, waitingForModel } from './gateway/hooks/words-for-model.ts';
export { startHookEndpoint } from './gateway/hooks/endpoint.ts';
export type { HookEndpoint } from './gateway/hooks/endpoint.ts';
export { callActions } from './gateway/hooks/call-actions.ts';
export { judgedActions } from './gateway/hooks/tool-call.ts';
export type { JudgedAction } from './gateway/hooks/tool-call.ts';

export { allowancesFile, readAllowance, readAllowances } from './gateway/egress/allowances.ts';
export type { AskPerson, PersonSaid, RefusedThere } from './gateway/egress/ask-person.ts';
export { nobodyToAsk } from './gateway/egress/ask-person.ts';
export type { WayOut } from './gateway/egress/way-out.ts';
export { throughGate } from './gateway/egress/way-out.ts';
export type { Resolve } from './gateway/egress/guarded-lookup.ts';
export { readSshKeys, whyNoSshKey, writeSshKeys } from './broker/ssh/ssh-keys.ts';
export type { SshKey } from './broker/ssh/ssh-keys.ts';
export { asAtDoor, nameAtDoor } from './gateway/mcp/at-door.ts';
export type { Pass as McpPass } from './gateway/mcp/outside/pass.ts';
export type { ShownCredential } from './broker/credentials/credential-store.ts';
export { findHistories } from './gateway/histories/find-histories.ts';
export type { HistoryFile } from './gateway/histories/find-histories.ts';
export { priceList, recordedPrices } from './gateway/model/model-price.ts';
export type { RecordedPrices } from './gateway/model/model-price.ts';
export { readHistory } from './gateway/histories/read-history.ts';
export { readGeminiUsage } from './gateway/histories/gemini-usage.ts';
export { readWords } from './gateway/histories/read-words.ts';
export type { HistoryHarness, Recorded, RecordedTokens, Words } from './gateway/histories/recorded.ts';
export { toolCalls } from './gateway/histories/tool-names.ts';

export { binPath, doorPath } from './enforcer/run-places.ts';
export { gatePort } from './supervisor/inside-places.ts';
export { startEnforcer } from './enforcer/start-enforcer.ts';
export type { Enforcer, EnforcerOptions } from './enforcer/start-enforcer.ts';
export { endpointOf, pointToken } from './enforcer/endpoints.ts';
export { stopLocalFromDisk } from './enforcer/reap.ts';
export { scopeOf } from './enforcer/scope.ts';
export { classScope } from './enforcer/class-scope.ts';
export { harnessScope } from './enforcer/harness-scope.ts';
export { hookLevels } from './enforcer/hook-levels.ts';
export { makeHome } from './gateway/adapters/make-home.ts';
export { keepShown, programAt, shownAdapters } from './gateway/adapters/shown-adapters.ts';
export type { ShownAdapter } from './gateway/adapters/shown-adapters.ts';
export type { Answer } from './enforcer/answer.ts';

export { createSink } from './sink/sink.ts';
export type { Claim, Redeemed, Sink, SinkOptions } from './sink/sink.ts';
