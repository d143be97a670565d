/** What the enforcer asks its operating system for besides processes, each answered as on a machine where everything is as it should be. */

const probed = {
  ...{ works: true as const, by: 'the simulation', command: 'none' },
  ...{ places: 'own' as const, processes: 'namespace' as const },
};
export const probeSandbox = () => Promise.resolve(probed);
export const probeForSessions = () => Promise.resolve(probed);
export const probeSeatbelt = () => Promise.resolve(probed);
export const personIdentity = () => Promise.resolve({ name: 'Ada', email: 'ada@example.test' });
export const makeBin = (dir: string): string => `${dir}/bin`;
export const binPath = (dir: string): string => makeBin(dir);
export const doorPath = (dir: string, run: string): string => `${dir}/doors/${run}`;
/** Runs end with their enforcer here, and none is left to be ended. */
export const reapRuns = () => Promise.resolve({ all: [], killed: [] });
export const mandatesOfRuns = (): readonly string[] => [];
export const stopReason = (reason: string): string => reason;
export const stopLocalFromDisk = (): never => {
  throw new Error('nobody stops from the disk in the simulation');
};
/** One repository, which nobody writes into by hand. */
export const gitPlaces = (_path: string) => ({
  ...{ commonDir: '/simulated/repository/.git', gitDir: '/simulated/repository/.git', branch: null },
  ...{ writable: [] as readonly string[], readOnly: [] as readonly string[] },
});
export const repositoryOf = (): string | null => null;
export const straysIn = (): readonly string[] => [];
export const removeStrays = (): readonly string[] => [];

/** Nothing listens here. */
export const listening = () => [];
export const endListening = () => Promise.resolve(true);
