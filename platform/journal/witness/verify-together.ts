/** Verifies the journals of several planes, each by itself and against what the others and outsiders have witnessed of it. */
import type { Seal, VerifyReport } from '../journal.ts';
import type { Witnessed } from './witness-file.ts';

/** A journal that can be verified against checkpoints others have of it. */
export type Verifiable = {
  readonly plane: string;
  readonly verify: (expected: readonly Seal[]) => Promise<VerifyReport>;
};

/** A report for each plane. A checkpoint of a plane that is not among `journals` is not used. */
export async function verifyTogether(
  journals: readonly Verifiable[],
  witnesses: readonly Witnessed[],
): Promise<Readonly<Record<string, VerifyReport>>> {
  const fromFiles = (plane: string): readonly Seal[] => witnesses.filter((witness) => witness.plane === plane);
  const reports: Record<string, VerifyReport> = {};
  for (const { plane, verify } of journals) reports[plane] = await verify(fromFiles(plane));
  // What a journal has of another is known once it was read; one that turns out to be witnessed is read again.
  const known = Object.values(reports).map(({ witnessed }) => witnessed);
  for (const { plane, verify } of journals) {
    const byOthers = known.filter((seal) => seal !== null && seal.plane === plane).filter((seal) => seal !== null);
    if (byOthers.length > 0) reports[plane] = await verify([...byOthers, ...fromFiles(plane)]);
  }
  return reports;
}
