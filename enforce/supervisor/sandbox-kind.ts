/**
 * What a sandbox is to a run, fact by fact, because the two there are differ in them: where the run finds what it is given, and how its processes are ended. What files and network it
 * has, is contained by both.
 */

export type SandboxKind = {
  /** As people call it. */
  readonly by: string;
  /** The program that makes it. */
  readonly command: string;
  /** `own`: a file system and a network of its own, with what it is given at `insidePlaces`. `outside`: paths and ports are the machine's, and rules say which it may use. */
  readonly places: 'own' | 'outside';
  /** `namespace`: every process there is ends with it. `tracked`: they are looked for, as they are without a sandbox. */
  readonly processes: 'namespace' | 'tracked';
};

export const bubblewrap: SandboxKind = {
  ...{ by: 'bubblewrap', command: 'bwrap' },
  ...{ places: 'own', processes: 'namespace' },
};
/** By its whole path: whoever writes to a folder of the PATH must not choose what holds an agent. */
export const seatbelt: SandboxKind = {
  ...{ by: 'Seatbelt', command: '/usr/bin/sandbox-exec' },
  ...{ places: 'outside', processes: 'tracked' },
};
