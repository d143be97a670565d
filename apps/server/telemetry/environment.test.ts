import { expect, test } from 'vitest';
import { askedBy } from './environment.ts';

const endpoint = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318' };

test.each([
  [{}],
  [{ OTEL_EXPORTER_OTLP_ENDPOINT: '' }],
  [{ OTEL_TRACES_EXPORTER: 'otlp', OTEL_SERVICE_NAME: 'x' }],
  [{ ...endpoint, OTEL_SDK_DISABLED: 'true' }],
  [{ ...endpoint, OTEL_TRACES_EXPORTER: 'none', OTEL_METRICS_EXPORTER: 'none' }],
])('nothing is sent by %j', (env) => {
  expect(askedBy(env)).toEqual({ as: 'off' });
});

test('an endpoint is enough, and one for a signal is for that signal', () => {
  expect(askedBy(endpoint)).toMatchObject({
    wanted: { traces: true, metrics: true, protocol: 'protobuf', sampler: { ratio: 1, followsParent: true } },
  });
  expect(askedBy({ OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: 'http://127.0.0.1:1' })).toMatchObject({
    wanted: { traces: false, metrics: true },
  });
});

test.each([
  ['always_off', undefined, { ratio: 0, followsParent: false }],
  ['traceidratio', '0.25', { ratio: 0.25, followsParent: false }],
  ['parentbased_traceidratio', '0.5', { ratio: 0.5, followsParent: true }],
  ['parentbased_always_off', undefined, { ratio: 0, followsParent: true }],
])('the sampler %s with %s', (name, argument, sampler) => {
  expect(askedBy({ ...endpoint, OTEL_TRACES_SAMPLER: name, OTEL_TRACES_SAMPLER_ARG: argument })).toMatchObject({
    wanted: { sampler },
  });
});

test.each([
  [{ OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' }, '`OTEL_EXPORTER_OTLP_PROTOCOL=grpc` is not had here'],
  [{ OTEL_TRACES_SAMPLER: 'jaeger_remote' }, '`OTEL_TRACES_SAMPLER=jaeger_remote` is not had here'],
  [{ OTEL_TRACES_EXPORTER: 'console' }, '`OTEL_TRACES_EXPORTER=console` is not had here'],
  [{ OTEL_BSP_SCHEDULE_DELAY: 'soon' }, '`OTEL_BSP_SCHEDULE_DELAY=soon` is no number'],
])('what cannot be done is said: %j', (env, sentence) => {
  expect(askedBy({ ...endpoint, ...env })).toMatchObject({
    as: 'unclear',
    sentence: expect.stringContaining(sentence) as string,
  });
});
