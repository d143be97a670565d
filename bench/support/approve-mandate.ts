/** An approved mandate at a control that runs, with the credential of its agent, as any client would get them. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createCaller, endpointOf } from '@writ/enforce';
import { controlApi } from '@writ/protocol';

/** An approved mandate at control, and its agent's credential. */
export async function approveMandate(
  dir: string,
  allowed: { readonly resource: string; readonly action: string },
): Promise<{ readonly mandate: string; readonly token: string }> {
  const base = endpointOf(dir, 'control');
  if (base === null) throw new Error('control is not there');
  using owner = createCaller({
    base,
    token: readFileSync(join(dir, 'control', 'owner.token'), 'utf8').trim(),
    timeoutMs: 5_000,
  });
  const proposed = await owner.call(controlApi.propose, {
    body: {
      project: 'bench',
      purpose: 'measure',
      actor: 'builder',
      authorization_details: [
        {
          type: 'mission_resource_access',
          resource: allowed.resource,
          resource_match: 'prefix',
          actions: [allowed.action],
        },
      ],
      expires_at: new Date(Date.now() + 3_600_000).toISOString(),
    },
  });
  if (!proposed.ok) throw new Error(proposed.problem.detail);
  const { id: mandate, revision, text_digest } = proposed.value;
  await owner.call(controlApi.approve, { params: { id: mandate }, body: { revision, text_digest } });
  const issued = await owner.call(controlApi.issueCredential, { params: { id: mandate }, body: { run: 'bench' } });
  if (!issued.ok) throw new Error(issued.problem.detail);
  return { mandate, token: issued.value.credential };
}
