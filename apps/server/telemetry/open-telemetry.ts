/**
 * Telemetry through OpenTelemetry's own SDK, sent by OTLP over HTTP. Loaded only where it is wanted (`start-telemetry.ts`). Trace context goes between processes as W3C says.
 *
 * It registers nothing globally and instruments no module: spans are what this house begins, and what is under way is kept in a store of its own.
 */

import { AsyncLocalStorage } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';
import { createRequire } from 'node:module';
import { tracingChannel } from 'node:diagnostics_channel';
import { ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import type { Context, Span as OtelSpan } from '@opentelemetry/api';
import { W3CTraceContextPropagator, setGlobalErrorHandler } from '@opentelemetry/core';
import {
  defaultResource,
  detectResources,
  resourceAttributesEnvDetector,
  resourceFromAttributes,
  serviceNameEnvDetector,
} from '@opentelemetry/resources';
import { MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  BatchSpanProcessor,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import type { Log } from '../log/log.ts';
import type { Sampler, Wanted } from './environment.ts';
import type { Attributes, Carrier, Followed, Span, SpanOptions, Telemetry } from './telemetry.ts';

/** How long the end of a process waits for what is left to be sent, milliseconds. */
const lastSendMs = 2_000;

const kinds = { internal: SpanKind.INTERNAL, server: SpanKind.SERVER, client: SpanKind.CLIENT } as const;
// Its own description says so, and is part of what is installed.
const { version } = createRequire(import.meta.url)('../package.json') as { readonly version: string };
const propagator = new W3CTraceContextPropagator();

/** Begins sending what `wanted` names. */
export async function startOpenTelemetry(wanted: Wanted, plane: string, log: Log): Promise<Telemetry> {
  // A collector that is away is no reason to fail anything.
  setGlobalErrorHandler((error) => log.debug('telemetry.lost', { sentence: sentenceOf(error) }));
  const resource = defaultResource()
    .merge(
      resourceFromAttributes({
        'service.namespace': 'writ',
        'service.name': `writ-${plane}`,
        'service.version': version,
        'service.instance.id': randomUUID(),
      }),
    )
    .merge(detectResources({ detectors: [resourceAttributesEnvDetector, serviceNameEnvDetector] }));
  const exporters = await exportersOf(wanted.protocol);
  const { delayMs: scheduledDelayMillis, queue: maxQueueSize, size } = wanted.batch;
  const batching = { scheduledDelayMillis, maxQueueSize, maxExportBatchSize: Math.min(size, maxQueueSize) };
  const tracers = new TracerProvider({
    resource,
    sampler: samplerOf(wanted.sampler),
    spanProcessors: wanted.traces ? [new BatchSpanProcessor({ exporter: exporters.traces(), ...batching })] : [],
  });
  const interval = wanted.metricIntervalMs;
  const meters = new MeterProvider({
    resource,
    readers: wanted.metrics
      ? [
          new PeriodicExportingMetricReader({
            exporter: exporters.metrics(),
            exportIntervalMillis: interval,
            exportTimeoutMillis: Math.min(interval, 30_000),
          }),
        ]
      : [],
  });
  const end = async (): Promise<void> => {
    const limit = new Promise<void>((resolve) => setTimeout(resolve, lastSendMs).unref());
    await Promise.race([Promise.allSettled([tracers.shutdown(), meters.shutdown()]), limit]);
  };
  return { ...spansOf(tracers), ...instrumentsOf(meters), [Symbol.asyncDispose]: end };
}

function spansOf(tracers: TracerProvider): Pick<Telemetry, 'span' | 'follow'> {
  const tracer = tracers.getTracer('writ');
  const underWay = new AsyncLocalStorage<Context>();
  const begin = (name: string, { kind = 'internal', attributes = {}, parent }: SpanOptions): Context => {
    const above = underWay.getStore() ?? ROOT_CONTEXT;
    const from = parent?.traceparent === undefined ? above : propagator.extract(ROOT_CONTEXT, parent, reading);
    const span = tracer.startSpan(name, { kind: kinds[kind], attributes: defined(attributes) }, from);
    return trace.setSpan(from, span);
  };
  // `begin` put it there.
  const spanIn = (context: Context | undefined): Span => spanOver(context && trace.getSpan(context));
  return {
    async span(name, options, act) {
      const context = begin(name, options);
      const span = spanIn(context);
      try {
        return await underWay.run(context, () => act(span));
      } catch (error) {
        span.fail(sentenceOf(error));
        throw error;
      } finally {
        span.end();
      }
    },
    follow<Message extends object>({ channel, begin: named, carry, end }: Followed<Message>) {
      const spans = new WeakMap<object, Context>();
      // The channel is named for what it carries.
      const calls = tracingChannel<unknown, Message>(channel);
      calls.start.bindStore(underWay, (message: Message) => {
        const { name, ...options } = named(message);
        const context = begin(name, options);
        spans.set(message, context);
        if (carry !== undefined) {
          const carrier: { traceparent?: string; tracestate?: string } = {};
          propagator.inject(context, carrier, writing);
          carry(message, carrier);
        }
        return context;
      });
      calls.subscribe({
        start: nothing,
        end: nothing,
        asyncStart: nothing,
        error: (message) => spanIn(spans.get(message)).fail(sentenceOf(message.error)),
        asyncEnd: (message) => {
          const span = spanIn(spans.get(message));
          end(message, span);
          span.end();
        },
      });
    },
  };
}

const nothing = (): void => undefined;

const reading = {
  keys: (carrier: Carrier) => Object.keys(carrier),
  get: (carrier: Carrier, key: string) =>
    key === 'traceparent' ? carrier.traceparent : key === 'tracestate' ? carrier.tracestate : undefined,
};
const writing = {
  set: (carrier: { traceparent?: string; tracestate?: string }, key: string, value: string) => {
    if (key === 'traceparent' || key === 'tracestate') carrier[key] = value;
  },
};

const spanOver = (span: OtelSpan | undefined): Span => ({
  set: (attributes) => void span?.setAttributes(defined(attributes)),
  fail: (message) => void span?.setStatus({ code: SpanStatusCode.ERROR, message }),
  end: () => span?.end(),
});

function instrumentsOf(meters: MeterProvider): Pick<Telemetry, 'counter' | 'histogram' | 'gauge'> {
  const meter = meters.getMeter('writ');
  return {
    counter({ name, ...options }) {
      const counter = meter.createCounter(name, options);
      return (by, attributes) => counter.add(by, defined(attributes));
    },
    histogram({ name, ...options }) {
      const histogram = meter.createHistogram(name, { ...options, advice: { explicitBucketBoundaries: seconds } });
      return (value, attributes) => histogram.record(value, defined(attributes));
    },
    gauge({ name, ...options }, read) {
      meter.createObservableGauge(name, options).addCallback((result) => {
        for (const [value, attributes] of read()) result.observe(value, defined(attributes));
      });
    },
  };
}

/** From a tenth of a millisecond up: an append to a fast disk is shorter than the usual first bucket. */
const seconds = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

function samplerOf({ ratio, followsParent }: Sampler) {
  const own =
    ratio >= 1 ? new AlwaysOnSampler() : ratio <= 0 ? new AlwaysOffSampler() : new TraceIdRatioBasedSampler(ratio);
  return followsParent ? new ParentBasedSampler({ root: own }) : own;
}

async function exportersOf(protocol: Wanted['protocol']) {
  const [{ OTLPTraceExporter }, { OTLPMetricExporter }] =
    protocol === 'json'
      ? await Promise.all([
          import('@opentelemetry/exporter-trace-otlp-http'),
          import('@opentelemetry/exporter-metrics-otlp-http'),
        ])
      : await Promise.all([
          import('@opentelemetry/exporter-trace-otlp-proto'),
          import('@opentelemetry/exporter-metrics-otlp-proto'),
        ]);
  return { traces: () => new OTLPTraceExporter(), metrics: () => new OTLPMetricExporter() };
}

const defined = (attributes: Attributes): Record<string, string | number | boolean> =>
  // What is undefined was filtered out.
  Object.fromEntries(Object.entries(attributes).filter(([, value]) => value !== undefined)) as Record<
    string,
    string | number | boolean
  >;

const sentenceOf = (error: unknown): string => (error instanceof Error ? error.message : String(error)).slice(0, 500);
