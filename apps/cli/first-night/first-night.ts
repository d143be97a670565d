/**
 * The first night: a small real application, a mission on it, and a person who changes their mind. What `npm start` runs.
 *
 * It has a folder, ports and state of its own, and touches no configuration of the person.
 */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { controlApi, enforcerApi, runtimeApi } from '@writ/protocol';
import type { MissionWire } from '../connect/wire.ts';
import { endpointOf } from '../connect/planes.ts';
import { exitCodes } from '../exit.ts';
import { canAsk } from '../place/keyboard.ts';
import { ownWrit } from './own-writ.ts';
import type { OwnWrit } from './own-writ.ts';
import { buildRepository, guardRemote } from './repository.ts';
import { standBy } from './stand-by.ts';
import type { Check } from './whole-night.ts';
import { playNight } from './whole-night.ts';

export type FirstNightArgs = {
  readonly yes: boolean;
  readonly exit: boolean;
  readonly json: boolean;
  readonly dir?: string;
};

/** Plays the night. Resolves with the exit code: 0 when everything that must hold held. */
export async function firstNight({ yes, exit, dir }: FirstNightArgs): Promise<number> {
  const place = dir === undefined ? await mkdtemp(join(tmpdir(), 'writ-night-')) : resolve(dir);
  const repository = await buildRepository(place);
  const writ = ownWrit(join(place, 'state'), repository.checkout);
  const { say, style } = writ.context;
  const chapter = (title: string): void => say('', style().bold(title), '');
  const unattended = yes || !canAsk(writ.io);
  try {
    chapter('Writ, the first night');
    say(`  An application, its remote and Writ's own state are in ${place}.`, '  Nothing outside it is touched.', '');
    const up = await writ.command('up');
    if (up !== exitCodes.done) return up;
    say(...(await strengthLine(writ)), '');
    await guardNightRemote(writ, repository);
    chapter('A mission, and what it asks of you');
    const started = await writ.command('run', 'mission.md', '--detach', ...(unattended ? ['--yes'] : []));
    if (started !== exitCodes.done) return started;
    const mission = await theMission(writ);
    if (!unattended) {
      await standBy(writ, mission);
      return exitCodes.done;
    }
    return summary(writ, await playNight(writ, mission, repository, chapter));
  } finally {
    await leave(writ, place, exit);
  }
}

/** What this machine enforces, before anything runs on it. */
async function strengthLine(writ: OwnWrit): Promise<readonly string[]> {
  const scope = await (await writ.context.planes.enforcer()).call(enforcerApi.scope);
  return scope.enforced
    ? ['  agents run in a sandbox here: what is not allowed cannot be done (`writ scope`)']
    : [
        '  there is no sandbox here: agents are stopped by ending their processes, the rest is cooperative (`writ scope`)',
      ];
}

async function guardNightRemote(writ: OwnWrit, repository: Awaited<ReturnType<typeof buildRepository>>): Promise<void> {
  const control = endpointOf(writ.home.controlEndpoint);
  if (control === null) throw new Error('control says nowhere where it listens');
  await guardRemote(
    repository,
    { url: control.url, sinkTokenFile: join(writ.home.control, 'points', 'sink.token') },
    'harbour',
  );
}

async function theMission(writ: OwnWrit): Promise<MissionWire> {
  const [mission] = (await (await writ.runtime()).call(runtimeApi.listMissions)).items;
  if (mission === undefined) throw new Error('the mission was started and is not listed');
  return mission;
}

function summary({ context: { say, style } }: OwnWrit, checks: readonly Check[]): number {
  say('', style().bold('What held'), '');
  for (const { what, holds } of checks)
    say(
      `  ${holds ? style().tone('good', `${style().mark('done')} yes`) : style().tone('bad', `${style().mark('failed')} no `)}  ${what}`,
    );
  return checks.every(({ holds }) => holds) ? exitCodes.done : exitCodes.failed;
}

/** With `exit` nothing is left; otherwise the planes stay up, under a mandate that has ended or was left on purpose, and it says how to end them. */
async function leave(writ: OwnWrit, place: string, exit: boolean): Promise<void> {
  const { say, style } = writ.context;
  const program = resolve(import.meta.dirname, '../../../writ');
  if (exit) {
    await writ.command('down');
    await rm(place, { recursive: true, force: true, maxRetries: 5 });
  } else {
    const control = await writ.control();
    const live = (await control.attempt(controlApi.listMandates)).ok;
    if (live) {
      say('', `  Writ stays up for you to look around:  ${style().bold(`export WRIT_HOME=${writ.home.root}`)}`);
      say(
        `    ${program} show`,
        `    ${program} log`,
        `    ${program} back`,
        `  and to end it and remove every trace:`,
        `    ${program} down && rm -rf ${place}`,
      );
    }
  }
  say('', '  On a repository of your own:', `    ${style().bold(`cd your/repository && ${program} claude`)}`, '');
}
