/**
 * Records working sessions with the real Claude Code, Codex and opencode on scripted models, as their hooks tell of them, for the test that counts how often a
 * person would be asked:
 *
 *   node test/agents/record-sessions.ts FOLDER
 *
 * Each session is a kind of work of its own, in a small repository of its own; what its commands do really happens, in a folder that is thrown away. One line of
 * a recording is one hook as it came, but for the folders of the run, which become `/home/dev` and `/home/dev/app`, and for texts longer than 200 characters, which are cut.
 */
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { json } from 'node:stream/consumers';

import { startModelServer } from '@writ/enforce';
import { runClaude } from './claude.ts';
import { opencodeEnvironment } from './opencode.ts';
import { freshEnvironment, runProgram } from './program.ts';
import type { SessionScript } from './session-scripts.ts';
import { sessionScripts } from './session-scripts.ts';
import { workplace } from './workplace.ts';

const [folder, only] = process.argv.slice(2);
if (folder === undefined) throw new Error('record where? name a folder');

const mostText = 200;
const limitMs = 90_000;

async function record(script: SessionScript): Promise<void> {
  await using place = await workplace();
  const git = (...args: string[]): void => void execFileSync('git', args, { cwd: place.cwd, stdio: 'ignore' });
  git('init', '-q', '-b', 'main');
  for (const [path, text] of Object.entries(script.files)) {
    await mkdir(dirname(join(place.cwd, path)), { recursive: true });
    await writeFile(join(place.cwd, path), text);
  }
  git('add', '-A');
  git('-c', 'user.name=dev', '-c', 'user.email=dev@example.invalid', 'commit', '-q', '-m', 'start');
  const lines: string[] = [];
  const tell = (text: string): string =>
    text.replaceAll(place.cwd, '/home/dev/app').replaceAll(place.home, '/home/dev');
  const server = createServer((request, response) => {
    void json(request).then((body) => {
      lines.push(tell(JSON.stringify(shortened(body))));
      const answer = script.harness === 'opencode' ? '{"allow":true}' : '{}';
      response
        .writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(answer) })
        .end(answer);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  // A TCP server that listens has an AddressInfo.
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${String(port)}/hook`;
  const calls = script.calls(place.cwd);
  await using model = await startModelServer({
    script: {
      marker: script.task,
      turns: [...calls.map((tools) => ({ tools: [...tools] })), { say: 'Done.' }],
      conversations: Object.entries(script.helpers?.(place.cwd) ?? {}).map(([marker, turns]) => ({
        marker,
        turns: [...turns.map((tools) => ({ tools: [...tools] })), { say: 'found' }],
      })),
    },
  });
  await run[script.harness](place, model.url, url, script.task);
  server.close();
  server.closeAllConnections();
  await mkdir(folder ?? '', { recursive: true });
  await writeFile(join(folder ?? '', `${script.name}.${script.harness}.jsonl`), `${lines.join('\n')}\n`);
  process.stdout.write(`${script.name}: ${String(lines.length)} hooks\n`);
}

type Place = { readonly home: string; readonly cwd: string };

const run = {
  async claude({ cwd, home }: Place, modelUrl: string, url: string, task: string): Promise<void> {
    const events = ['UserPromptSubmit', 'PreToolUse', 'PostToolUse', 'PostToolUseFailure', 'SubagentStop', 'Stop'];
    const hooks = Object.fromEntries(
      events.map((event) => [event, [{ matcher: '*', hooks: [{ type: 'http', url, timeout: 10 }] }]]),
    );
    const signal = AbortSignal.timeout(limitMs);
    await runClaude({ cwd, home, modelUrl, settings: { hooks }, args: ['-p', task], signal });
  },
  async codex({ cwd, home }: Place, modelUrl: string, url: string, task: string): Promise<void> {
    const post = `curl -fsS --data-binary @- -H 'content-type: application/json' ${url}`;
    const hooks = ['UserPromptSubmit', 'PreToolUse', 'PostToolUse', 'Stop'].flatMap((event) => [
      '-c',
      `hooks.${event}=[{matcher=".*",hooks=[{type="command",command=${JSON.stringify(post)},timeout=10}]}]`,
    ]);
    const config = [
      'model = "gpt-5"',
      'model_provider = "stub"',
      '[model_providers.stub]',
      'name = "stub"',
      `base_url = "${modelUrl}/v1"`,
      'env_key = "STUB_KEY"',
      'wire_api = "responses"',
      '[analytics]',
      'enabled = false',
      `[projects.${JSON.stringify(cwd)}]`,
      'trust_level = "trusted"',
    ];
    await writeFile(join(home, 'config.toml'), config.join('\n'));
    const open = ['--dangerously-bypass-approvals-and-sandbox', '--dangerously-bypass-hook-trust'];
    const args = [...hooks, '-c', 'features.hooks=true', 'exec', '--json', ...open, task];
    const env = freshEnvironment(home, { CODEX_HOME: home, STUB_KEY: 'sk-local' });
    await runProgram({ program: 'codex', args, cwd, env }, AbortSignal.timeout(limitMs));
  },
  async opencode({ cwd, home }: Place, modelUrl: string, url: string, task: string): Promise<void> {
    const plugin = join(import.meta.dirname, '../../enforce/gateway/adapters/opencode-plugin.mjs');
    const hook = { WRIT_HOOK_URL: url, WRIT_HOOK_TOKEN: 'recorder' };
    const env = { ...opencodeEnvironment(home, modelUrl, { plugin: [`file://${plugin}`] }), ...hook };
    const args = ['run', '--format', 'json', task];
    await runProgram({ program: 'opencode', args, cwd, env }, AbortSignal.timeout(limitMs));
  },
} as const satisfies Record<SessionScript['harness'], unknown>;

function shortened(value: unknown): unknown {
  if (typeof value === 'string') return value.length > mostText ? `${value.slice(0, mostText)}…` : value;
  if (Array.isArray(value)) return value.map(shortened);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, inner]) => (key === 'tool_response' ? [] : [[key, shortened(inner)]])),
  );
}

for (const script of sessionScripts) if (only === undefined || script.name === only) await record(script);
