/** The execution plane: sessions, missions, attention. It continues work; it never says whether the work may continue. */

export { runTurnProgram } from './agent/model/turn-program.ts';
export type { TurnProgram } from './agent/model/turn-program.ts';
export { openRuntime } from './runtime.ts';
export { parseLeave } from './mission/leave-line.ts';
export type { Runtime, RuntimeOptions, RunView } from './runtime.ts';
export { decide as decideMission } from './mission/decide.ts';
export { evolve as evolveMission } from './mission/evolve.ts';
export { dueOf } from './mission/mission.ts';
export type { Mission } from './mission/mission.ts';
export type { AgentCommands, AgentDetail, AgentPlace, AgentView } from './commands/agent-commands.ts';
export type { AttentionCommands } from './commands/attention-commands.ts';
export type { Asked, DoorCommands } from './commands/door-commands.ts';
export { runtimeChannels } from './told.ts';
export type { ToldResume, ToldTurn } from './told.ts';
export type { Who } from './commands/house.ts';
export type { HistoryEntry } from './session/handoff/take-in-history.ts';
export type { ForkCommands, HistoryView } from './commands/fork-commands.ts';
export type { MissionCommands, MissionSource } from './commands/mission-commands.ts';
export type { NewInput } from './commands/admit-input.ts';
export type { NewSession, Orientation, SessionCommands } from './commands/session-commands.ts';
export type { WorkspaceCommands } from './commands/workspace-commands.ts';
export type { Refusal, RefusalKind, Result } from './refusal.ts';
export type { AttentionView, CompiledView, EventView, MissionView, SessionView, TaskView } from './views.ts';
