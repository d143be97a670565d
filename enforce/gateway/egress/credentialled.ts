/** The headers of a request with the credential for it in them, where the mandate of the run lets it use one. A placeholder goes nowhere but where it is for. */

import { resourceUri } from '@writ/authority';
import type { Headers } from '../../broker/credentials/credential.ts';
import { credentialFor, placeholdersIn, withCredential } from '../../broker/credentials/credential.ts';
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
): Promise<{ readonly ok: true; readonly headers: Headers } | { readonly ok: false; readonly why: string }> {
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
  if (credential === null) return { ok: true, headers };
  const resource = resourceUri('secret', credential.project, credential.name);
  if (!resource.ok) return { ok: false, why: resource.why };
  const { decision, sentence } = await verdicts.check({
    ...askedBy(holder),
    action: 'credential.use',
    resource: resource.uri,
  });
  if (decision === 'permit') return { ok: true, headers: withCredential(headers, credential) };
  return brought.length === 0 ? { ok: true, headers } : { ok: false, why: sentence };
}
