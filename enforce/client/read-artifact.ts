/** A signed artifact as what it says, or why it says nothing: signature, kind and shape. Whether it is the one that was asked for is authority's to judge. */

import type { Artifact } from '@writ/authority';
import { artifactFromWire, artifactType, artifactWire, maxArtifactLength } from '@writ/protocol';
import type { KeyStore } from './key-store.ts';

export type ReadArtifact =
  { readonly ok: true; readonly artifact: Artifact } | { readonly ok: false; readonly why: string };

/** Reads `text`. It is verified before it is looked into. */
export async function readArtifact(text: string, keys: KeyStore): Promise<ReadArtifact> {
  const verified = await keys.verify(text, { type: artifactType, use: 'artifact', maxLength: maxArtifactLength });
  if (!verified.ok) return verified;
  const claims = artifactWire.safeParse(verified.claims);
  return claims.success
    ? { ok: true, artifact: artifactFromWire(claims.data) }
    : { ok: false, why: `it is not what an artifact is: ${claims.error.issues[0]?.path.join('.') ?? ''}` };
}
