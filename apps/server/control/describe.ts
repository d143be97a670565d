/** The OpenAPI description of control's API. */

import { controlApi, mandateWire, operationWire, reasonWire, receiptWire, verdictWire } from '@writ/protocol';
import { openApi } from '../http/openapi.ts';
import { pushPaths } from './describe-push.ts';

export const describeControl = (): Record<string, unknown> =>
  openApi({
    title: 'Writ control',
    version: '0.1.0',
    description:
      'Every governance act and every verdict: proposals, approvals, stops with receipts, operations with leases, permits, signals.',
    api: controlApi,
    shared: {
      Mandate: mandateWire,
      Operation: operationWire,
      Reason: reasonWire,
      Receipt: receiptWire,
      Verdict: verdictWire,
    },
    paths: {
      ...pushPaths,
      '/v1/events': {
        get: {
          operationId: 'events',
          summary:
            'the change stream: server-sent events, one per journal position, and a comment `: FROM TO` as heartbeat',
          description:
            'For: person, point. Resumes after `Last-Event-ID` or `after`; starts at the head without either. An event `resync` means: ask again from the start. A heartbeat whose `FROM` is ahead of the last position you have means that something was lost on the way.',
          parameters: [
            { name: 'Last-Event-ID', in: 'header', required: false, schema: { type: 'integer' } },
            { name: 'after', in: 'query', required: false, schema: { type: 'integer' } },
          ],
          responses: {
            '200': { description: 'the stream', content: { 'text/event-stream': { schema: { type: 'string' } } } },
          },
          security: [{ bearer: [] }],
        },
      },
    },
  });
