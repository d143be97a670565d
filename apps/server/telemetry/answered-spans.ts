/** The answer to each call of a route as a span, in the trace that the caller named. */

import type { MountOptions, Principal } from '../http/call.ts';
import type { Telemetry } from './telemetry.ts';
import { routeAttributes } from './told-spans.ts';

/** What stands around the answer to a call. */
export const answeredIn =
  <P extends Principal>(telemetry: Telemetry): NonNullable<MountOptions<P>['around']> =>
  ({ route: { method, path, status } }, { caller, header }, act) => {
    const route = `${method} ${path}`;
    const parent = { traceparent: header('traceparent'), tracestate: header('tracestate') };
    const attributes = { ...routeAttributes(route), 'writ.caller': caller.kind };
    return telemetry.span(route, { kind: 'server', parent, attributes }, async (span) => {
      const answer = await act();
      span.set({ 'http.response.status_code': answer.ok ? status : answer.problem.status });
      if (!answer.ok) {
        span.set({ 'writ.reason': answer.problem.code });
        if (answer.problem.status >= 500) span.fail(answer.problem.code);
      }
      return answer;
    });
  };
