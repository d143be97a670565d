/** Where effects are judged: the client of control, the supervisor of process trees, the enforcer, the agent's door, and the sink library. */

// What asks control and needs nothing else has a face of its own (`client`), and so has what a launcher needs besides: a command starts in half the time by it.
export * from './attended/index.ts';
export * from './harness/index.ts';

export { classifyShell } from './classify/classify-shell.ts';
export { asRuleWrite } from './gateway/hooks/rule-write.ts';
export type { Doing } from './classify/doing.ts';
export type { ShellPlace } from './classify/shell-place.ts';

export { withoutUserinfo } from './broker/addresses.ts';
export { reachableUrl } from './broker/remote.ts';

export { keepShownSeatbelt, shownSeatbelt } from './supervisor/shown-seatbelt.ts';
export { tryAll } from './supervisor/seatbelt-canary.ts';
export type { Attempt as SeatbeltAttempt } from './supervisor/seatbelt-canary.ts';
export { trySeatbelt } from './supervisor/try-seatbelt.ts';

export { refusalsBegin, statusPatterns } from './gateway/adapters/hook-command.ts';
export { acpAgentOf, acpAgents, openingMeta, shownName } from './gateway/acp/acp-agent.ts';
export type { InstalledAcpAgent } from './gateway/acp/acp-agent.ts';
export { acpInfoOf, runAcpCanary } from './gateway/conformance/walk-acp.ts';
export type { AcpCanary } from './gateway/conformance/walk-acp.ts';
export { asks, modeIn, nameOf, wayBack } from './gateway/acp/modes.ts';
export { createAcpProxy } from './gateway/acp/acp-proxy.ts';
export { createAskedCalls } from './gateway/acp/asked-calls.ts';
export type { AskedCalls } from './gateway/acp/asked-calls.ts';
export { readAdapter } from './gateway/adapters/read-adapter.ts';
export { testAdapter } from './gateway/conformance/kit.ts';
export type { KitReport } from './gateway/conformance/kit.ts';
export type { KitLine, KitPlace } from './gateway/conformance/kit-line.ts';
export { runScripted, sessionFolder } from './gateway/conformance/run-scripted.ts';
export type { RunPlace } from './gateway/conformance/run-scripted.ts';
export { runCanary, versionOf } from './gateway/conformance/walk-program.ts';
export { startModelServer } from './gateway/scripted-model/model-server.ts';
export type { ModelRequest, ModelServer } from './gateway/scripted-model/model-server.ts';
export type { Script, ScriptedCall, Turn } from './gateway/scripted-model/script.ts';

export { allowancesFile, readAllowance } from './gateway/egress/allowances.ts';
export { nobodyToAsk } from './gateway/egress/ask-person.ts';
export type { Resolve } from './gateway/egress/guarded-lookup.ts';
export { changeSshKeys, whyNoSshKey } from './broker/ssh/ssh-keys.ts';
export type { Pass as McpPass } from './gateway/mcp/outside/pass.ts';
export type { ShownCredential } from './broker/credentials/credential-store.ts';
export { findHistories } from './gateway/histories/find-histories.ts';
export type { HistoryFile } from './gateway/histories/find-histories.ts';
export { priceList } from './gateway/model/model-price.ts';
export { readWords } from './gateway/histories/read-words.ts';
export { toolCalls } from './gateway/histories/tool-names.ts';

export { startEnforcer } from './enforcer/start-enforcer.ts';
export type { Enforcer, EnforcerOptions } from './enforcer/start-enforcer.ts';
export { stopLocalFromDisk } from './enforcer/reap.ts';
export { scopeOf } from './enforcer/scope.ts';
export { classScope } from './enforcer/class-scope.ts';
export { harnessScope } from './enforcer/harness-scope.ts';
export { hookLevels } from './enforcer/hook-levels.ts';
export type { Answer } from './enforcer/answer.ts';
export { holdOperation } from './enforcer/held-operation.ts';

export { createSink } from './sink/sink.ts';
export type { Claim, Redeemed, Sink, SinkOptions } from './sink/sink.ts';
