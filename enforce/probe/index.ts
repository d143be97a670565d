/**
 * Whether a sandbox works here: `@writ/enforce/probe`, for a launcher, which tries it while it loads everything else. It needs nothing but Node, and has nothing that the room's own
 * face does not have.
 */

export { probeForSessions, probeSandbox } from '../supervisor/probe-sandbox.ts';
export type { SandboxProbe } from '../supervisor/probe-sandbox.ts';
