/**
 * The tools of a model: read, list, search, write, edit, run, and a sub-agent. Each is judged by its name and input before it is carried out, inside the sandbox of the turn.
 *
 * It reaches nothing by itself that the sandbox does not let it reach; a path that leads out of the worktree, by a link too, is judged as what it is.
 */

import { execFile } from 'node:child_process';
import { realpathSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { z } from 'zod';

export type Carrying = {
  readonly cwd: string;
  readonly spawn: (agent: string, purpose: string) => Promise<string>;
  readonly signal: AbortSignal;
};

export type ModelTool = {
  readonly description: string;
  readonly input: z.ZodObject;
  /** What the same is called by Claude Code, whose calls are judged: by its name and its input. */
  readonly as: (input: Input, cwd: string) => { readonly tool: string; readonly input: Input };
  readonly carryOut: (input: Input, at: Carrying) => Promise<string>;
  /** The action that a session has to have for it to be offered. */
  readonly needs: string;
};
type Input = Readonly<Record<string, unknown>>;

const maxChars = 60_000;
const runLimitMs = 600_000;
const cut = (text: string): string =>
  text.length <= maxChars ? text : `${text.slice(0, maxChars)}\n… ${String(text.length - maxChars)} characters more`;
const text = (value: unknown): string => (typeof value === 'string' ? value : '');

/** Where `path` really is: links are followed as far as there is something. */
export function realPlace(path: string, cwd: string): string {
  const asked = resolve(cwd, path);
  for (let at = asked; ; at = dirname(at)) {
    try {
      return join(realpathSync(at), asked.slice(at.length));
    } catch {
      if (at === dirname(at)) return asked; // nothing of it is there
    }
  }
}

const path = z.string().min(1).max(4_096);
const onFile = (tool: string) => (input: Input, cwd: string) => ({
  tool,
  input: { file_path: realPlace(text(input['path']), cwd) },
});
const onFolder = (tool: string) => (input: Input, cwd: string) => ({
  tool,
  input: { path: realPlace(text(input['path']) || '.', cwd) },
});

export const modelTools: Readonly<Record<string, ModelTool>> = {
  read: {
    description: 'Read a text file of the project.',
    input: z.object({ path, from_line: z.int().min(1).optional(), lines: z.int().min(1).optional() }),
    needs: 'file.read',
    as: onFile('Read'),
    async carryOut(input, { cwd }) {
      const all = (await readFile(realPlace(text(input['path']), cwd), 'utf8')).split('\n');
      const from = Number(input['from_line'] ?? 1) - 1;
      return cut(all.slice(from, from + Number(input['lines'] ?? all.length)).join('\n'));
    },
  },
  list: {
    description: 'List a folder of the project.',
    input: z.object({ path: path.optional() }),
    needs: 'file.read',
    as: onFolder('LS'),
    async carryOut(input, { cwd }) {
      const found = await readdir(realPlace(text(input['path']) || '.', cwd), { withFileTypes: true });
      return cut(
        found
          .map((one) => (one.isDirectory() ? `${one.name}/` : one.name))
          .toSorted()
          .join('\n'),
      );
    },
  },
  search: {
    description: 'Search the files of the project for a regular expression.',
    input: z.object({ pattern: z.string().min(1).max(1_000), path: path.optional() }),
    needs: 'file.read',
    as: onFolder('Grep'),
    async carryOut(input, { cwd, signal }) {
      const where = realPlace(text(input['path']) || '.', cwd);
      const args = [
        '-rnIE',
        '--exclude-dir=.git',
        '--exclude-dir=node_modules',
        '-e',
        text(input['pattern']),
        '--',
        where,
      ];
      const { output } = await started('grep', args, cwd, signal);
      return cut(output.replaceAll(`${cwd}/`, '')) || 'nothing matches';
    },
  },
  write: {
    description: 'Write a whole file of the project.',
    input: z.object({ path, content: z.string().max(1_000_000) }),
    needs: 'file.write',
    as: onFile('Write'),
    async carryOut(input, { cwd }) {
      const target = realPlace(text(input['path']), cwd);
      await mkdir(dirname(target), { recursive: true });
      await writeFile(target, text(input['content']));
      return 'written';
    },
  },
  edit: {
    description: 'Replace a text that occurs once in a file of the project.',
    input: z.object({ path, old: z.string().min(1), new: z.string() }),
    needs: 'file.write',
    as: onFile('Edit'),
    async carryOut(input, { cwd }) {
      const target = realPlace(text(input['path']), cwd);
      const [before = '', ...after] = (await readFile(target, 'utf8')).split(text(input['old']));
      if (after.length !== 1) throw new Error(`the text to replace occurs ${String(after.length)} times`);
      await writeFile(target, before + text(input['new']) + (after[0] ?? ''));
      return 'replaced';
    },
  },
  run: {
    description: 'Run a shell command in the project. Its output and exit code come back.',
    input: z.object({ command: z.string().min(1).max(20_000) }),
    needs: 'shell.run',
    as: (input) => ({ tool: 'Bash', input: { command: text(input['command']) } }),
    async carryOut(input, { cwd, signal }) {
      const { code, output } = await started('/bin/sh', ['-c', text(input['command'])], cwd, signal);
      return `${cut(output)}\nexit code ${code}`;
    },
  },
  agent: {
    description: 'Give a part of the work to another accepted agent, and wait for how it ended.',
    input: z.object({ agent: z.string().min(1).max(64), purpose: z.string().min(1).max(4_000) }),
    needs: 'agent.spawn',
    as: (input) => ({ tool: 'Agent', input: { subagent_type: text(input['agent']) } }),
    carryOut: (input, { spawn }) => spawn(text(input['agent']), text(input['purpose'])),
  },
};

function started(
  program: string,
  args: readonly string[],
  cwd: string,
  signal: AbortSignal,
): Promise<{ readonly code: string; readonly output: string }> {
  return new Promise((done) => {
    const options = { cwd, signal, timeout: runLimitMs, maxBuffer: 16 * 1024 * 1024, encoding: 'utf8' as const };
    execFile(program, args, options, (error, stdout, stderr) => {
      const code = error === null ? '0' : String(error.code ?? error.signal ?? 'unknown');
      done({ code, output: stdout + stderr });
    });
  });
}
