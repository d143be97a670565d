/** Rows of stored snapshots as they come back, of whichever database. */
import type { StoredSnapshot } from './snapshot.ts';
import type { SnapshotInLog } from './snapshot-check.ts';

export type SnapshotRow = {
  readonly fold: string;
  readonly fold_version: string;
  readonly position: number;
  readonly head_hash: string;
  readonly key: string;
  readonly signature: string;
  readonly endorsed_by: string;
  readonly endorsement: string;
  readonly content: Uint8Array;
};

/** `hash_there`: of the event at the snapshot's position; `erased_at`: where the newest erasure is. */
export type SnapshotInLogRow = SnapshotRow & { readonly hash_there: string | null; readonly erased_at: number };

export function toSnapshot(row: SnapshotRow): StoredSnapshot {
  const { fold, position, key, signature, endorsement, content } = row;
  return {
    ...{ fold, foldVersion: row.fold_version, position, headHash: row.head_hash, content },
    ...{ key, signature, endorsedBy: row.endorsed_by, endorsement },
  };
}

export const toSnapshotInLog = (row: SnapshotInLogRow): SnapshotInLog => ({
  snapshot: toSnapshot(row),
  hashThere: row.hash_there,
  erasedAt: row.erased_at,
});

/** The columns before the content, in the order of the statements that write them. */
export function columnsOf(snapshot: StoredSnapshot): readonly (string | number)[] {
  const { fold, foldVersion, position, headHash, key, signature, endorsedBy, endorsement } = snapshot;
  return [fold, foldVersion, position, headHash, key, signature, endorsedBy, endorsement];
}
