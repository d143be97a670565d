/** Holds the snapshots beside a log against the log. A snapshot that is not what it should be changes no state, because no start believes it; that it is there is a finding all the same. */
import { isEndorsed, isSignedSnapshot } from './snapshot.ts';
import type { StoredSnapshot } from './snapshot.ts';

/** A snapshot with what the log has at its position (null: nothing), and where the newest erasure is (0: none). */
export type SnapshotInLog = {
  readonly snapshot: StoredSnapshot;
  readonly hashThere: string | null;
  readonly erasedAt: number;
};

/** What does not hold of a snapshot; undefined when all does. `keys`: the evidence keys that sealed the log; without any, whose it is cannot be told. */
export function problemOfSnapshot(
  { snapshot, hashThere, erasedAt }: SnapshotInLog,
  keys: ReadonlySet<string>,
): string | undefined {
  const { fold, position, headHash } = snapshot;
  const named = `the snapshot of \`${fold}\``;
  if (!isSignedSnapshot(snapshot)) return `${named} is not what its key signed: it was edited or swapped`;
  if (!isEndorsed(snapshot) || (keys.size > 0 && !keys.has(snapshot.endorsedBy)))
    return `${named} was signed by a key that no key of this log vouches for: it was put there by somebody else`;
  if (hashThere !== headHash)
    return `${named} was taken at event ${String(position)} of another log: it was swapped, or the log was set back`;
  if (erasedAt > position) return `${named} is older than the erasure at ${String(erasedAt)}: it was put back`;
  return undefined;
}
