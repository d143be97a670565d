/**
 * Erasure: data and salt go, the envelope, the hash of the data and the chain stay, and an event says who took them out, when and why. Without that event `verify` calls
 * it a finding; with it, and the data still there, as well: a backup that was put back brings erased data with it.
 */
import { JournalError } from './errors.ts';
import type { Erased, Erasure, VerifyFinding } from './journal.ts';
import type { PreparedAppend } from './prepare.ts';
import { prepareAppend } from './prepare.ts';

/** Where it is said what was erased. */
export const erasureStream = 'journal/erasures';
const type = 'journal.erased';

/** The most events one erasure takes. */
export const maxErased = 10_000;

/** Throws a `JournalError` of kind `input` for what cannot be erased, whatever the log holds. */
export function prepareErasure({ positions, project, actor, reason }: Erasure): PreparedAppend {
  const wanted = [...new Set(positions)].sort((a, b) => a - b);
  const odd = wanted.find((position) => !Number.isSafeInteger(position) || position < 1);
  if (odd !== undefined || wanted.length === 0 || wanted.length > maxErased) {
    const what = odd === undefined ? `${String(wanted.length)} events` : `the event at \`${String(odd)}\``;
    throw new JournalError('input', `${what} cannot be erased; name 1 to ${String(maxErased)} positions of events`);
  }
  const event = { type, project, actor, data: { positions: wanted, reason } };
  return { ...prepareAppend([{ stream: erasureStream, events: [event] }], []), erase: wanted };
}

/** Throws a `JournalError` of kind `input` when one of the `found` events is not there to be erased. */
export function checkErasable(
  wanted: readonly number[],
  found: readonly { readonly position: number; readonly type: string }[],
): void {
  const types = new Map(found.map((event) => [event.position, event.type]));
  for (const position of wanted) {
    const known = types.get(position);
    if (known === undefined || known === type) {
      const why = known === undefined ? 'the log has none there' : 'it says what was erased';
      throw new JournalError(
        'input',
        `the event at \`${String(position)}\` cannot be erased: ${why}; nothing was erased`,
      );
    }
  }
}

type Place = Omit<VerifyFinding, 'problem'>;
type Said = Pick<Erased, 'erasedAt' | 'by' | 'at' | 'reason'>;
type Told = {
  readonly position: number;
  readonly stream: string | undefined;
  readonly type: string;
  readonly actor: string;
  readonly at: string;
  readonly dataText: string | null;
};

/** Brings together, over a whole log, what is gone and what was said to be. */
export class ErasureCheck {
  readonly #gone = new Map<number, Place>();
  readonly #said = new Map<number, Said>();

  /** An event without its data. */
  gone(place: Place): void {
    this.#gone.set(place.position, place);
  }

  /** Any event; those that say what was erased are kept. */
  event({ position, stream: name, type: kind, actor, at, dataText }: Told): void {
    if (name !== erasureStream || kind !== type || dataText === null) return;
    const data = parse(dataText);
    if (!data) return;
    for (const erased of data.positions) {
      if (!this.#said.has(erased)) this.#said.set(erased, { erasedAt: position, by: actor, at, reason: data.reason });
    }
  }

  /** What was erased as it should be, and what does not fit together. `last`: the newest position of the log. */
  result(last: number): { readonly erased: readonly Erased[]; readonly findings: readonly VerifyFinding[] } {
    const erased: Erased[] = [];
    const findings: VerifyFinding[] = [];
    for (const place of this.#gone.values()) {
      const said = this.#said.get(place.position);
      if (said) erased.push({ ...place, ...said });
      else findings.push({ ...place, problem: 'the data was erased and no event says by whom' });
    }
    for (const [position, { erasedAt }] of this.#said) {
      if (this.#gone.has(position) || position > last) continue;
      const problem = `the data is here, though the event at ${String(erasedAt)} says it was erased`;
      findings.push({ position, stream: '', version: 0, problem });
    }
    return { erased, findings };
  }
}

function parse(text: string): { readonly positions: readonly number[]; readonly reason: string } | undefined {
  try {
    const data: unknown = JSON.parse(text);
    if (typeof data !== 'object' || data === null || !('positions' in data) || !('reason' in data)) return undefined;
    const { positions, reason } = data;
    if (!Array.isArray(positions) || typeof reason !== 'string') return undefined;
    return { positions: positions.filter((position): position is number => typeof position === 'number'), reason };
  } catch {
    // Not what was hashed; the log's own check has told.
    return undefined;
  }
}
