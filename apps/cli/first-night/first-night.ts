/**
 * The first night: a small real application, a mission on it, and a person who changes their mind. What `npm start` runs.
 *
 * It has a folder, ports and state of its own, and touches no configuration of the person.
 */

import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { controlApi, enforcerApi, runtimeApi } from '@writ/protocol';
import type { MissionWire } from '../connect/wire.ts';
import { endpointOf } from '../connect/planes.ts';
import { exitCodes, failed, usage } from '../exit.ts';
import { canAsk } from '../place/keyboard.ts';
import { isAlive } from '../place/process-identity.ts';
import { readSupervisorFile } from '../supervisor/supervisor-file.ts';
import { ownWrit } from './own-writ.ts';
import type { OwnWrit } from './own-writ.ts';
import { buildRepository, checkoutIn, guardRemote } from './repository.ts';
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
  const place = dir === undefined ? await mkdtemp(join(tmpdir(), 'writ-night-')) : await emptyFolder(dir);
  const writ = ownWrit(join(place, 'state'), checkoutIn(place));
  const { say, style } = writ.context;
  const chapter = (title: string): void => say('', style().bold(title), '');
  const unattended = yes || !canAsk(writ.io);
  using broken = brokenOff(writ, place);
  let refused = false;
  try {
    const repository = await buildRepository(place);
    chapter('Writ, the first night');
    say(`  An application, its remote and Writ's own state are in ${place}.`, '  Nothing outside it is touched.');
    const program = resolve(import.meta.dirname, '../../../writ');
    say(
      '  The `writ` commands named below find it from any terminal after',
      `    ${style().bold(`export WRIT_HOME=${writ.home.root}; alias writ=${program}`)}`,
      '',
    );
    const up = await writ.command('up');
    if (up !== exitCodes.done) return up;
    say(...(await strengthLine(writ)), '');
    await guardNightRemote(writ, repository);
    chapter('A mission, and what it asks of you');
    const started = await writ.command('run', 'mission.md', '--detach', ...(unattended ? ['--yes'] : []));
    refused = started === exitCodes.refused;
    if (started !== exitCodes.done) return started;
    const mission = await theMission(writ);
    if (!unattended) {
      await standBy(writ, mission);
      return exitCodes.done;
    }
    return summary(writ, await playNight(writ, mission, repository, chapter));
  } finally {
    await broken.over();
    // Where nothing was approved there is nothing to look at.
    await leave(writ, place, exit || refused);
  }
}

/** A folder of the person's choosing, new or empty: what is in it is removed at the end, so nothing of theirs may be. */
async function emptyFolder(dir: string): Promise<string> {
  const place = resolve(dir);
  const inside = await readdir(place).catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw failed(`\`${dir}\` cannot be used: ${error instanceof Error ? error.message : String(error)}`, null);
  });
  if (inside.length > 0) throw usage(`\`${dir}\` is not empty`, 'name a folder that is empty or not there yet');
  return place;
}

/**
 * Ends the night's own Writ when the night is broken off: by a signal, or because nobody reads its output any more. Agents that
 * nobody watches are not left running; then the signal ends this process, as it would have.
 */
function brokenOff(writ: OwnWrit, place: string): Disposable & { over(): Promise<void> } {
  const names = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  let ending: Promise<void> | null = null;
  const end = (name: NodeJS.Signals): void => {
    ending ??= leave(writ, place, true)
      .catch(() => undefined) // the signal has the last word, whatever is left
      .then(() => {
        for (const one of names) process.off(one, end);
        process.kill(process.pid, name);
      });
  };
  const unread = (): void => {
    const supervisor = readSupervisorFile(writ.home.supervisorFile);
    if (supervisor !== null && isAlive(supervisor)) process.kill(supervisor.pid, 'SIGTERM');
  };
  for (const name of names) process.on(name, end);
  process.once('exit', unread);
  return {
    over: () => ending ?? Promise.resolve(),
    [Symbol.dispose]() {
      for (const name of names) process.off(name, end);
      process.off('exit', unread);
    },
  };
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
      const works = (await (await writ.runtime()).attempt(runtimeApi.listMissions)).ok
        ? (await theMission(writ)).state === 'running'
        : false;
      say(
        '',
        works
          ? '  The agents go on working, and Writ stays up for you to look around:'
          : '  Writ stays up for you to look around:',
        `    ${style().bold(`export WRIT_HOME=${writ.home.root}`)}`,
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
