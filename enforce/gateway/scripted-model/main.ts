/**
 * Runs the scripted model server as a process of its own:
 *
 *   node enforce/gateway/scripted-model/main.ts --script FILE [--port 0] [--log FILE]
 *
 * FILE is JSON, or a TypeScript module whose default export is the script. It prints one line, `{"url":"http://…"}`,
 * when it listens, and ends on SIGINT or SIGTERM. A bad script ends it with code 2 and one sentence on stderr.
 */
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';

import { field } from './json.ts';
import { startModelServer, type ModelServer } from './model-server.ts';
import { parseScript, type Script } from './script.ts';

async function start(args: readonly string[]): Promise<ModelServer> {
  const { values } = parseArgs({
    args: [...args],
    options: { script: { type: 'string' }, port: { type: 'string', default: '0' }, log: { type: 'string' } },
  });
  if (values.script === undefined) throw new Error('no script; name one with `--script FILE`');
  const port = Number(values.port);
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new Error(`\`${values.port}\` is not a port; use 0 to 65535`);
  const script = await loadScript(resolve(values.script));
  return startModelServer({ script, port, ...(values.log === undefined ? {} : { log: values.log }) });
}

async function loadScript(file: string): Promise<Script> {
  if (!file.endsWith('.ts')) return parseScript(JSON.parse(await readFile(file, 'utf8')));
  const module: unknown = await import(pathToFileURL(file).href);
  return parseScript(field(module, 'default'));
}

try {
  const server = await start(process.argv.slice(2));
  const close = (): void => void server[Symbol.asyncDispose]();
  process.once('SIGINT', close).once('SIGTERM', close);
  process.stdout.write(`${JSON.stringify({ url: server.url })}\n`);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 2;
}
