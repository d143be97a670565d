/** Requests as a test sends them: whatever it sends, what comes back is what counts. */

import { once } from 'node:events';
import type { ClientRequest, IncomingMessage } from 'node:http';

/** What a server answers to `sent`. Rejects where it answers nothing. */
export async function answerOf(sent: ClientRequest): Promise<IncomingMessage> {
  // One that refuses early may close while the rest is still being sent: that is heard after the answer, when `once` listens no more.
  sent.on('error', () => undefined);
  // What the event of node:http carries.
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  return response;
}
