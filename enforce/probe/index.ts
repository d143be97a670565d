/**
 * How this machine is looked at: whether a sandbox works here, and how Git is asked; and how Writ's own files on it are changed. `@writ/enforce/probe`, for a launcher, which looks while
 * it loads everything else: it needs nothing but Node, and has nothing that the room's own face does not have.
 */

export { alone, changeFile } from '../own-file.ts';

export { probeForSessions, probeSandbox } from '../supervisor/probe-sandbox.ts';
export type { SandboxProbe } from '../supervisor/probe-sandbox.ts';
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
