/**
 * What stands around one attended session: `@writ/enforce/attended`, for a launcher, which starts in half the time without the enforcer, its brokers and its kit. It has
 * nothing that the room's own face does not have.
 */

export * from '../start/index.ts';

export { seatbeltProfile } from '../supervisor/seatbelt-profile.ts';
export type { SeatbeltPlaces } from '../supervisor/seatbelt-profile.ts';
export { ownProc } from '../supervisor/own-proc.ts';
export { foldersAbove, gitRules, ownRules } from '../supervisor/own-rules.ts';
export { removeStrays, repositoryOf } from '../supervisor/git-places.ts';
export { filterDescriptor, giveFilter, kernelFilter } from '../supervisor/kernel-filter.ts';
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

export { openDoor } from '../gateway/agent-door.ts';
export type { AgentDoor } from '../gateway/agent-door.ts';
export type { DoorHolder } from '../gateway/door-holder.ts';
export { createSessionWays } from '../gateway/session-ways.ts';
export type { SessionWays } from '../gateway/session-ways.ts';
export { readSshKeys } from '../broker/ssh/ssh-keys.ts';
export type { SshKey } from '../broker/ssh/ssh-keys.ts';

export type { AskPerson, PersonSaid, RefusedThere } from '../gateway/egress/ask-person.ts';

export { keepShown, programAt, shownAdapters, wasSeenOf, wasShown } from '../gateway/adapters/shown-adapters.ts';
export type { ShownAdapter } from '../gateway/adapters/shown-adapters.ts';

export { createCallOperations } from '../gateway/hooks/call-operations.ts';
export type { Call, CallOperations, CallOperationsDeps } from '../gateway/hooks/call-operations.ts';
