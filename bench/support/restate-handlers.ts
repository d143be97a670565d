/** Restate's handlers of the measurements, as a process: one that makes durable steps, one that waits until it is told to end. Its port is its argument. */
import { peer } from './peers.ts';

// It says each invocation otherwise, which costs it time.
process.env['RESTATE_LOGGING'] = 'ERROR';

type Context = {
  run<T>(name: string, action: () => T): Promise<T>;
  sleep(ms: number): Promise<void>;
};
// What is used of `@restatedev/restate-sdk`.
const restate = peer('@restatedev/restate-sdk') as {
  service(definition: {
    name: string;
    handlers: Record<string, (ctx: Context, input: never) => Promise<unknown>>;
  }): unknown;
  serve(options: { services: unknown[]; port: number }): Promise<unknown>;
};

const bench = restate.service({
  name: 'bench',
  handlers: {
    steps: async (ctx, { steps, payload }: { steps: number; payload: string }) => {
      for (let step = 0; step < steps; step += 1)
        await ctx.run(`step ${String(step)}`, () => ({ step, output: payload }));
      return steps;
    },
    wait: async (ctx) => {
      await ctx.run('began', () => true);
      await ctx.sleep(600_000);
    },
  },
});
await restate.serve({ services: [bench], port: Number(process.argv[2]) });
process.send?.('ready');
process.once('disconnect', () => process.exit());
