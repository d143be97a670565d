/** `writ shell`: the person's own shell in the place of a session, recorded there; and a recording played again. The keys and the environment are not recorded. */

import { basename } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { projectName, runtimeApi } from '@writ/protocol';
import { exitCodes, failed, usage } from '../exit.ts';
import { canAsk } from '../place/keyboard.ts';
import { interruption } from '../place/interruption.ts';
import { repositoryAround } from '../place/repository.ts';
import { flagOption } from '../program/command.ts';
import type { CommandRun, Input } from '../program/command.ts';
import type { Context } from '../program/context.ts';
import { safeText } from '../render/safe-text.ts';
import type { CastEvent } from '../terminal/record-terminal.ts';
import { loadPty, recordTerminal } from '../terminal/record-terminal.ts';
import { createReplay } from '../terminal/replay-text.ts';
import { namedSession } from './session.ts';

export const run: CommandRun = async (context, input) => {
  if (flagOption(input, 'replay')) return replay(context, input);
  const { io } = context;
  if (!canAsk(io))
    throw usage('a shell needs a terminal', 'start it from one; `writ shell ID --replay` shows a recording');
  const pty = await loadPty();
  if (pty === null)
    throw failed(
      'a recorded terminal needs the package `@lydell/node-pty`, which is not here for this platform',
      '`npm install @lydell/node-pty` where Writ is installed; `writ exec -- sh` runs a shell under a mandate without a recording',
    );
  const session = await placeOf(context, input);
  const runtime = await context.planes.runtime();
  const params = { id: session.id };
  const terminal = `tty-${Date.now().toString(36)}`;
  const shell = io.env['SHELL'] ?? '/bin/sh';
  context.progress(
    `writ  recorded in session ${safeText(session.id)}; what you see here is kept, what is typed unseen is not. \`exit\` ends it`,
  );
  const ended = await recordTerminal(
    pty,
    {
      shell,
      cwd: session.path,
      // Not as a harness that Writ started: what the guard of a repository asks of one that was not, it asks here too.
      env: { ...io.env, WRIT_SHELL: session.id },
      keep: async (events) => {
        const data = { terminal, events: events.map((event) => [...event]) };
        await runtime.attempt(runtimeApi.observe, { params, body: { type: 'terminal.output', data } });
      },
    },
    io,
  );
  const { exitCode, columns, rows, screen, dropped } = ended;
  const fact = {
    kind: 'terminal' as const,
    terminal,
    shell: basename(shell),
    exit_code: exitCode,
    columns,
    rows,
    screen,
  };
  await runtime.attempt(runtimeApi.tellFact, { params, body: fact });
  if (session.isOwn)
    await runtime.attempt(runtimeApi.closeSession, {
      params,
      body: { exit_code: exitCode, summary: 'its shell ended' },
    });
  context.progress(
    `writ  \`writ shell ${safeText(session.id)} --replay\` shows it again${dropped === 0 ? '' : `; ${String(dropped)} characters were too many to keep`}`,
  );
  return exitCode;
};

type ShellPlace = { readonly id: string; readonly path: string; readonly isOwn: boolean };

/** The session that is named, or one of its own for the folder here. */
async function placeOf(context: Context, input: Input): Promise<ShellPlace> {
  if (input.words.length > 0) {
    const { id, workspace } = await namedSession(context, input);
    if (workspace === null)
      throw usage(`session \`${id}\` works in no folder`, 'name another, or none for a session of its own');
    return { id, path: workspace.path, isOwn: false };
  }
  const { cwd } = context.io;
  const around = await repositoryAround(cwd);
  const root = around.kind === 'found' ? around.root : cwd;
  const project = projectName(root);
  const body = {
    title: `a shell in ${project}`,
    project,
    agent: 'shell',
    driver: 'attended' as const,
    workspace: root,
    mandate: null,
  };
  const { id } = await (await context.planes.runtime()).call(runtimeApi.createSession, { body });
  return { id, path: cwd, isOwn: true };
}

/** The longest pause of a recording that is waited for. */
const longestPauseMs = 1_500;
const pageEvents = 1_000;

async function replay(context: Context, input: Input): Promise<number> {
  const { id, version } = await namedSession(context, input);
  const all: { readonly terminal: string; readonly events: readonly CastEvent[] }[] = [];
  const runtime = await context.planes.runtime();
  for (let after = 0; after < version;) {
    const { items } = await runtime.call(runtimeApi.sessionLog, {
      params: { id },
      query: { after, limit: pageEvents },
    });
    all.push(...items.flatMap(({ type, data }) => (type === 'observation.recorded' ? recordingIn(data) : [])));
    const last = items.at(-1);
    if (last === undefined) break;
    after = last.version;
  }
  const terminal = all.at(-1)?.terminal;
  if (terminal === undefined)
    throw usage(`session \`${id}\` has no recorded terminal`, `\`writ shell ${id}\` records one`);
  const events = all.filter((one) => one.terminal === terminal).flatMap((one) => one.events);
  // Asciicast, as its players read it: a header, then an event a line.
  context.answer({ version: 2, terminal, events });
  using stop = interruption();
  const shown = createReplay();
  let before = 0;
  for (const [at, , text] of events) {
    if (stop.signal.aborted) break;
    const pause = Math.min(longestPauseMs, (at - before) * 1_000);
    before = at;
    if (pause > 0 && context.io.stdout.isTTY && !context.json)
      await sleep(pause, undefined, { signal: stop.signal }).catch(() => undefined);
    if (!context.json) context.io.stdout.write(shown.show(text));
  }
  context.say(shown.end());
  return stop.signal.aborted ? exitCodes.interrupted : exitCodes.done;
}

function recordingIn(data: unknown): readonly { readonly terminal: string; readonly events: readonly CastEvent[] }[] {
  if (typeof data !== 'object' || data === null || !('type' in data) || data.type !== 'terminal.output') return [];
  const said = 'data' in data ? data.data : null;
  if (typeof said !== 'object' || said === null || !('terminal' in said) || !('events' in said)) return [];
  const { terminal, events } = said;
  if (typeof terminal !== 'string' || !Array.isArray(events)) return [];
  return [{ terminal, events: events.flatMap(castEvent) }];
}

function castEvent(event: unknown): readonly CastEvent[] {
  if (!Array.isArray(event)) return [];
  const [at, , text] = event as readonly unknown[]; // a list by the line above
  return typeof at === 'number' && typeof text === 'string' ? [[at, 'o', text]] : [];
}
