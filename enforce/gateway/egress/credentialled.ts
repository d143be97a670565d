/** The headers of a request with the credential for it in them, where the mandate of the run lets it use one. A placeholder goes nowhere but where it is for. */

import { resourceUri } from '@writ/authority';
import type { Headers } from '../../broker/credentials/credential.ts';
import { credentialFor, formsOf, placeholdersIn, withCredential } from '../../broker/credentials/credential.ts';
import type { CredentialStore } from '../../broker/credentials/credential-store.ts';
import type { Verdicts } from '../../client/verdicts.ts';
import type { DoorHolder } from '../door-holder.ts';
import type { RequestTarget } from './egress-target.ts';
import { askedBy } from './judged-request.ts';

type Desk = { readonly verdicts: Verdicts; readonly credentials: Pick<CredentialStore, 'of'> };

/** The headers to send, or why nothing is sent. */
export async function credentialled(
  holder: DoorHolder,
  { secure, authority, path }: RequestTarget,
  headers: Headers,
  { credentials, verdicts }: Desk,
): Promise<
  | {
      readonly ok: true;
      readonly headers: Headers;
      /** What of an answer the run does not see: a server may send back what it was sent. */
      readonly secrets: readonly string[];
    }
  | { readonly ok: false; readonly why: string }
> {
  const { project } = holder;
  const origin = `${secure ? 'https' : 'http'}://${authority}`;
  const credential = credentialFor(credentials.of(project), { project, origin, path });
  const brought = placeholdersIn(headers);
  const stray = brought.find((name) => name !== credential?.name);
  if (stray !== undefined)
    return {
      ok: false,
      why: `what stands for the credential \`${stray}\` was brought to \`${origin}\`, which it is not for`,
    };
  if (credential === null) return { ok: true, headers, secrets: [] };
  const resource = resourceUri('secret', credential.project, credential.name);
  if (!resource.ok) return { ok: false, why: resource.why };
  const { decision, sentence } = await verdicts.check({
    ...askedBy(holder),
    action: 'credential.use',
    resource: resource.uri,
  });
  if (decision === 'permit') {
    const ready = withCredential(headers, credential);
    return { ok: true, headers: ready, secrets: formsOf(credential, ready) };
  }
  return brought.length === 0 ? { ok: true, headers, secrets: [] } : { ok: false, why: sentence };
}
