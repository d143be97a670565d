// Inside a sandbox without network: a connection to HOST PORT through the gate, on standard input and output, for a client that names such a program (`ProxyCommand` of
// ssh_config(5)). A gate on a port of the machine wants the word that `HTTP_PROXY` has for it. Plain JavaScript and nothing but Node, because inside only this one file is seen.
import { connect } from 'node:net';

const [, , gatePort, host, port] = process.argv;
const gate = connect({ port: Number(gatePort), host: '127.0.0.1' });
gate.on('error', (error) => {
  process.stderr.write(`writ: the gate cannot be reached: ${error.message}\n`);
  process.exit(1);
});
const { username, password, port: proxyPort } = new URL(process.env.HTTP_PROXY ?? 'http://127.0.0.1');
const word =
  password === '' || proxyPort !== gatePort
    ? ''
    : `Proxy-Authorization: Basic ${Buffer.from(`${username}:${password}`).toString('base64')}\r\n`;
gate.write(
  `CONNECT ${host.includes(':') ? `[${host}]` : host}:${port} HTTP/1.1\r\nHost: ${host}:${port}\r\n${word}\r\n`,
);
let head = Buffer.alloc(0);
const readHead = (chunk) => {
  head = Buffer.concat([head, chunk]);
  const end = head.indexOf('\r\n\r\n');
  if (end < 0) return;
  gate.off('data', readHead);
  if (!/^HTTP\/1\.1 200 /.test(head.toString('latin1'))) {
    const said = head.subarray(end + 4);
    process.stderr.write(said);
    gate.pipe(process.stderr);
    process.exitCode = 1;
    return;
  }
  process.stdout.write(head.subarray(end + 4));
  gate.pipe(process.stdout);
  process.stdin.pipe(gate);
};
gate.on('data', readHead);
