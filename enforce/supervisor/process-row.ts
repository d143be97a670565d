/** What a system says of one process, whichever way it is asked. */

export type ProcessRow = {
  readonly pid: number;
  readonly ppid: number;
  readonly pgid: number;
  /** Null where the system does not tell. */
  readonly sid: number | null;
  /** Opaque; the same pid with another start time is another process. */
  readonly startTime: string;
  /** As `ps` spells it: `T` stopped, `Z` zombie, `D` (BSD: `U`) in the kernel, … */
  readonly state: string;
};
