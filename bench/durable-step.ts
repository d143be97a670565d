/**
 * A durable step of a session, recorded by the runtime in its own journal and acknowledged when it is on stable storage; beside a step of a DBOS workflow (on PostgreSQL) and of a Restate
 * handler (its own server). One at a time, and 32 in flight: as many sessions, workflows or handlers as that, each making ten steps of the same content one after another.
 *
 * Run: npm run bench -- durable-step
 */
import { PostgresServer } from '../test/kit/postgres/postgres-server.ts';
import { inMs, interleaved, perSecond, row } from './support/measure.ts';
import { peer } from './support/peers.ts';
import { startRestateWithHandlers } from './support/restate.ts';
import { benchFolder, openSessionHouse, payload } from './support/session-house.ts';

const steps = 10;
const alone = 30;
const inFlight = 32;
const perLane = 6;

type Workflow = (payload: string) => Promise<number>;
// What is used of `@dbos-inc/dbos-sdk`.
const { DBOS } = peer('@dbos-inc/dbos-sdk') as {
  readonly DBOS: {
    setConfig(config: {
      name: string;
      systemDatabaseUrl: string;
      logLevel: string;
      systemDatabasePoolSize: number;
    }): void;
    registerWorkflow(workflow: Workflow, config: { name: string }): Workflow;
    runStep<T>(step: () => Promise<T>, config: { name: string }): Promise<T>;
    launch(): Promise<void>;
    shutdown(): Promise<void>;
  };
};

/** Milliseconds a step takes when one is made at a time, over `times` of whatever makes ten. */
async function eachAlone(make: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  for (let time = 0; time < alone; time += 1) await make();
  return (performance.now() - began) / (alone * steps);
}

/** Steps a second with 32 in flight. */
async function together(make: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await Promise.all(
    Array.from({ length: inFlight }, async () => {
      for (let time = 0; time < perLane; time += 1) await make();
    }),
  );
  return (inFlight * perLane * steps) / ((performance.now() - began) / 1_000);
}

await using postgres = await PostgresServer.start();
await using restate = await startRestateWithHandlers();
using folder = benchFolder();
await using house = await openSessionHouse(folder.path);

DBOS.setConfig({ name: 'bench', systemDatabaseUrl: postgres.url, logLevel: 'error', systemDatabasePoolSize: inFlight });
const workflow = DBOS.registerWorkflow(
  async (output) => {
    for (let step = 0; step < steps; step += 1)
      await DBOS.runStep(() => Promise.resolve({ step, output }), { name: `step ${String(step)}` });
    return steps;
  },
  { name: 'steps' },
);
await DBOS.launch();

const ours = async (): Promise<void> => {
  const session = await house.session();
  for (let step = 0; step < steps; step += 1) await house.step(session, step);
};
const dbos = (): Promise<number> => workflow(payload);
const handler = async (): Promise<void> => {
  const answer = await fetch(`${restate.ingress}/bench/steps`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ steps, payload }),
  });
  if (!answer.ok) throw new Error(`Restate answered ${String(answer.status)}: ${await answer.text()}`);
  await answer.arrayBuffer();
};

try {
  const single = await interleaved({
    ours: () => eachAlone(ours),
    dbos: () => eachAlone(dbos),
    restate: () => eachAlone(handler),
  });
  row({
    what: 'durable session step in process, one at a time',
    beside: 'DBOS step',
    ratio: single.dbos / single.ours,
    bar: { atLeast: 3 },
    ours: inMs(single.ours),
    theirs: inMs(single.dbos),
  });
  process.stdout.write(`  Restate step, one at a time: ${inMs(single.restate)}\n`);
  const many = await interleaved({
    ours: () => together(ours),
    dbos: () => together(dbos),
    restate: () => together(handler),
  });
  const better = Math.max(many.dbos, many.restate);
  row({
    what: 'durable session steps, 32 in flight',
    beside: many.dbos > many.restate ? 'DBOS, the better of it and Restate' : 'Restate, the better of it and DBOS',
    ratio: many.ours / better,
    bar: { atLeast: 4 },
    ours: perSecond(many.ours),
    theirs: perSecond(better),
  });
  process.stdout.write(`  DBOS ${perSecond(many.dbos)}, Restate ${perSecond(many.restate)}\n`);
} finally {
  await DBOS.shutdown();
}
