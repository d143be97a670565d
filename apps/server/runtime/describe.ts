/** The OpenAPI description of the runtime's API. */

import { attentionWire, missionWire, runtimeApi, sessionWire, taskWire } from '@writ/protocol';
import { openApi } from '../http/openapi.ts';

export const describeRuntime = (): Record<string, unknown> =>
  openApi({
    title: 'Writ runtime',
    version: '0.1.0',
    description:
      'Sessions, missions and what waits for a person. It continues work; whether the work may continue is for control to say.',
    api: runtimeApi,
    shared: { AttentionItem: attentionWire, Mission: missionWire, Session: sessionWire, Task: taskWire },
  });
