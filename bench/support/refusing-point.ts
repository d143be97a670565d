/**
 * An enforcement point as a process: holds the artifact of a mandate, follows the change stream, and asks for a verdict at each change. It tells its parent
 * `ready` at its first yes from the artifact; then when it no longer had one to say yes from, and when it had control's no, on the clock all processes of a machine share.
 */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { uncontained } from '@writ/authority';
import { createControlClient, createHeldArtifacts, createVerdicts, endpointOf, systemClock } from '@writ/enforce';
import { controlApi } from '@writ/protocol';

const [dir = '', point = '', mandate = '', credential = ''] = process.argv.slice(2);
const pointToken = (): string => readFileSync(join(dir, 'control', 'points', 'launcher.token'), 'utf8').trim();
const over = new AbortController();
const control = createControlClient({ base: () => endpointOf(dir, 'control'), token: pointToken, timeoutMs: 5_000 });
const artifacts = createHeldArtifacts({ control, point, clock: systemClock, timeoutMs: 1_000 });
const verdicts = createVerdicts({ control, artifacts, pointToken });
const ask = () =>
  verdicts.check({
    mandate,
    action: 'file.write',
    resource: 'workspace://bench/src/a.ts',
    facts: {},
    parameters: {},
    session: null,
    containment: { ...uncontained, files: 'worktree' },
    credential,
  });
let isReady = false;
let stoppedAt: bigint | undefined;
async function askAnew(): Promise<void> {
  const { decision, from } = await ask();
  if (decision === 'permit' && from === 'artifact' && !isReady) {
    isReady = true;
    process.send?.('ready');
  }
  if (decision !== 'permit' && isReady) over.abort();
}
const watch = control.watch({
  after: null,
  signal: over.signal,
  onChange: (change) => {
    artifacts.changed(change);
    if (isReady && artifacts.get({ mandate, credential }) === null) stoppedAt ??= process.hrtime.bigint();
    void askAnew();
  },
  onHeard: () => undefined,
  onGap: () => {
    artifacts.unsure();
  },
});
const registered = await control.call(controlApi.registerPoint, {
  params: { id: point },
  body: { kind: 'launcher', boot: point, position: 0, holdings: [] },
});
if (!registered.ok) throw new Error(registered.problem.detail);
await artifacts.hold({ mandate, credential });
while (!isReady) {
  await askAnew();
  await artifacts.renew();
}
if (!over.signal.aborted) await once(over.signal, 'abort');
process.send?.(`${String(stoppedAt)} ${String(process.hrtime.bigint())}`);
await watch.done;
await artifacts[Symbol.asyncDispose]();
control[Symbol.dispose]();
if (process.connected) process.disconnect();
