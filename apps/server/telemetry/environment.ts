/**
 * What the standard environment of OpenTelemetry asks for, as far as its packages do not read it themselves (they read the rest of `OTEL_EXPORTER_OTLP_*`, `OTEL_SERVICE_NAME` and
 * `OTEL_RESOURCE_ATTRIBUTES`). Pure.
 *
 * It refuses to guess: a sampler, a protocol or an exporter that is not had here is a value that says which are.
 */

export type Wanted = {
  readonly traces: boolean;
  readonly metrics: boolean;
  readonly protocol: 'protobuf' | 'json';
  readonly sampler: Sampler;
  readonly batch: Batch;
  /** How often metrics are sent, milliseconds. */
  readonly metricIntervalMs: number;
};

/** `ratio`: of the traces that begin here. `followsParent`: what began elsewhere is sampled as it was there. */
export type Sampler = { readonly ratio: number; readonly followsParent: boolean };

export type Batch = { readonly delayMs: number; readonly queue: number; readonly size: number };

export type Environment = Readonly<Record<string, string | undefined>>;

/** `off`: nobody named an endpoint, or somebody said no. `unclear`: one was named, and something else cannot be done. */
export type Asked =
  | { readonly as: 'off' }
  | { readonly as: 'unclear'; readonly sentence: string }
  | { readonly as: 'wanted'; readonly wanted: Wanted };

class Unclear extends Error {}

/** What `env` asks for. */
export function askedBy(env: Environment): Asked {
  try {
    const wanted = wantedBy((name) => (env[name] === '' ? undefined : env[name]));
    return wanted === null ? { as: 'off' } : { as: 'wanted', wanted };
  } catch (error) {
    if (error instanceof Unclear) return { as: 'unclear', sentence: error.message };
    throw error;
  }
}

type Said = (name: string) => string | undefined;

function wantedBy(said: Said): Wanted | null {
  if (said('OTEL_SDK_DISABLED')?.toLowerCase() === 'true') return null;
  const endpoint = said('OTEL_EXPORTER_OTLP_ENDPOINT');
  const isWanted = (signal: 'TRACES' | 'METRICS'): boolean =>
    (endpoint ?? said(`OTEL_EXPORTER_OTLP_${signal}_ENDPOINT`)) !== undefined &&
    oneOf(`OTEL_${signal}_EXPORTER`, said, ['otlp', 'none']) !== 'none';
  const [traces, metrics] = [isWanted('TRACES'), isWanted('METRICS')];
  if (!traces && !metrics) return null;
  const protocol = oneOf('OTEL_EXPORTER_OTLP_PROTOCOL', said, ['http/protobuf', 'http/json']);
  return {
    traces,
    metrics,
    protocol: protocol === 'http/json' ? 'json' : 'protobuf',
    sampler: samplerOf(said),
    batch: {
      delayMs: numberOf('OTEL_BSP_SCHEDULE_DELAY', said, 5_000),
      queue: numberOf('OTEL_BSP_MAX_QUEUE_SIZE', said, 2_048),
      size: numberOf('OTEL_BSP_MAX_EXPORT_BATCH_SIZE', said, 512),
    },
    metricIntervalMs: numberOf('OTEL_METRIC_EXPORT_INTERVAL', said, 60_000),
  };
}

function samplerOf(said: Said): Sampler {
  const kinds = ['always_on', 'always_off', 'traceidratio'] as const;
  const parent = 'parentbased_';
  const name = oneOf('OTEL_TRACES_SAMPLER', said, [...kinds, ...kinds.map((kind) => `${parent}${kind}`)]);
  const followsParent = name === undefined || name.startsWith(parent);
  if (name === undefined || name.endsWith('always_on')) return { ratio: 1, followsParent };
  if (name.endsWith('always_off')) return { ratio: 0, followsParent };
  return { ratio: Math.min(1, numberOf('OTEL_TRACES_SAMPLER_ARG', said, 1)), followsParent };
}

function oneOf(name: string, said: Said, had: readonly string[]): string | undefined {
  const text = said(name);
  if (text === undefined || had.includes(text)) return text;
  throw new Unclear(`\`${name}=${text}\` is not had here; ${had.map((one) => `\`${one}\``).join(', ')} are`);
}

function numberOf(name: string, said: Said, otherwise: number): number {
  const text = said(name);
  const number = Number(text ?? otherwise);
  if (Number.isFinite(number) && number >= 0) return number;
  throw new Unclear(`\`${name}=${text ?? ''}\` is no number`);
}
