/** A small editor of the Agent Client Protocol, version 1: starts an agent, asks it, keeps all it is told, and answers what it is asked as the test says. */

import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

export type Wire = { readonly [key: string]: unknown };
export type Asked = { readonly method: string; readonly params: Wire };
export type Answer = {
  readonly result?: unknown;
  readonly error?: { readonly code: number; readonly message: string };
};

export type Editor = {
  readonly pid: number;
  /** What the agent asked, in order. */
  readonly asked: readonly Asked[];
  /** What it told. */
  readonly told: readonly Asked[];
  /** All it said in words. */
  readonly said: () => string;
  readonly stderr: () => string;
  ask(method: string, params: Wire): Promise<Answer>;
  notify(method: string, params: Wire): void;
  /** Speaks as raw as that. */
  write(message: Wire): void;
  readonly ended: Promise<number>;
} & AsyncDisposable;

export type EditorOptions = {
  readonly argv: readonly string[];
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  /** Never where it gives undefined. */
  readonly answer: (asked: Asked) => Answer | undefined;
};

/** The answer by the kind of an option, as somebody who looks at the words would give it. */
export function choose(kind: string): EditorOptions['answer'] {
  return ({ method, params }) => {
    if (method !== 'session/request_permission') return { error: { code: -32_601, message: 'not here' } };
    const options = params['options'] as readonly { optionId: string; kind: string }[]; // of the protocol
    const option = options.find((one) => one.kind === kind);
    return {
      result: {
        outcome: option === undefined ? { outcome: 'cancelled' } : { outcome: 'selected', optionId: option.optionId },
      },
    };
  };
}

export function openEditor({ argv, cwd, env, answer }: EditorOptions): Editor {
  const [file = '', ...args] = argv;
  const child = spawn(file, args, { cwd, env, stdio: ['pipe', 'pipe', 'pipe'] });
  const waiting = new Map<unknown, (answer: Answer) => void>();
  const asked: Asked[] = [];
  const told: Asked[] = [];
  let stderr = '';
  let next = 0;
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString('utf8')));
  child.stdin.on('error', () => undefined); // it ended; the test waits for that
  const write = (message: Wire): void => void child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
  createInterface({ input: child.stdout }).on('line', (line) => {
    const message = JSON.parse(line) as Wire;
    if (typeof message['method'] !== 'string') return waiting.get(message['id'])?.(message);
    const one = { method: message['method'], params: (message['params'] ?? {}) as Wire };
    if (message['id'] === undefined) return void told.push(one);
    asked.push(one);
    const given = answer(one);
    if (given !== undefined) write({ id: message['id'], ...given });
  });
  const ended = new Promise<number>((resolve) =>
    child.once('close', (code) => {
      for (const answered of waiting.values()) answered({ error: { code: 0, message: 'it ended' } });
      resolve(code ?? -1);
    }),
  );
  return {
    pid: child.pid ?? 0,
    asked,
    told,
    said: () =>
      told
        .map(({ params }) => {
          const update = (params['update'] ?? {}) as { content?: { text?: unknown } };
          return typeof update.content?.text === 'string' ? update.content.text : '';
        })
        .join('\n'),
    stderr: () => stderr,
    ask(method, params) {
      const id = `e${String((next += 1))}`;
      write({ id, method, params });
      return new Promise((resolve) => waiting.set(id, resolve));
    },
    notify: (method, params) => write({ method, params }),
    write,
    ended,
    async [Symbol.asyncDispose]() {
      child.stdin.end();
      const timer = setTimeout(() => child.kill('SIGKILL'), 8_000);
      await ended;
      clearTimeout(timer);
    },
  };
}
