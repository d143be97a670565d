/** What the journal says of evidence: that the readings it rests on were reported so, and that its event stands unbroken in its chain. */

import type { JournalReader } from '@writ/journal';
import type { ConsentWire, EvidenceCheck } from '@writ/protocol';
import { eventIn } from '../event.ts';
import { signalStream } from '../streams.ts';

/** Whether each reading it rests on was reported, in these words, by this source. */
export async function signalsCheck(
  journal: JournalReader,
  { rested_on: readings }: ConsentWire,
): Promise<EvidenceCheck> {
  if (readings.length === 0) return { check: 'signals', holds: null, said: 'it rests on no reading' };
  for (const { subject, value, source, sequence } of readings) {
    const reported = await journal.read(signalStream(subject));
    const isThere = reported
      .map(eventIn)
      .some(
        (event) =>
          event.type === 'signal.reported' &&
          event.data.sequence === sequence &&
          event.data.source === source &&
          event.data.value === value,
      );
    if (!isThere) return { check: 'signals', holds: false, said: `nobody reported \`${subject}\` to be so` };
  }
  return { check: 'signals', holds: true, said: 'each reading it rests on was reported so' };
}

/** Whether its event is where it says, and the chain of its stream holds: the whole log is recomputed, and findings elsewhere are named as such. */
export async function streamCheck(journal: JournalReader, { journal: place }: ConsentWire): Promise<EvidenceCheck> {
  const [event] = await journal.read(place.stream, { after: place.version - 1, limit: 1 });
  const name = `position ${String(place.position)}`;
  if (event?.hash !== place.hash || event.position !== place.position)
    return { check: 'journal', holds: false, said: `another event stands at ${name}` };
  const { findings } = await journal.verify();
  const own = findings.find(({ stream }) => stream === place.stream || stream === '');
  if (own !== undefined)
    return { check: 'journal', holds: false, said: `position ${String(own.position)}: ${own.problem}` };
  const elsewhere = findings.length === 0 ? '' : '; other streams do not hold, `writ audit verify` names them';
  return { check: 'journal', holds: true, said: `it stands unbroken in its chain at ${name}${elsewhere}` };
}
