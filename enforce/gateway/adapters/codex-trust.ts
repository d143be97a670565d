/**
 * The hashes by which Codex knows Writ's hooks: asked of the very Codex that is to run, and kept for as long as that program and the hooks are the same.
 *
 * It never computes them itself: what Codex would call trusted is Codex's to say.
 */

import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, realpathSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { z } from 'zod';

const listed = z.object({
  id: z.literal(2),
  result: z.object({
    data: z.array(
      z.object({ hooks: z.array(z.object({ key: z.string(), currentHash: z.string(), source: z.string() })) }),
    ),
  }),
});
const kept = z.record(z.string(), z.record(z.string(), z.string()));

const askTimeoutMs = 15_000;

/** By the key of a hook. Empty where Codex does not say. */
export async function codexHashes(
  program: string,
  hookArgs: readonly string[],
  place: { readonly cache: string; readonly cwd: string; readonly env: NodeJS.ProcessEnv },
): Promise<ReadonlyMap<string, string>> {
  const file = join(place.cache, 'codex-hooks.json');
  const { size, mtimeMs } = statSync(realpathSync(program));
  const of = JSON.stringify([realpathSync(program), size, mtimeMs, hookArgs]);
  const key = createHash('sha256').update(of).digest('base64url');
  const known = read(file)[key];
  if (known !== undefined) return new Map(Object.entries(known));
  const hashes = await ask(program, hookArgs, place);
  if (hashes.size > 0) {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    // One Codex at a time is used here: what an older one said is of no use.
    writeFileSync(file, JSON.stringify({ [key]: Object.fromEntries(hashes) }), { mode: 0o600 });
  }
  return hashes;
}

function read(file: string): z.infer<typeof kept> {
  try {
    return kept.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    return {}; // nothing kept, or not ours: it is asked again
  }
}

function ask(
  program: string,
  hookArgs: readonly string[],
  { cwd, env }: { readonly cwd: string; readonly env: NodeJS.ProcessEnv },
): Promise<ReadonlyMap<string, string>> {
  const child = spawn(program, [...hookArgs, 'app-server'], { cwd, env, stdio: ['pipe', 'pipe', 'ignore'] });
  const timer = setTimeout(() => child.kill('SIGKILL'), askTimeoutMs);
  const say = (message: object): void => void child.stdin.write(`${JSON.stringify(message)}\n`);
  return new Promise((resolve) => {
    const done = (hashes: ReadonlyMap<string, string>): void => {
      clearTimeout(timer);
      child.kill();
      resolve(hashes);
    };
    child.stdin.on('error', () => undefined); // it ended; `close` follows
    child.once('error', () => done(new Map()));
    child.once('close', () => done(new Map()));
    createInterface({ input: child.stdout }).on('line', (line) => {
      const found = listed.safeParse(parsed(line));
      if (!found.success) return;
      const hooks = found.data.result.data.flatMap((one) => one.hooks);
      done(new Map(hooks.filter(({ source }) => source === 'sessionFlags').map((one) => [one.key, one.currentHash])));
    });
    say({
      id: 1,
      method: 'initialize',
      params: { clientInfo: { name: 'writ', title: 'Writ', version: '0' }, capabilities: { experimentalApi: true } },
    });
    say({ method: 'initialized' });
    say({ id: 2, method: 'hooks/list', params: { cwds: [cwd] } });
  });
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined; // not a message
  }
}
