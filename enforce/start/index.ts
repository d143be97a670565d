/**
 * What a launcher needs until its start is approved: `@writ/enforce/start`. It has nothing that the room's own face does not have; what it needs besides is loaded while control and the
 * runtime are asked (`load-attended.ts`).
 */

export * from '../client/index.ts';

export * from '../probe/index.ts';
export { bubblewrap, seatbelt } from '../supervisor/sandbox-kind.ts';
export type { SandboxKind } from '../supervisor/sandbox-kind.ts';
export { openAttended } from '../supervisor/attended-record.ts';
export type { AttendedPlace } from '../supervisor/attended-record.ts';
export { gatePort } from '../supervisor/inside-places.ts';

export { asAtDoor, serversAtDoor } from '../gateway/mcp/at-door.ts';
export { readAllowances } from '../gateway/egress/allowances.ts';
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
export type { AdapterContent } from '../gateway/adapters/adapter-content.ts';
export { givenBy, NotAsTheContract } from '../gateway/adapters/given-by.ts';
export { hookPatienceS } from '../gateway/adapters/hook-command.ts';
export { makeHome } from '../gateway/adapters/make-home.ts';

export { startHookEndpoint } from '../gateway/hooks/endpoint.ts';
export type { HookEndpoint } from '../gateway/hooks/endpoint.ts';

export { binPath, doorPath } from '../enforcer/run-places.ts';
export { endpointOf, pointToken } from '../enforcer/endpoints.ts';

export { attendedParts, loadInParts } from './load-attended.ts';
