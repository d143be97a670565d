/**
 * Runs a program in the foreground in our place: same terminal, same signals, same ending.
 * It decides nothing; it is what `exec` would be if Node had it.
 */
import { spawn } from 'node:child_process';
import { delimiter, dirname, join } from 'node:path';
import { root } from './setup.mjs';

/** A terminal sends these to the whole foreground group: the child has its own copy, and we outlive it. */
const fromTerminal = ['SIGINT', 'SIGQUIT'];
const toUsAlone = ['SIGTERM', 'SIGHUP'];

/**
 * Runs `node args…` in the checkout with the right Node and our own commands first in PATH.
 * @returns {Promise<number>} its exit code; when a signal ended it, the same signal ends us
 */
export function handOver(node, args) {
  const path = [dirname(node), join(root, 'node_modules', '.bin'), process.env.PATH].join(delimiter);
  const child = spawn(node, args, { cwd: root, stdio: 'inherit', env: { ...process.env, PATH: path } });
  const ignore = () => {};
  const forward = (signal) => child.kill(signal);
  for (const signal of fromTerminal) process.on(signal, process.stdin.isTTY ? ignore : forward);
  for (const signal of toUsAlone) process.on(signal, forward);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => {
      if (signal === null) return resolve(code);
      for (const name of [...fromTerminal, ...toUsAlone]) process.removeAllListeners(name);
      process.kill(process.pid, signal);
    });
  });
}
