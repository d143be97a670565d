// Runs inside a sandbox without network: a loopback port that leads to the run's egress gate, and the program that is told of it.
// It decides nothing and holds nothing: who ends it ends the run's way out, and the run. Plain JavaScript and nothing but Node, because a run sees only this one file.
import { spawn } from 'node:child_process';
import { connect, createServer } from 'node:net';
import { constants } from 'node:os';

const [, , gate, port, file, ...argv] = process.argv;

const server = createServer({ allowHalfOpen: true }, (inside) => {
  const outside = connect({ path: gate, allowHalfOpen: true });
  for (const [from, to] of [
    [inside, outside],
    [outside, inside],
  ]) {
    from.on('error', () => to.destroy());
    from.on('close', () => to.destroySoon());
    from.pipe(to);
  }
});

server.on('error', (error) => {
  process.stderr.write(`writ: the way to the network cannot be opened: ${error.message}\n`);
  process.exit(126);
});
server.listen(Number(port), '127.0.0.1', () => {
  server.unref();
  const child = spawn(file, argv, { stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT']) process.on(signal, () => child.kill(signal));
  child.on('error', (error) => {
    process.stderr.write(`writ: \`${file}\` could not be started: ${error.message}\n`);
    process.exit(127);
  });
  child.on('exit', (code, signal) => process.exit(code ?? 128 + (constants.signals[signal] ?? 0)));
});
