/**
 * Keeps one launcher standing by (`../standby/`) while somebody starts programs at a terminal here: started anew once one was taken, or declined because its sources had changed, and
 * ended when nobody started anything for long. A launcher that took a start is its own from there on.
 */

import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { closeSync, openSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Home } from '../place/home.ts';
import { rotateLarge } from '../place/log-file.ts';
import { ownEnv } from '../place/own-env.ts';
import { entry, standbyMark, standbyWord } from '../standby/place.ts';
import { systemSentence } from '../system-error.ts';
import { nextWait } from './backoff.ts';

/** It takes more memory than a plane: nobody waits for it who starts nothing for that long. */
const wantedForMs = 8 * 60 * 60_000;

/** Of Node: the young generation is not grown for what is loaded once. It holds 60 MB so while it waits, where it held 80 to 98; giving back all that it took would leave 44, and cost the start some 30 ms. */
const staysSmall = '--max-semi-space-size=2';

/** The start that took one has the machine to itself first. */
const afterTakenMs = 3_000;

export type KeepStandby = {
  readonly home: Home;
  readonly env: NodeJS.ProcessEnv;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly report: (sentence: string) => void;
};

export interface KeptStandby extends Disposable {
  /** Starts or ends one, as it is wanted now. Called every while, with whether every plane runs. */
  look(isUp: boolean): void;
}

/** None stands by until the first look. Disposing ends the one that does. */
export function keepStandby({ home, env, now, report }: KeepStandby): KeptStandby {
  let waiting: ChildProcess | null = null;
  let notBefore = 0;
  let waitMs = 0;

  const start = (): void => {
    const bornAt = performance.now();
    const child = (waiting = startStandby(home, env));
    const gone = (): void => {
      if (waiting !== child) return;
      waiting = null;
      // It ended by itself: because it could not, or because it is to be loaded anew.
      waitMs = nextWait(waitMs, performance.now() - bornAt);
      notBefore = performance.now() + waitMs;
    };
    child.once('error', gone).once('exit', gone);
    child.once('message', () => {
      if (waiting === child) waiting = null;
      waitMs = 0;
      notBefore = performance.now() + afterTakenMs;
      child.disconnect();
      child.unref();
    });
  };
  const end = (): void => {
    const child = waiting;
    waiting = null;
    child?.kill('SIGTERM');
  };

  return {
    look(isUp) {
      const isWanted = isUp && now() - touchedAt(standbyMark(home)) < wantedForMs;
      if (!isWanted) return end();
      if (waiting !== null || performance.now() < notBefore) return;
      try {
        start();
      } catch (error) {
        notBefore = performance.now() + wantedForMs;
        report(`no launcher stands by: ${systemSentence(error)}`);
      }
    },
    [Symbol.dispose]: end,
  };
}

function startStandby(home: Home, env: NodeJS.ProcessEnv): ChildProcess {
  const path = join(home.log, 'standby.log');
  rotateLarge(path);
  const log = openSync(path, 'a', 0o600);
  try {
    return spawn(process.execPath, [staysSmall, entry, standbyWord], {
      stdio: ['ignore', log, log, 'ipc'],
      env: { ...ownEnv(env), WRIT_HOME: home.root },
      cwd: home.root,
    });
  } finally {
    closeSync(log);
  }
}

const touchedAt = (path: string): number => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
