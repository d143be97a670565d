/** `writ serve`: one plane in the foreground, with its log. It composes; what the plane does is in its room. */

import { once } from 'node:events';
import { resolve } from 'node:path';
import { exitCodes, usage } from '../exit.ts';
import { giveBackMemory } from '../place/give-back-memory.ts';
import { interruption } from '../place/interruption.ts';
import { makeFolder } from '../place/make-folder.ts';
import { outliveOutput } from '../place/outlive-output.ts';
import { logFormatOf, logLevelOf, logOutput, uncaughtTo } from '../place/log-output.ts';
import { textOption } from '../program/command.ts';
import type { CommandRun } from '../program/command.ts';
import { refuseInside } from '../program/refuse-inside.ts';

export const run: CommandRun = async (context, input) => {
  refuseInside(context, 'start or stop what governs it');
  const plane = textOption(input, 'plane');
  if (plane === undefined) throw usage('it is not said which plane to serve', 'such as `writ serve --plane control`');
  const dir = resolve(context.io.cwd, textOption(input, 'dir') ?? context.home.root);
  const host = textOption(input, 'host') ?? '127.0.0.1';
  const port = portOf(textOption(input, 'port'));
  const { now } = context.io;
  makeFolder(dir);
  outliveOutput(context.io);

  using stop = interruption();
  const servers = await import('@writ/server');
  const logFile = textOption(input, 'logFile');
  using out = logOutput(context, logFile, logFormatOf(context, textOption(input, 'logFormat')));
  const level = logLevelOf(context, textOption(input, 'logLevel'));
  const log = servers.createLog({ plane, level, write: out.write, now });
  using _bugs = uncaughtTo(log);
  await using telemetry = await servers.startTelemetry(context.io.env, plane, log);
  const server =
    plane === 'control'
      ? await servers.startControlServer({ dir, host, port, now, log, telemetry })
      : plane === 'runtime'
        ? await servers.startRuntimeServer({ dir, host, port, now, log, telemetry })
        : await servers.startEnforcerServer({ dir, log, telemetry });
  await using _guard = plane === 'enforcer' ? await guarding(dir, now, log) : null;
  giveBackMemory();
  try {
    // A log says it already.
    if (logFile === undefined)
      context.progress(`${plane} answers at ${'url' in server ? server.url : server.socketPath}; Ctrl-C ends it`);
    if (!stop.signal.aborted) await once(stop.signal, 'abort');
  } finally {
    await server.close();
  }
  return exitCodes.done;
};

/** The resident guard, beside the enforcer. INVARIANT: nothing that holds depends on it, so that the enforcer runs without it where its socket cannot be made. */
async function guarding(
  dir: string,
  now: () => number,
  log: { readonly warn: (fact: string, said: { readonly sentence: string }) => void },
): Promise<AsyncDisposable | null> {
  const { serveGuard } = await import('../guard/serve-guard.ts');
  try {
    return await serveGuard(dir, now);
  } catch (error) {
    log.warn('guard.not_resident', { sentence: error instanceof Error ? error.message : String(error) });
    return null;
  }
}

function portOf(text: string | undefined): number {
  const port = Number(text ?? '0');
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  throw usage(`\`${text ?? ''}\` is no port`, 'a number from 0 (any free port) to 65535');
}
