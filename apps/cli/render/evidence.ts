/** Evidence of an approval, as somebody reads it who was not there: who, what, how they were known, and what of it holds. Pure. */

import type { ConsentWire, EvidenceCheck } from '@writ/protocol';
import { bullet, facts, section, titleLine } from './block.ts';
import { hows, renderApprovalText } from './mandate.ts';
import { safeLines, safeText } from './safe-text.ts';
import type { Style } from './style.ts';
import { relative } from './when.ts';

/** One approval on one page. */
export function renderEvidence(consent: ConsentWire, style: Style): string[] {
  const { journal, credential, step_up: proof, revision } = consent;
  const token = credential === null ? 'no token was shown' : `${credential.id}, ${credential.digest ?? 'not known'}…`;
  return [
    titleLine(`${style.bold('Evidence')} of ${safeText(consent.kind)} ${safeText(consent.id)}`, 'approved', style),
    ...facts(
      [
        ['by', safeText(`${consent.approved_by}, ${hows[consent.how] ?? consent.how}`)],
        ['at', `${consent.approved_at} (${relative(consent.approved_at, style.now)})`],
        ['asked by', safeText(consent.requested_by.join(', '))],
        ['token', safeText(token)],
        [
          'proof',
          proof === null ? 'none beyond the token' : `signed with a key of their own, ${relative(proof.at, style.now)}`,
        ],
        ['revision', revision === null ? '' : String(revision)],
        ['policy', safeText(consent.policy ?? '')],
        ['text', `SHA-256 ${safeText(consent.text_digest)}, by ${safeText(consent.renderer)}`],
        [
          'journal',
          safeText(`position ${String(journal.position)}, ${journal.stream} version ${String(journal.version)}`),
        ],
      ],
      style,
    ),
    ...section(
      'It rested on',
      consent.rested_on.flatMap(({ subject, value, source, sequence }) =>
        bullet(safeText(`${subject} was ${String(value)}, by ${source} (${String(sequence)})`), style),
      ),
      style,
    ),
    ...section(
      consent.how === 'delegated' ? 'What anybody would have been shown; nobody was' : 'What was shown',
      renderApprovalText(safeLines(consent.text.trimEnd()), style),
      style,
    ),
  ];
}

/** What of it holds: one line for each part. */
export const renderChecks = (checks: readonly EvidenceCheck[], style: Style): string[] =>
  section(
    'Verified',
    checks.map(({ check, holds, said }) => {
      const word =
        holds === null
          ? style.dim('–')
          : holds
            ? style.tone('good', style.mark('done'))
            : style.tone('bad', style.mark('failed'));
      return `  ${word} ${check.padEnd(10)} ${holds === null ? style.dim(safeText(said)) : safeText(said)}`;
    }),
    style,
  );
