/**
 * One run of an agent program with no network at all: it and a model server of its own stand in a namespace that holds nothing but their
 * loopback. What it did is judged by files, and what it asked of the model by the server's log.
 *
 * Linux with bubblewrap. A process that the program leaves behind ends with the namespace.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import type { ModelRequest } from '@writ/enforce';
import type { Script } from '@writ/enforce';
import { runProgram, type Ended, type Launch } from './program.ts';
import type { Workplace } from './workplace.ts';

/** What the server's log keeps of a request. */
export type Logged = Omit<ModelRequest, 'headers' | 'body'>;

/** A shell command that names the network interfaces there are: `interfaces: lo` where nothing else can be reached. */
export const sayInterfaces = 'tail -n +3 /proc/net/dev | cut -d: -f1 | xargs echo interfaces:';

export type SealedRun = Ended & { readonly requests: readonly Logged[] };

const server = join(import.meta.dirname, '../../enforce/gateway/scripted-model/main.ts');
/** Free by construction: the namespace is new. */
const port = '8801';

/** Where the model answers, inside. */
export const sealedModelUrl = `http://127.0.0.1:${port}`;

const namespaces = ['bwrap', '--dev-bind', '/', '/', '--unshare-net', '--unshare-pid', '--proc', '/proc'] as const;

/** Starts the model server, waits until it listens, and goes on as the program. */
const beside = `
ready=$1; shift
"$1" "$2" "$3" "$4" "$5" "$6" "$7" "$8" > "$ready" 2>&1 & server=$!; shift 8
until grep -q url "$ready"; do kill -0 $server || { cat "$ready" >&2; exit 70; }; sleep 0.05; done
exec "$@"`;

/** Runs the program to its end in `place`, beside a model that plays `script`. Kills everything when it lasts longer than a minute. */
export async function runSealed(
  launch: Omit<Launch, 'cwd' | 'around'>,
  place: Workplace,
  script: Script,
): Promise<SealedRun> {
  const files = join(dirname(place.home), 'model');
  await mkdir(files);
  const [played, log] = [join(files, 'script.json'), join(files, 'log')];
  await writeFile(played, JSON.stringify(script));
  const model = [process.execPath, server, '--script', played, '--port', port, '--log', log];
  const around = [...namespaces, '--die-with-parent', 'sh', '-c', beside, 'sealed', join(files, 'ready'), ...model];
  const ended = await runProgram({ ...launch, cwd: place.cwd, around }, AbortSignal.timeout(60_000));
  return { ...ended, requests: await loggedIn(log, ended) };
}

async function loggedIn(log: string, { stderr }: Ended): Promise<readonly Logged[]> {
  const text = await readFile(log, 'utf8').catch(() => {
    throw new Error(`the program never asked the model; it said: ${stderr}`);
  });
  // Written by the model server, a request a line.
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Logged);
}
