/** A collector of OpenTelemetry's: takes traces and metrics by OTLP over HTTP as JSON (opentelemetry-proto, `ExportTraceServiceRequest` and its kin) and keeps them to be read. */

import { createServer } from 'node:http';

type Value = {
  readonly stringValue?: string;
  readonly intValue?: number | string;
  readonly boolValue?: boolean;
  readonly doubleValue?: number;
};
type KeyValue = { readonly key: string; readonly value: Value };

export type Attributes = Readonly<Record<string, string | number | boolean | undefined>>;

export type ReceivedSpan = {
  readonly service: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string | undefined;
  readonly name: string;
  readonly attributes: Attributes;
};

/** One point of a metric: its value, or how many values a histogram has. */
export type ReceivedPoint = {
  readonly service: string;
  readonly metric: string;
  readonly value: number;
  readonly attributes: Attributes;
};

type Resource = { readonly attributes?: readonly KeyValue[] };
type TracesJson = {
  readonly resourceSpans: readonly {
    readonly resource: Resource;
    readonly scopeSpans: readonly {
      readonly spans: readonly {
        readonly traceId: string;
        readonly spanId: string;
        readonly parentSpanId?: string;
        readonly name: string;
        readonly attributes?: readonly KeyValue[];
      }[];
    }[];
  }[];
};
type Point = {
  readonly attributes?: readonly KeyValue[];
  readonly asInt?: number | string;
  readonly asDouble?: number;
  readonly count?: number | string;
};
type Points = { readonly dataPoints: readonly Point[] };
type MetricsJson = {
  readonly resourceMetrics: readonly {
    readonly resource: Resource;
    readonly scopeMetrics: readonly {
      readonly metrics: readonly {
        readonly name: string;
        readonly sum?: Points;
        readonly gauge?: Points;
        readonly histogram?: Points;
      }[];
    }[];
  }[];
};

const attributesOf = (pairs: readonly KeyValue[] = []): Attributes =>
  Object.fromEntries(
    pairs.map(({ key, value }) => [
      key,
      value.stringValue ??
        value.boolValue ??
        value.doubleValue ??
        (value.intValue === undefined ? undefined : Number(value.intValue)),
    ]),
  );
const serviceOf = ({ attributes }: Resource): string => String(attributesOf(attributes)['service.name']);

export interface OtlpReceiver extends AsyncDisposable {
  /** What `OTEL_EXPORTER_OTLP_ENDPOINT` is to be. */
  readonly url: string;
  readonly spans: ReceivedSpan[];
  readonly points: ReceivedPoint[];
  /** Everything as it came. */
  readonly bodies: string[];
}

/** Listens on a free port of this machine. */
export async function startOtlpReceiver(): Promise<OtlpReceiver> {
  const spans: ReceivedSpan[] = [];
  const points: ReceivedPoint[] = [];
  const bodies: string[] = [];
  const take = (path: string, text: string): void => {
    bodies.push(text);
    // A body that is not what the format says fails the test that reads it.
    if (path === '/v1/traces')
      for (const { resource, scopeSpans } of (JSON.parse(text) as TracesJson).resourceSpans)
        for (const span of scopeSpans.flatMap((scope) => scope.spans))
          spans.push({
            service: serviceOf(resource),
            traceId: span.traceId,
            spanId: span.spanId,
            parentSpanId: span.parentSpanId === '' ? undefined : span.parentSpanId,
            name: span.name,
            attributes: attributesOf(span.attributes),
          });
    if (path === '/v1/metrics')
      for (const { resource, scopeMetrics } of (JSON.parse(text) as MetricsJson).resourceMetrics)
        for (const { name, sum, gauge, histogram } of scopeMetrics.flatMap((scope) => scope.metrics))
          for (const point of [sum, gauge, histogram].flatMap((kind) => kind?.dataPoints ?? []))
            points.push({
              service: serviceOf(resource),
              metric: name,
              value: Number(point.asInt ?? point.asDouble ?? point.count),
              attributes: attributesOf(point.attributes),
            });
  };
  const server = createServer((request, response) => {
    let text = '';
    request.setEncoding('utf8');
    request.on('data', (chunk: string) => (text += chunk));
    request.on('end', () => {
      take(request.url ?? '', text);
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('it has no port');
  return {
    url: `http://127.0.0.1:${String(address.port)}`,
    spans,
    points,
    bodies,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
