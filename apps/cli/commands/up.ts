/** `writ up`: starts control, enforcer and runtime on this machine, and says where they are. */

import { exitCodes } from '../exit.ts';
import { flagOption, textOption } from '../program/command.ts';
import type { CommandRun } from '../program/command.ts';
import type { Context } from '../program/context.ts';
import { planeNames } from '../place/home.ts';
import { refuseInside } from '../program/refuse-inside.ts';
import { refuseWhileRunning } from '../supervisor/refuse-while-running.ts';
import { ensureUp } from '../supervisor/ensure-up.ts';
import { interruption } from '../place/interruption.ts';
import { supervise } from '../supervisor/supervise.ts';
import { readSupervisorFile } from '../supervisor/supervisor-file.ts';
import type { Restart } from '../supervisor/supervisor-file.ts';
import { renderPlanes } from '../render/planes.ts';
import { whereOf } from '../supervisor/where.ts';

export const run: CommandRun = async (context, input) => {
  refuseInside(context, 'start or stop what governs it');
  const restart: Restart = textOption(input, 'restart') === 'never' ? 'never' : 'always';
  const { env } = context.io;
  const otlp = textOption(input, 'otlp');
  const level = textOption(input, 'logLevel');
  // The planes read it there.
  const said = {
    ...(level !== undefined && { WRIT_LOG_LEVEL: level }),
    ...(otlp !== undefined && { OTEL_EXPORTER_OTLP_ENDPOINT: otlp }),
  };
  const settled = { ...context, io: { ...context.io, env: { ...env, ...said } } };
  await useStore(context, textOption(input, 'store'), flagOption(input, 'newKeys'));
  if (flagOption(input, 'foreground')) return foreground(settled, restart);
  const style = context.style();
  if (context.io.stderr.isTTY) context.progress(style.dim('starting Writ …'));
  const { already } = await ensureUp(settled, restart, () => undefined);
  const where = whereOf(context.home);
  const file = readSupervisorFile(context.home.supervisorFile);
  context.answer({
    already,
    home: context.home.root,
    supervisor: file?.pid ?? null,
    planes: Object.fromEntries(
      planeNames.map((name) => [name, { pid: file?.planes[name]?.pid ?? null, where: where[name] }]),
    ),
  });
  context.say(...renderPlanes({ file, where, home: context.home, already }, context.style()));
  return exitCodes.done;
};

/** Makes the store a person named that of the installation. It is remembered: the next start without one uses the same. */
async function useStore({ home }: Context, words: string | undefined, takesOver: boolean): Promise<void> {
  if (words === undefined) return;
  const [{ refuseToLeaveBehind, refuseToTakeOver, storeNamed }, { chooseStore, storeOf }] = await Promise.all([
    import('../place/store-choice.ts'),
    import('@writ/server'),
  ]);
  const store = storeNamed(words);
  if (storeOf(home.root) === store) return;
  refuseWhileRunning(home);
  await refuseToLeaveBehind(home, store);
  if (!takesOver) await refuseToTakeOver(home, store);
  chooseStore(home.root, store);
}

async function foreground(context: Context, restart: Restart): Promise<number> {
  using stop = interruption();
  const supervised = await supervise({
    home: context.home,
    restart,
    env: context.io.env,
    now: context.io.now,
    signal: stop.signal,
    report: (sentence) => context.say(sentence),
  });
  if (supervised) return exitCodes.done;
  context.say('Writ runs already, under another supervisor');
  return exitCodes.done;
}
