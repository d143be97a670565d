/**
 * One trace across the processes: what an agent began goes through the enforcer to control, over HTTP and over the socket, into the journal; a collector of the standard's own format
 * receives it, and the metrics. Nothing that people or agents wrote goes there.
 */

import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { OtlpReceiver, ReceivedSpan } from '../kit/otlp/otlp-receiver.ts';
import { startOtlpReceiver } from '../kit/otlp/otlp-receiver.ts';
import { heartbeat, startMission } from './support/mission.ts';
import { createRepository } from './support/night-repository.ts';
import { createWorld, until } from './support/world.ts';

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
const agentSpan = '00f067aa0ba902b7';
const written = 'a sentence that only the agent wrote';

/** Asks for something nobody may, through the door, and begins a push as itself; both in a trace of its own. Then it beats. */
const agent = `
import { appendFileSync, mkdirSync } from 'node:fs';
import { request } from 'node:http';
const call = (path, body, headers = {}) => new Promise((resolve) => {
  const text = JSON.stringify(body);
  const asked = request({ socketPath: process.env.WRIT_DOOR, method: 'POST', path, headers: {
    'content-type': 'application/json', 'content-length': Buffer.byteLength(text), traceparent: '00-${traceId}-${agentSpan}-01', ...headers } }, async (reply) => {
    let all = '';
    for await (const part of reply) all += part;
    resolve(all);
  });
  asked.on('error', (error) => resolve(String(error)));
  asked.end(text);
});
const { mandate } = JSON.parse(await new Promise((resolve) => request({ socketPath: process.env.WRIT_DOOR, path: '/whoami' }, async (reply) => {
  let all = '';
  for await (const part of reply) all += part;
  resolve(all);
}).end()));
console.log(await call('/check', { action: 'secrets.read', resource: 'workspace://night/secret' }));
console.log(await call('/control/v1/operations', { mandate, action: 'git.push', resource: 'git://night/refs/heads/feat/x/y', parameters: { note: '${written}' }, lease_ms: 5000 }, { 'idempotency-key': 'k-' + Date.now() }));
mkdirSync('beats', { recursive: true });
setInterval(() => appendFileSync('beats/traced', 'x\\n'), 40);
`;

/** The names of a span and of those above it, as far as they were received. */
function above(receiver: OtlpReceiver, span: ReceivedSpan): readonly string[] {
  const parent = receiver.spans.find(({ spanId }) => spanId === span.parentSpanId);
  return [
    `${span.service} ${span.name}`,
    ...(parent === undefined ? [String(span.parentSpanId)] : above(receiver, parent)),
  ];
}

test('a trace goes from the agent to the journal, and metrics tell what stands', async () => {
  await using receiver = await startOtlpReceiver();
  await using world = await createWorld();
  const env = {
    OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
    OTEL_BSP_SCHEDULE_DELAY: '100',
    OTEL_METRIC_EXPORT_INTERVAL: '300',
    OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=test',
  };
  expect((await world.writ(['up'], { env })).code).toBe(0);
  const repository = createRepository(world.place, {
    tasks: ['- [ ] T1 touches: t1/** run: `node agents/traced.mjs` done: `true` — begin a trace'],
  });
  writeFileSync(join(repository, 'agents/traced.mjs'), agent);
  const git = (...args: readonly string[]) =>
    execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.invalid', ...args], { cwd: repository });
  git('add', '-A');
  git('commit', '-qm', 'an agent that traces');
  const { mandate } = await startMission(world, repository);
  await heartbeat(world, 'traced', ({ task }) => task === 'T1');

  await until('both ways to the journal are told', () => {
    const appends = receiver.spans.filter((span) => span.traceId === traceId && span.name === 'journal.append');
    const paths = appends.map((span) => above(receiver, span));
    // Each process sends its own part when it is due. Over the multiplexed socket, asked by the enforcer for the agent.
    expect(paths).toContainEqual([
      'writ-control journal.append',
      'writ-control mandate.verdict',
      'writ-control POST /v1/check',
      'writ-enforcer POST /v1/check',
      'writ-enforcer execute_tool check',
      agentSpan,
    ]);
    // Over HTTP, as the agent itself.
    expect(paths).toContainEqual([
      'writ-control journal.append',
      'writ-control mandate.begin',
      'writ-control POST /v1/operations',
      'writ-enforcer POST /control',
      agentSpan,
    ]);
    return true;
  });
  const begun = receiver.spans.find(({ name, traceId: id }) => name === 'mandate.begin' && id === traceId);
  expect(begun?.attributes).toMatchObject({ 'writ.action': 'git.push', 'writ.decision': expect.any(String) as string });
  const refused = receiver.spans.find(({ name, traceId: id }) => name === 'mandate.verdict' && id === traceId);
  expect(refused?.attributes).toMatchObject({ 'writ.decision': 'refuse', 'writ.reason': expect.any(String) as string });

  await world.writ(['mandate', 'revoke', mandate, '--reason', 'enough']);
  await until(
    'the turn, the resume and the stop are told',
    () =>
      ['session.resume', 'mandate.stop', 'mandate.settle'].every((wanted) =>
        receiver.spans.some(({ name }) => name === wanted),
      ) &&
      receiver.spans.some(
        ({ name, attributes }) =>
          name.startsWith('invoke_agent ') && attributes['gen_ai.operation.name'] === 'invoke_agent',
      ),
  );
  await until('the metrics are told', () => {
    const missing = [
      'writ-control writ.verdicts',
      'writ-control writ.refusals',
      'writ-control writ.operations.open',
      'writ-control writ.operations.unknown',
      'writ-control writ.journal.append.duration',
      'writ-control writ.journal.queue',
      'writ-control writ.follower.lag',
      'writ-control writ.follower.silence',
      'writ-enforcer writ.control.staleness',
      'writ-enforcer writ.runs',
      'writ-runtime writ.session.queue',
      'writ-runtime writ.journal.append.duration',
    ].filter((wanted) => !receiver.points.some(({ service, metric }) => `${service} ${metric}` === wanted));
    if (missing.length > 0) throw new Error(missing.join(', '));
    expect(receiver.points).toContainEqual(
      expect.objectContaining({
        metric: 'writ.refusals',
        attributes: expect.objectContaining({ 'writ.asked': 'verdict' }) as object,
      }),
    );
    return true;
  });
  const sent = receiver.bodies.join('\n');
  expect(sent).toContain('deployment.environment.name');
  for (const secret of [written, await world.ownerToken(), 'Work until told otherwise'])
    expect(sent.includes(secret), secret.slice(0, 12)).toBe(false);
});
