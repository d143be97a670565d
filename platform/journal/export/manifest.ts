/**
 * What an export says of itself: which journals, how far, sealed under which keys, what is left out and by which rules. It is signed with the evidence key of each journal
 * that was at hand, so that an export cannot be cut short or left out of later without the key.
 *
 * Ed25519 (RFC 8032) over canonical JSON (RFC 8785). Names on the wire are snake_case.
 */
import { createPublicKey, sign, verify } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import type { Checkpoint } from '../checkpoint/checkpoint.ts';
import { checkpointIn } from '../checkpoint/checkpoint.ts';
import { toCanonical } from '../json.ts';
import type { Withholding } from './withholding.ts';

export const manifestName = 'manifest.json';
export const exportFormat = 'writ.export.1';

/** The newest reader of exports; an export names the one it needs. */
export const exportReader = 1;

/**
 * One journal of an export. `seal` is a checkpoint made for the export, over what came since the newest in the log (`sealed`). `witnessed` is the newest of the other plane in it.
 */
export type JournalManifest = {
  readonly events_file: string;
  readonly heads_file: string;
  readonly events: number;
  readonly streams: number;
  readonly head: number;
  readonly withheld: number;
  readonly incarnation: number;
  readonly checkpoints: number;
  readonly keys: readonly string[];
  readonly sealed: Checkpoint | null;
  readonly seal: Checkpoint | null;
  readonly witnessed: Checkpoint | null;
};

export type Manifest = {
  readonly format: string;
  readonly reader: number;
  readonly exported_at: string;
  readonly organisation: string;
  readonly withholding: Withholding;
  readonly journals: Readonly<Record<string, JournalManifest>>;
  readonly signatures: readonly { readonly key: string; readonly signature: string }[];
};

const textOf = (manifest: Omit<Manifest, 'signatures'>): Buffer => {
  const { format, reader, exported_at, organisation, withholding, journals } = manifest;
  const canonical = toCanonical({ format, reader, exported_at, organisation, withholding, journals });
  if (!canonical.ok) throw new TypeError(`the manifest is no JSON at \`${canonical.path}\``);
  return Buffer.from(`writ.export.manifest.1 ${canonical.text}`);
};

/** Signs a manifest with each of `keys`. */
export function signManifest(manifest: Omit<Manifest, 'signatures'>, keys: readonly KeyObject[]): Manifest {
  const signatures = keys.map((key) => ({
    key: createPublicKey(key).export({ format: 'jwk' }).x ?? '',
    signature: sign(null, textOf(manifest), key).toString('base64url'),
  }));
  return { ...manifest, signatures };
}

/** What is wrong with the signatures; undefined when each was made by the key it names. */
export function signatureProblem(manifest: Manifest): string | undefined {
  const text = textOf(manifest);
  const bad = manifest.signatures.find(({ key, signature }) => !isSignedBy(text, key, signature));
  return bad && `the manifest was not signed by the key it names, \`${bad.key}\`: it was changed`;
}

function isSignedBy(text: Buffer, x: string, signature: string): boolean {
  try {
    const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
    return verify(null, text, key, Buffer.from(signature, 'base64url'));
  } catch {
    // No Ed25519 key at all.
    return false;
  }
}

/** The manifest in a file's text; a sentence when it is none. */
export function parseManifest(text: string): Manifest | string {
  const value = parseJson(text);
  if (!isRecord(value) || typeof value['format'] !== 'string' || !value['format'].startsWith('writ.export.'))
    return 'it is no manifest of an export';
  const { reader, exported_at, organisation, withholding, journals, signatures } = value;
  if (typeof reader !== 'number') return 'it does not say which reader it needs';
  if (reader > exportReader)
    return `it needs reader \`${String(reader)}\` of exports and this one is \`${String(exportReader)}\`; upgrade writ`;
  if (typeof exported_at !== 'string' || typeof organisation !== 'string')
    return 'it does not say whose and of when it is';
  if (!isWithholding(withholding)) return 'it does not say what is withheld';
  if (!isRecord(journals) || !Array.isArray(signatures)) return 'it names no journals';
  const parsed = Object.entries(journals).map(([name, journal]) => [name, journalIn(journal)] as const);
  const bad = parsed.find(([, journal]) => journal === undefined);
  if (bad) return `what it says of the journal \`${bad[0]}\` cannot be read`;
  const common = { format: value['format'], reader, exported_at, organisation, withholding };
  // Both were looked at, the second member by member where it is used.
  const rest = {
    journals: Object.fromEntries(parsed) as Manifest['journals'],
    signatures: signatures.map(signatureIn),
  };
  return { ...common, ...rest };
}

function journalIn(value: unknown): JournalManifest | undefined {
  if (!isRecord(value)) return undefined;
  const { events_file, heads_file, events, streams, head, withheld, incarnation, checkpoints, keys } = value;
  if (!isFileName(events_file) || !isFileName(heads_file) || !Array.isArray(keys)) return undefined;
  if (!isCount(events) || !isCount(streams) || !isCount(head) || !isCount(withheld)) return undefined;
  if (!isCount(incarnation) || !isCount(checkpoints)) return undefined;
  const numbers = { events, streams, head, withheld, incarnation, checkpoints };
  const [sealed, seal, witnessed] = [value['sealed'], value['seal'], value['witnessed']].map((one) =>
    one === null ? null : checkpointIn(one),
  );
  if (sealed === undefined || seal === undefined || witnessed === undefined) return undefined;
  return { events_file, heads_file, ...numbers, keys: keys.map(String), sealed, seal, witnessed };
}

function signatureIn(value: unknown): { readonly key: string; readonly signature: string } {
  const { key, signature } = isRecord(value) ? value : {};
  return { key: typeof key === 'string' ? key : '', signature: typeof signature === 'string' ? signature : '' };
}

function isWithholding(value: unknown): value is Withholding {
  const isNames = (names: unknown): boolean => Array.isArray(names) && names.every((name) => typeof name === 'string');
  return isRecord(value) && isNames(value['streams']) && isNames(value['types']) && isNames(value['projects']);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

// Every member is looked at before it is believed.
const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;
const isCount = (value: unknown): value is number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
// A name that leads out of the export's folder would have another file read in its place.
const isFileName = (value: unknown): value is string =>
  typeof value === 'string' && /^[a-z0-9][a-z0-9.-]{0,80}$/.test(value);
