/**
 * Traces and metrics, as far as somebody wants them: the port that the planes use.
 *
 * It refuses to carry what people and agents wrote: attributes are names, numbers and words of closed lists (docs/ontology.md). It never decides, and what cannot be sent is
 * dropped.
 */

/** Undefined is left out. */
export type Attributes = Readonly<Record<string, string | number | boolean | undefined>>;

/** W3C trace context, as it goes with a call: `traceparent`, `tracestate`. */
export type Carrier = { readonly traceparent?: string | undefined; readonly tracestate?: string | undefined };

export type SpanKind = 'internal' | 'server' | 'client';

export interface Span {
  set(attributes: Attributes): void;
  fail(why: string): void;
  end(): void;
}

export type SpanOptions = {
  readonly kind?: SpanKind;
  readonly attributes?: Attributes;
  /** What called from elsewhere. Default: whatever is under way here. */
  readonly parent?: Carrier;
};

/** Something that is counted or measured, under OpenTelemetry's conventions for names and units (UCUM). */
export type Instrument = { readonly name: string; readonly unit: string; readonly description: string };

export interface Telemetry extends AsyncDisposable {
  /** Runs `act` in a span, under which everything falls that it begins. A rejection fails the span and goes on. */
  span<T>(name: string, options: SpanOptions, act: (span: Span) => Promise<T>): Promise<T>;
  /** Has every call on `channel` be a span, begun and ended by `tell`. */
  follow<Message extends object>(channel: Followed<Message>): void;
  counter(instrument: Instrument): (by: number, attributes: Attributes) => void;
  histogram(instrument: Instrument): (value: number, attributes: Attributes) => void;
  /** `read` is called when metrics are collected. */
  gauge(instrument: Instrument, read: () => Iterable<readonly [number, Attributes]>): void;
}

/** Calls a room tells of by `diagnostics_channel` (`tracing:NAME:start` and so on), and how they become spans. */
export type Followed<Message extends object> = {
  readonly channel: string;
  readonly begin: (message: Message) => { readonly name: string } & SpanOptions;
  /** Gives what carries the trace on, before the call is made. */
  readonly carry?: (message: Message, carrier: Carrier) => void;
  /** What its end says. */
  readonly end: (message: Message, span: Span) => void;
};
