// Runs inside a sandbox without network: loopback ports that lead to sockets of Writ's outside, and the program that is told of them.
//   relay [wait=DESCRIPTOR] PORT=SOCKET… [SOCKET=PORT…] -- FILE ARGUMENTS…
// A number first is a port listened on inside; a path first is a socket listened on, by which somebody outside reaches that port inside. With `wait`, the program is started once a
// byte came from that descriptor, and not at all where it ends without one.
// It decides nothing and holds nothing: who ends it ends the way out, and the program. Plain JavaScript, by Node's older module system, which it starts sooner, and nothing but Node,
// because inside only this one file is seen.
'use strict';
const { spawn } = require('node:child_process');
const { closeSync, readSync, rmSync } = require('node:fs');
const { connect, createServer } = require('node:net');
const { constants } = require('node:os');

const words = process.argv.slice(2);
const end = words.indexOf('--');
const [file, ...argv] = words.slice(end + 1);
const [waits, pairs] = words[0]?.startsWith('wait=')
  ? [Number(words[0].slice('wait='.length)), words.slice(1, end)]
  : [null, words.slice(0, end)];

const listening = pairs.map((pair) => {
  const at = pair.lastIndexOf('=');
  const [from, to] = [pair.slice(0, at), pair.slice(at + 1)];
  const isPort = /^\d+$/.test(from);
  const server = createServer({ allowHalfOpen: true }, (near) => {
    const there = isPort ? { path: to } : { port: Number(to), host: '127.0.0.1' };
    const far = connect({ ...there, allowHalfOpen: true });
    for (const [one, other] of [
      [near, far],
      [far, near],
    ]) {
      one.on('error', () => other.destroy());
      one.on('close', () => other.destroySoon());
      one.pipe(other);
    }
  });
  server.on('error', (error) => {
    process.stderr.write(`writ: the way to the network cannot be opened: ${error.message}\n`);
    process.exit(126);
  });
  if (!isPort) rmSync(from, { force: true });
  return new Promise((resolve) => {
    server.listen(isPort ? { port: Number(from), host: '127.0.0.1' } : { path: from }, () => {
      server.unref();
      resolve();
    });
  });
});

/** Whether the program may begin. Its descriptor is no business of the program's. */
function isToldToBegin() {
  if (waits === null) return true;
  const told = readSync(waits, Buffer.alloc(1)) === 1;
  closeSync(waits);
  return told;
}

Promise.all(listening).then(() => {
  if (!isToldToBegin()) process.exit(126);
  const child = spawn(file, argv, { stdio: 'inherit' });
  // A terminal sends its own to the program as well.
  const ofTerminal = process.stdin.isTTY ? ['SIGINT', 'SIGQUIT'] : [];
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'])
    process.on(signal, () => ofTerminal.includes(signal) || child.kill(signal));
  child.on('error', (error) => {
    process.stderr.write(`writ: \`${file}\` could not be started: ${error.message}\n`);
    process.exit(127);
  });
  child.on('exit', (code, signal) => process.exit(code ?? 128 + (constants.signals[signal] ?? 0)));
});
