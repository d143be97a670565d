/**
 * Reads signed artifacts (SD-JWT, RFC 9901): signature, kind and shape, and each mandate of the chain by its digest. Whether one is the artifact that was asked for is
 * authority's to judge.
 *
 * A mandate that was read once is known by its digest, so that a renewal costs no more than its signature. It refuses a disclosure nobody signed for, and one that is missing.
 */

import type { Artifact, JudgedMandate } from '@writ/authority';
import {
  artifactFromWire,
  artifactType,
  artifactWire,
  disclosureDigest,
  maxArtifactLength,
  readDisclosure,
} from '@writ/protocol';
import type { KeyStore } from './key-store.ts';

export type ReadArtifact =
  { readonly ok: true; readonly artifact: Artifact } | { readonly ok: false; readonly why: string };

export interface ArtifactReader {
  /** Reads `text`. It is verified before it is looked into. */
  read(text: string): Promise<ReadArtifact>;
}

/** The most mandates that are known by digest; the one read longest ago leaves first. */
const maxKnown = 1_000;

/** A reader that knows no mandate yet. */
export function createArtifactReader(keys: KeyStore): ArtifactReader {
  const known = new Map<string, JudgedMandate>();

  /** INVARIANT: known only by the digest of the text it was read from, so that a digest control signed names one mandate. */
  function mandateOf(digest: string, disclosure: string): JudgedMandate | undefined {
    const found = known.get(digest);
    if (found !== undefined) return found;
    if (disclosureDigest(disclosure) !== digest) return undefined;
    const mandate = readDisclosure(disclosure);
    if (mandate === undefined) return undefined;
    known.set(digest, mandate);
    for (const oldest of known.keys()) {
      if (known.size <= maxKnown) break;
      known.delete(oldest);
    }
    return mandate;
  }

  return {
    async read(text) {
      if (text.length > maxArtifactLength) return no('it is too long');
      const [statement = '', ...rest] = text.split('~');
      const disclosures = rest.slice(0, -1);
      // RFC 9901 §4: a tilde ends the last disclosure, and what comes after it would be a proof of a key, of which there is none here.
      if (rest.at(-1) !== '') return no('it is not a statement with its disclosures');
      const verified = await keys.verify(statement, {
        type: artifactType,
        use: 'artifact',
        maxLength: maxArtifactLength,
      });
      if (!verified.ok) return verified;
      const claims = artifactWire.safeParse(verified.claims);
      if (!claims.success) return no(`it is not what an artifact is: ${claims.error.issues[0]?.path.join('.') ?? ''}`);
      const refs = claims.data.chain;
      if (refs.length !== disclosures.length) return no('it discloses other mandates than it names');
      const chain: JudgedMandate[] = [];
      for (const [index, { '...': digest }] of refs.entries()) {
        const mandate = mandateOf(digest, disclosures[index] ?? '');
        if (mandate === undefined) return no('it discloses a mandate that was not signed for');
        chain.push(mandate);
      }
      return { ok: true, artifact: artifactFromWire(claims.data, chain) };
    },
  };
}

const no = (why: string): ReadArtifact => ({ ok: false, why });
