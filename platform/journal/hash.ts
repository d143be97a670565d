/**
 * The hash chain. Each event's hash covers the hash before it in its stream, its whole envelope, and a salted hash of its data. Data enters only
 * through that salted hash, so data and salt can be erased together: the chain still verifies, and the short data (a yes, a number) cannot be guessed
 * back from what stays.
 *
 * SHA-256 (FIPS 180-4), base64url without padding (RFC 4648 §5), canonical JSON (RFC 8785).
 *
 * What the chains prove: no event of a stream was edited, inserted, dropped or reordered before the newest one, and, with positions that have no hole,
 * no whole stream was taken out of the middle of the log. What they cannot prove: that the newest events of the log were not cut off together with
 * their stream heads, or that the whole file was not replaced by an older or a rewritten one. Only a signed checkpoint kept elsewhere proves that.
 */
import { hash, randomBytes } from 'node:crypto';
import type { Envelope } from './journal.ts';

/** Bytes of salt per event. The length is fixed, so `salt ‖ text` has one reading. */
export const saltBytes = 16;

// Names what is hashed and how, so that no other text of this product can ever hash to an event.
const format = 'writ.journal.event.1';

const saltsPerDraw = 256;
let salts = Buffer.alloc(0);
let nextSalt = 0;

/** A fresh random salt. Salts are drawn from the system many at a time; each is handed out once. */
export function drawSalt(): Uint8Array {
  if (nextSalt >= salts.length) {
    salts = randomBytes(saltBytes * saltsPerDraw);
    nextSalt = 0;
  }
  nextSalt += saltBytes;
  return salts.subarray(nextSalt - saltBytes, nextSalt);
}

/** Where short input is put together, over and over. */
const input = Buffer.alloc(saltBytes + 4096);

/** H(salt ‖ canonical text of the data). */
export function hashData(salt: Uint8Array, canonical: string): string {
  // A UTF-16 unit takes three bytes of UTF-8 at most.
  const space = salt.length + canonical.length * 3;
  const bytes = space <= input.length ? input : Buffer.allocUnsafe(space);
  bytes.set(salt);
  const end = salt.length + bytes.write(canonical, salt.length);
  return hash('sha256', bytes.subarray(0, end), 'base64url');
}

/**
 * The hash of an event whose data hashes to `dataHash`, following `previous` (null for the first of its stream). `lineageText`: its lineage as it is stored, byte for byte.
 * The input is canonical JSON as long as the lineage is: an array of strings, integers and nulls has only one form.
 */
export function hashEvent(
  previous: string | null,
  envelope: Omit<Envelope, 'lineage' | 'data' | 'hash'>,
  lineageText: string,
  dataHash: string,
): string {
  const { position, stream, version, type, at, organisation, project, actor, cause = null } = envelope;
  // One call for all that stands before the lineage: several of them take longer than the hash.
  const place = JSON.stringify([
    format,
    previous,
    position,
    stream,
    version,
    type,
    at,
    organisation,
    project,
    actor,
    cause,
  ]);
  return hash('sha256', `${place.slice(0, -1)},${lineageText},${JSON.stringify(dataHash)}]`, 'base64url');
}
