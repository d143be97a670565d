import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tracingChannel } from 'node:diagnostics_channel';
import { afterEach, expect, test } from 'vitest';
import { createLog } from '../log/log.ts';
import { askedBy } from './environment.ts';
import { startTelemetry } from './start-telemetry.ts';
import type { Carrier } from './telemetry.ts';

const lines: string[] = [];
const log = createLog({ plane: 'control', level: 'debug', write: (line) => lines.push(line), now: Date.now });

type Sent = { readonly path: string; readonly type: string; readonly body: Buffer };
const sent: Sent[] = [];
const collector = createServer((request, response) => {
  const parts: Buffer[] = [];
  request.on('data', (part: Buffer) => parts.push(part));
  request.on('end', () => {
    sent.push({
      path: request.url ?? '',
      type: request.headers['content-type'] ?? '',
      body: Buffer.concat(parts),
    });
    response.writeHead(200).end();
  });
});
collector.listen(0, '127.0.0.1');
await once(collector, 'listening');
// It listens on a port.
const endpoint = `http://127.0.0.1:${String((collector.address() as AddressInfo).port)}`;
process.env['OTEL_EXPORTER_OTLP_ENDPOINT'] = endpoint;
afterEach(() => {
  sent.length = 0;
  lines.length = 0;
});

test('as the standard has it when nobody says otherwise, what is sent is protobuf; the end of the process sends what is left', async () => {
  const telemetry = await startTelemetry({ OTEL_EXPORTER_OTLP_ENDPOINT: endpoint }, 'control', log);
  telemetry?.counter({ name: 'writ.verdicts', unit: '1', description: '' })(1, { 'writ.decision': 'permit' });
  await telemetry?.span('mandate.begin', {}, () => Promise.resolve());
  await telemetry?.[Symbol.asyncDispose]();
  expect(sent.map(({ path, type }) => `${path} ${type}`).sort()).toEqual([
    '/v1/metrics application/x-protobuf',
    '/v1/traces application/x-protobuf',
  ]);
  expect(sent.find(({ path }) => path === '/v1/traces')?.body.includes('mandate.begin')).toBe(true);
});

test('nothing of OpenTelemetry is loaded before somebody names an endpoint', () => {
  const loads = (env: Record<string, string>): string =>
    execFileSync(
      process.execPath,
      [
        '--input-type=module',
        '-e',
        `import { registerHooks } from 'node:module';
         registerHooks({ resolve(name, context, next) { if (name.startsWith('@opentelemetry/')) console.log(name); return next(name, context); } });
         const { createLog, startTelemetry } = await import('@writ/server');
         const log = createLog({ plane: 'control', level: 'silent', write: () => undefined, now: Date.now });
         await (await startTelemetry(process.env, 'control', log))?.[Symbol.asyncDispose]();`,
      ],
      { cwd: import.meta.dirname, env: { PATH: process.env['PATH'] ?? '', ...env }, encoding: 'utf8' },
    );
  expect(loads({})).toBe('');
  expect(loads({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9' })).toContain('@opentelemetry/sdk-trace');
});

test('what cannot be done turns telemetry off, and says so', async () => {
  const env = { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' };
  expect(askedBy(env).as).toBe('unclear');
  expect(await startTelemetry(env, 'control', log)).toBeNull();
  expect(lines.join('')).toContain('telemetry.off');
});

test('what is told of on a channel is a span in the trace it names, and carries it on; nested ones fall under it', async () => {
  const env = { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json' };
  const telemetry = await startTelemetry(env, 'runtime', log);
  const trace = '4bf92f3577b34da6a3ce929d0e0e4736';
  const calls = tracingChannel<unknown, { carried: Carrier }>('writ.test');
  telemetry?.follow<{ carried: Carrier }>({
    channel: 'writ.test',
    begin: () => ({ name: 'outer', parent: { traceparent: `00-${trace}-00f067aa0ba902b7-01` } }),
    carry: (message, carrier) => void (message.carried = carrier),
    end: (_, span) => span.set({ 'writ.outcome': 'done' }),
  });
  const message = { carried: {} as Carrier };
  await calls.tracePromise(() => telemetry?.span('inner', {}, () => Promise.resolve()) ?? Promise.resolve(), message);
  await expect(calls.tracePromise(() => Promise.reject(new Error('no')), { carried: {} })).rejects.toThrow('no');
  await telemetry?.[Symbol.asyncDispose]();
  const { resourceSpans } = JSON.parse(
    sent
      .filter(({ path }) => path === '/v1/traces')
      .map(({ body }) => body.toString())
      .join(''),
  ) as {
    resourceSpans: [
      {
        scopeSpans: [
          {
            spans: { name: string; traceId: string; spanId: string; parentSpanId: string; status: { code: number } }[];
          },
        ];
      },
    ];
  };
  const [{ spans }] = resourceSpans[0].scopeSpans;
  const outer = spans.find(({ name, status }) => name === 'outer' && status.code === 0);
  expect(message.carried.traceparent).toBe(`00-${trace}-${outer?.spanId ?? ''}-01`);
  expect(spans.find(({ name }) => name === 'inner')).toMatchObject({ traceId: trace, parentSpanId: outer?.spanId });
  expect(spans.filter(({ status }) => status.code === 2)).toHaveLength(1);
});

test('a collector that is not there keeps nobody waiting', async () => {
  process.env['OTEL_EXPORTER_OTLP_ENDPOINT'] = 'http://127.0.0.1:9';
  const telemetry = await startTelemetry({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9' }, 'control', log);
  expect(await telemetry?.span('mandate.begin', {}, () => Promise.resolve('done'))).toBe('done');
  const began = performance.now();
  await telemetry?.[Symbol.asyncDispose]();
  expect(performance.now() - began).toBeLessThan(5_000);
});
