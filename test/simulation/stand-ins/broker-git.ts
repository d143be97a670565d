/**
 * `enforce/broker/git.ts`: Git as the push broker runs it, against the simulated remote. A push is a process of its own, which can be killed at any moment; what it had sent by then may
 * arrive all the same, and its answer may be lost.
 */

import type { ChildProcess } from 'node:child_process';
import type { GitOptions, GitResult } from '../../../enforce/broker/git.ts';
import { engine } from '../engine/engine.ts';
import { network } from '../engine/network.ts';
import { processTable } from '../engine/process-table.ts';
import { remote } from './remote.ts';

export const allowedProtocols = ['https', 'http', 'git', 'file'] as const;

const said = (code: number, stdout = '', stderr = ''): GitResult => ({ code, signal: null, stdout, stderr });
const killed: GitResult = { code: null, signal: 'SIGKILL', stdout: '', stderr: '' };

/** How often it is looked whether the other side is still the process that was asked, in milliseconds; and how much later comes what had to be sent again. */
const lookMs = 400;
const againMs = 200;

class HungUp extends Error {}

/**
 * Asks the remote over one connection and resolves with its answer. A connection keeps what goes over it in order and whole; what meets a cut link is never there, and once the link is whole, or the
 * process at the other end is gone, it rejects.
 */
function ask<T>(question: () => Promise<T> | T): Promise<T> {
  const [here, there] = [engine.current, remote.machine];
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  if (here === null || there === null) return promise;
  const { start } = there;
  let isOpen = true;
  // Whoever mends a link is no machine; it is the asker that learns of it, and goes on.
  const forget = network.onReset(here, there, () => engine.after(0, () => isOpen && over(), here));
  const over = (done: () => void = () => reject(new HungUp())): void => {
    isOpen = false;
    forget();
    done();
  };
  const send = (from: typeof here, to: typeof here, arrive: () => void): void => {
    const link = network.link(from, to);
    const late = engine.random.chance(link.loss) ? againMs : 0;
    if (!link.isCut) engine.after(network.delay(link) + late, arrive, to);
  };
  const look = (): void => {
    if (!isOpen) return;
    if (!there.isUp || there.start !== start) over();
    else engine.after(lookMs, look, here);
  };
  send(here, there, () => {
    void Promise.resolve(question()).then((answer) =>
      send(there, here, () => {
        if (isOpen) over(() => resolve(answer));
      }),
    );
  });
  look();
  return promise;
}

/** `work`, as a process that is killed at its limit, or before by whoever has its number. */
function asProcess(work: Promise<GitResult>, { env, timeoutMs, onStart }: Partial<GitOptions>): Promise<GitResult> {
  const { promise, resolve } = Promise.withResolvers<GitResult>();
  const [marker = ''] = Object.entries(env ?? {}).map(([name, value]) => `${name}=${value}`);
  const row = processTable.add({
    marker,
    of: engine.current,
    onSignal: (name) => name === 'SIGKILL' && resolve(killed),
  });
  const child: unknown = { pid: row.pid };
  // Of the process that the broker sees, its number alone is asked for.
  onStart?.(child as ChildProcess);
  engine.after(timeoutMs ?? 0, () => processTable.signal(row.pid, 'SIGKILL'));
  const hungUp = said(128, '', 'fatal: the remote end hung up unexpectedly');
  void work
    .catch(() => hungUp)
    .then((result) => {
      if (processTable.get(row.pid) !== row) return;
      processTable.end(row.pid);
      resolve(result);
    });
  return promise;
}

async function push(args: readonly string[]): Promise<GitResult> {
  const [next = '', ref = ''] = (args.at(-1) ?? '').split(':');
  const permits = args.flatMap((arg) => /^--push-option=writ-permit=(.*)$/.exec(arg)?.[1] ?? []);
  const shown = await ask(() => remote.refs.get(ref) ?? '0'.repeat(40));
  const no = await ask(() => remote.receive({ ref, old: shown, new: next }, permits));
  return no === null ? said(0) : said(1, `!\t${next}:${ref}\t[remote rejected]\n`, no);
}

/** Runs one command to its end. */
export function git(args: readonly string[], options: GitOptions): Promise<GitResult> {
  switch (args[0]) {
    case 'ls-remote':
      return asProcess(
        ask(() => [...remote.refs].map(([ref, oid]) => `${oid}\t${ref}\n`).join('')).then((refs) => said(0, refs)),
        options,
      );
    case 'push':
      return asProcess(push(args), options);
    case 'cat-file':
      return Promise.resolve(said(0, 'commit\n'));
    case 'config':
      return Promise.resolve(said(1));
    default:
      return Promise.resolve(said(0));
  }
}
