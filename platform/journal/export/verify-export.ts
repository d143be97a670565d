/**
 * Verifies an export by itself, far from where it was made: every hash, every checkpoint, the planes against each other, the manifest against the events and its signatures. `witnesses`
 * are checkpoints from elsewhere. It needs no key but those named in what it reads; whose they are is for who has a witness.
 */
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isSigned } from '../checkpoint/checkpoint.ts';
import { JournalError } from '../errors.ts';
import type { Seal, VerifyFinding, VerifyReport } from '../journal.ts';
import { LogCheck } from '../log-check.ts';
import type { StoredEvent, StoredHead } from '../log-check.ts';
import type { Witnessed } from '../witness/witness-file.ts';
import { verifyTogether } from '../witness/verify-together.ts';
import { lineToEvent, lineToHead } from './export-line.ts';
import { LogFacts } from './log-facts.ts';
import { manifestName, parseManifest, signatureProblem } from './manifest.ts';
import type { JournalManifest, Manifest } from './manifest.ts';
import { isWithheld } from './withholding.ts';

/** A report for each journal of the export, by its plane. `isSigned`: whether a key signed the manifest. */
export type VerifiedExport = {
  readonly journals: Readonly<Record<string, VerifyReport>>;
  readonly isSigned: boolean;
};

/** Rejects with a `JournalError` of kind `format` when `folder` holds no export this version can read. */
export async function verifyExport(folder: string, witnesses: readonly Witnessed[]): Promise<VerifiedExport> {
  const manifest = await readManifest(folder);
  const journals = Object.entries(manifest.journals).map(([plane, journal]) => ({
    plane,
    verify: (expected: readonly Seal[]) => verifyJournal(folder, manifest, { ...journal, plane }, expected),
  }));
  return { journals: await verifyTogether(journals, witnesses), isSigned: manifest.signatures.length > 0 };
}

/** The manifest of the export in `folder`. Rejects as `verifyExport` does. */
export async function readManifest(folder: string): Promise<Manifest> {
  const path = join(folder, manifestName);
  const text = await readFile(path, 'utf8').catch(() => {
    throw new JournalError('format', `there is no export in \`${folder}\`: it has no \`${manifestName}\``);
  });
  const manifest = parseManifest(text);
  if (typeof manifest === 'string') throw new JournalError('format', `\`${path}\` cannot be read: ${manifest}`);
  return manifest;
}

type Journal = JournalManifest & { readonly plane: string };

async function verifyJournal(
  folder: string,
  manifest: Manifest,
  journal: Journal,
  expected: readonly Seal[],
): Promise<VerifyReport> {
  const { seal } = journal;
  const check = new LogCheck(seal && isSigned(seal) ? [...expected, seal] : expected);
  const facts = new LogFacts();
  const said = problemsOfManifest(manifest, journal);
  for await (const { text, number } of linesOf(join(folder, journal.events_file), check)) {
    const event = lineToEvent(text, manifest.organisation);
    if (!event) {
      check.find(here(check), `line ${String(number)} of \`${journal.events_file}\` is no event`);
      continue;
    }
    check.event(event);
    facts.event(event);
    if (event.isWithheld && !isCovered(manifest, event))
      check.find(placeOf(event), 'the data is withheld, and no rule of the manifest says so');
  }
  const heads: StoredHead[] = [];
  for await (const { text, number } of linesOf(join(folder, journal.heads_file), check)) {
    const head = lineToHead(text);
    if (head) heads.push(head);
    else check.find(here(check), `line ${String(number)} of \`${journal.heads_file}\` is no head of a stream`);
  }
  check.heads(heads);
  const report = check.report();
  const findings = [...report.findings, ...said, ...againstManifest(report, facts, journal)];
  return { ...report, ok: findings.length === 0, findings };
}

const isCovered = ({ withholding }: Manifest, event: StoredEvent): boolean =>
  isWithheld(withholding, { ...event, stream: event.stream ?? '' });

const placeOf = ({ position, stream = '', version }: StoredEvent): Omit<VerifyFinding, 'problem'> => ({
  position,
  stream,
  version,
});

const here = ({ last }: LogCheck): Omit<VerifyFinding, 'problem'> => ({ position: last + 1, stream: '', version: 0 });

/** A finding about the whole log. */
const ofAll = (problem: string): VerifyFinding => ({ position: 0, stream: '', version: 0, problem });

function problemsOfManifest(manifest: Manifest, { seal, plane, keys, sealed }: Journal): readonly VerifyFinding[] {
  const problems: string[] = [];
  const unsigned = signatureProblem(manifest);
  if (unsigned !== undefined) problems.push(unsigned);
  if (seal && !isSigned(seal)) problems.push('the seal of the export was not signed by the key it names');
  if (seal && seal.plane !== plane) problems.push(`the seal of the export is of the journal of \`${seal.plane}\``);
  if (seal && sealed && seal.key !== sealed.key)
    problems.push(`the seal of the export was signed by another key, \`${seal.key}\`, than the checkpoint before it`);
  const stranger = manifest.signatures.find(
    ({ key }) => !Object.values(manifest.journals).some((journal) => journal.keys.includes(key)),
  );
  if (stranger && keys.length > 0)
    problems.push(`the manifest was signed by the key \`${stranger.key}\`, which none of its journals names`);
  return problems.map(ofAll);
}

/** Where what the manifest says is not what the events say. What a finding has told already is not told again. */
function againstManifest(report: VerifyReport, facts: LogFacts, journal: Journal): readonly VerifyFinding[] {
  const { head, withheld, incarnation, keys, seal } = journal;
  const problems: VerifyFinding[] = [];
  if (
    report.head < head &&
    !report.findings.some(({ problem }) => problem.includes('are missing: the log was cut off'))
  )
    problems.push({
      ...{ position: report.head + 1, stream: '', version: 0 },
      problem: `events ${String(report.head + 1)} to ${String(head)} are missing: the export was cut off`,
    });
  if (report.head > head)
    problems.push(ofAll(`the manifest ends at position ${String(head)} and the events at ${String(report.head)}`));
  if (facts.incarnation !== incarnation && report.head >= head)
    problems.push(
      ofAll(`the manifest says incarnation ${String(incarnation)} and the events ${String(facts.incarnation)}`),
    );
  if (report.withheld.length !== withheld && report.findings.length === 0)
    problems.push(
      ofAll(`the manifest says that ${String(withheld)} events are withheld and ${String(report.withheld.length)} are`),
    );
  const stranger = [...facts.keys, ...(seal ? [seal.key] : [])].find((key) => !keys.includes(key));
  if (stranger !== undefined)
    problems.push(ofAll(`the events are sealed under the key \`${stranger}\`, which the manifest does not name`));
  return problems;
}

/** The lines of a file, counted from 1. Breaks are line feeds alone: other line separators may stand in data. */
async function* linesOf(path: string, check: LogCheck): AsyncGenerator<{ text: string; number: number }> {
  let rest = '';
  let number = 0;
  try {
    for await (const chunk of createReadStream(path, 'utf8')) {
      const lines = (rest + String(chunk)).split('\n');
      rest = lines.pop() ?? '';
      for (const text of lines) yield { text, number: ++number };
    }
  } catch (error) {
    check.unreadable(error instanceof Error ? error.message : String(error));
    return;
  }
  if (rest !== '') yield { text: rest, number: ++number };
}
