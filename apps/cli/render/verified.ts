/** What a verification found, for a person. */

import type { VerifyWire } from '../connect/wire.ts';
import { count } from './block.ts';
import { safeText } from './safe-text.ts';
import type { Style } from './style.ts';
import { table } from './width.ts';

/** One journal: a line when it is intact, then each finding, what was erased by whom, and what an export withholds. */
export function showVerified(name: string, report: VerifyWire, style: Style): readonly string[] {
  const sealed = report.sealed === null ? '' : `, sealed to ${String(report.sealed.to)}`;
  const size = `${count(report.events, 'event')} in ${count(report.streams, 'stream')}, head ${String(report.head)}${sealed}`;
  const first = report.ok
    ? `${style.tone('good', style.mark('done'))} ${safeText(name)}: intact, ${size}`
    : `${style.tone('bad', style.mark('failed'))} ${safeText(name)}: ${count(report.findings.length, 'finding')}, ${size}`;
  const findings = report.findings.map(({ position, stream, version, problem }) => [
    position === 0 ? 'the whole' : `position ${String(position)}`,
    stream === '' ? '' : `${safeText(stream)} version ${String(version)}`,
    safeText(problem),
  ]);
  const erased = report.erased.map(
    ({ position, stream, version, by, at, reason }) =>
      `  erased: position ${String(position)}, ${safeText(stream)} version ${String(version)}, by ${safeText(by)} at ${at}: ${safeText(reason)}`,
  );
  const withheld =
    report.withheld.length === 0
      ? []
      : [`  withheld: the data of ${count(report.withheld.length, 'event')}; their envelopes and hashes are here`];
  return [first, ...(findings.length === 0 ? [] : table(findings)), ...erased, ...withheld];
}
