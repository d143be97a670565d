/**
 * The one door to OpenTelemetry. Nothing of it is loaded before the standard environment names an endpoint, so that nobody else pays for it.
 */

import type { Log } from '../log/log.ts';
import { askedBy } from './environment.ts';
import type { Environment } from './environment.ts';
import type { Telemetry } from './telemetry.ts';

/** The telemetry of a process, `plane`, as the environment asks for it; null where it asks for none, or for what cannot be done, which is then in the log. */
export async function startTelemetry(env: Environment, plane: string, log: Log): Promise<Telemetry | null> {
  const asked = askedBy(env);
  if (asked.as === 'off') return null;
  if (asked.as === 'unclear') {
    log.warn('telemetry.off', { sentence: asked.sentence });
    return null;
  }
  const { startOpenTelemetry } = await import('./open-telemetry.ts');
  const telemetry = await startOpenTelemetry(asked.wanted, plane, log);
  log.info('telemetry.on', { traces: asked.wanted.traces, metrics: asked.wanted.metrics });
  return telemetry;
}
