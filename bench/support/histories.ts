/**
 * Histories as Claude Code and Codex leave them in a home, of a wanted size: what is read, run and edited, with results of tools as most of the bytes. Made from a seed, so that
 * each run reads the same.
 */

import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';

const words = 'const value = await load(path); // the server said "ENOENT" and the test failed\n import export'.split(
  ' ',
);
const commands = [
  'npm test',
  'git status',
  'rg -n "foo" src | head -20',
  'npx tsc --noEmit && npm run lint',
  'git push origin feat/x',
  'curl -s https://api.github.com/repos/x',
  'for f in src/*.ts; do echo $f; done',
];

/** Numbers below a bound, the same in each run (a linear congruential generator). */
function numbers(): (below: number) => number {
  let seed = 7;
  return (below) => {
    seed = (seed * 1_103_515_245 + 12_345) & 0x7fffffff;
    return seed % below;
  };
}

/** Writes `bytes` of each harness's history below `home`. Returns how much was written. */
export function writeHistories(home: string, bytes: { readonly claude: number; readonly codex: number }): number {
  const below = numbers();
  const text = Array.from({ length: 12_000 }, () => words[below(words.length)] ?? '').join(' ');
  const some = (length: number): string => {
    const from = below(4_000);
    return text.slice(from, from + length);
  };
  let at = Date.parse('2026-09-01T08:00:00Z');
  let id = 0;

  /** Sessions of some megabytes each, until there is enough. `step` gives the lines of one call. */
  function sessions(wanted: number, path: (session: number) => string, step: (session: number) => string): number {
    let done = 0;
    for (let session = 0; done < wanted; session += 1) {
      const name = join(home, path(session));
      mkdirSync(dirname(name), { recursive: true });
      const file = openSync(name, 'w');
      for (let left = (4 + below(30)) * 1_048_576; left > 0 && done < wanted;) {
        let chunk = '';
        while (chunk.length < 1_048_576) {
          at += 8_000 + below(20_000);
          id += 1;
          chunk += step(session);
        }
        const size = writeSync(file, chunk);
        done += size;
        left -= size;
      }
      closeSync(file);
    }
    return done;
  }

  const json = (value: object): string => `${JSON.stringify(value)}\n`;
  const command = (): string => `${commands[below(commands.length)] ?? ''} ${String(below(3_000))}`;
  const claude = (session: number): string => {
    const base = {
      isSidechain: false,
      cwd: `/repo/p${String(session % 12)}`,
      sessionId: `session-${String(session)}`,
      timestamp: new Date(at).toISOString(),
      uuid: `u-${String(id)}`,
    };
    const usage = {
      input_tokens: 5,
      cache_creation_input_tokens: 1_200,
      cache_read_input_tokens: 80_000,
      output_tokens: 300,
    };
    const said = (...content: readonly object[]): string =>
      json({
        ...base,
        type: 'assistant',
        requestId: `req_${String(id)}`,
        message: { id: `msg_${String(id)}`, role: 'assistant', model: 'claude-sonnet-4-5', content, usage },
      });
    const file = `/repo/p${String(session % 12)}/src/f${String(below(400))}.ts`;
    const tools = [
      { name: 'Bash', input: { command: command(), description: 'x' } },
      { name: 'Read', input: { file_path: file } },
      { name: 'Edit', input: { file_path: file, old_string: some(600), new_string: some(900) } },
    ];
    const content = some(6_500);
    return [
      ...(id % 40 === 0 ? [json({ ...base, type: 'user', message: { role: 'user', content: some(300) } })] : []),
      said({ type: 'text', text: some(400) }),
      said({ type: 'tool_use', id: `toolu_${String(id)}`, ...tools[below(3)] }),
      json({
        ...base,
        type: 'user',
        message: { role: 'user', content: [{ tool_use_id: `toolu_${String(id)}`, type: 'tool_result', content }] },
        toolUseResult: { stdout: content, stderr: '' },
      }),
    ].join('');
  };
  const codex = (session: number): string => {
    const line = (type: string, payload: object): string =>
      json({ timestamp: new Date(at).toISOString(), type, payload });
    const call = `call_${String(id)}`;
    const total = { input_tokens: id * 100, total_tokens: id };
    return [
      line('session_meta', { id: `s-${String(session)}`, cwd: `/repo/p${String(session % 12)}` }),
      line('turn_context', { cwd: `/repo/p${String(session % 12)}`, model: 'gpt-5' }),
      line('response_item', { type: 'reasoning', summary: [], encrypted_content: some(1_500) }),
      line('response_item', {
        type: 'function_call',
        name: 'exec_command',
        arguments: JSON.stringify({ cmd: command() }),
        call_id: call,
      }),
      line('response_item', { type: 'function_call_output', call_id: call, output: some(6_500) }),
      line('event_msg', {
        type: 'token_count',
        info: { total_token_usage: total, last_token_usage: { input_tokens: 900, output_tokens: 30 } },
      }),
    ].join('');
  };
  return (
    sessions(bytes.claude, (n) => `.claude/projects/-repo-p${String(n % 12)}/session-${String(n)}.jsonl`, claude) +
    sessions(bytes.codex, (n) => `.codex/sessions/2026/09/01/rollout-${String(n)}.jsonl`, codex)
  );
}
