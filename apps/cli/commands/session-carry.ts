/** `writ session export` and `writ session import`: a session from one machine to another, as one signed file. */

import { writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { resolve } from 'node:path';
import type { HistoryFile, HistoryHarness } from '@writ/enforce';
import { findHistories, readHistory, readWords } from '@writ/enforce';
import { projectName, runtimeApi } from '@writ/protocol';
import type { SessionWire } from '../connect/wire.ts';
import { CommandEnd, exitCodes, failed, usage } from '../exit.ts';
import { readNamed } from '../place/named-file.ts';
import { repositoryAround } from '../place/repository.ts';
import { flagOption, textOption } from '../program/command.ts';
import type { CommandRun, Input } from '../program/command.ts';
import type { Context } from '../program/context.ts';
import { count } from '../render/block.ts';
import { safeText } from '../render/safe-text.ts';
import { renderSession, sessionRow } from '../render/session.ts';
import { table } from '../render/width.ts';
import { namedSession } from './session.ts';

const timeoutMs = 120_000;
const harnesses = ['claude', 'codex', 'opencode'] as const;

type HistoryEntry = (typeof runtimeApi.takeInHistory.body)['_zod']['input']['entries'][number];
type JsonObject = Extract<Extract<HistoryEntry, { kind: 'call' | 'interrupted' }>['data'], Record<string, unknown>>;

export const runExport: CommandRun = async (context, input) => {
  const { id } = await namedSession(context, input);
  const file = textOption(input, 'handoff');
  if (file === undefined) throw usage('it is not said where to', `such as \`--handoff ${id}.writ\``);
  const runtime = await context.planes.runtime();
  const { bundle, ...carried } = await runtime.call(runtimeApi.carryAway, {
    params: { id },
    body: { withhold_words: flagOption(input, 'withoutWords') },
    timeoutMs,
  });
  await writeFile(resolve(context.io.cwd, file), bundle, { mode: 0o600, flag: 'wx' }).catch((error: unknown) => {
    throw failed(`\`${file}\` cannot be written: ${error instanceof Error ? error.message : String(error)}`, null);
  });
  context.answer({ ...carried, file });
  const style = context.style();
  context.say(
    `${String(carried.events)} events of session ${safeText(id)} are in ${safeText(file)}, signed by ${style.bold(safeText(carried.key))}`,
    `  ${style.dim(style.mark('way'))} there: writ session import ${safeText(file)} --key ${safeText(carried.key)}`,
  );
  return exitCodes.done;
};

/** Every session that the histories of a harness on this machine tell of, and is not here yet. */
async function importHistories(context: Context, input: Input, harness: HistoryHarness): Promise<number> {
  const runtime = await context.planes.runtime();
  const [only] = input.words;
  const files = await findHistories(context.io.env, context.io.env['HOME'] ?? homedir());
  const bySession = new Map<string, HistoryEntry[]>();
  for (const file of files.filter((one) => one.harness === harness))
    for (const [session, entry] of entriesIn(file)) {
      if (only !== undefined && !session.startsWith(only)) continue;
      const entries = bySession.get(session) ?? [];
      // As it was written; half a character, where a harness cut its words, is no text that can be kept.
      entries.push(wellFormed(entry));
      bySession.set(session, entries);
    }
  const around = await repositoryAround(context.io.cwd);
  const project =
    textOption(input, 'project') ??
    projectName(around.kind === 'none' || around.kind === 'unusable' ? context.io.cwd : around.root);
  const taken: SessionWire[] = [];
  const left: string[] = [];
  let known = 0;
  for (const [session, entries] of bySession) {
    entries.sort((a, b) => a.at.localeCompare(b.at)); // words and calls are read one after the other
    const body = { project, harness, session, entries };
    const answer = await runtime.attempt(runtimeApi.takeInHistory, { body, timeoutMs });
    if (answer.ok) taken.push(answer.value);
    else if (answer.problem.status === 409) known += 1;
    // INVARIANT: one that cannot be taken in keeps out no other.
    else if (answer.problem.status === 400 || answer.problem.status === 413 || answer.problem.status === 422)
      left.push(`${session}: ${answer.problem.detail}`);
    else throw new CommandEnd(answer.problem);
  }
  context.answer(taken);
  const style = context.style();
  context.say(
    ...table(taken.map((session) => sessionRow(session, style))),
    `${count(taken.length, 'session')} of ${harness} taken in, seen by you alone and without a mandate${known > 0 ? `; ${String(known)} were here already` : ''}`,
    ...left.map((one) => `${style.tone('bad', style.mark('failed'))} not taken in, ${safeText(one)}`),
  );
  return left.length === 0 ? exitCodes.done : exitCodes.failed;
}

/** The same with every string in it as text that can be kept: a lone surrogate becomes the mark of a character that was lost. */
const wellFormed = <Value>(value: Value): Value =>
  JSON.parse(JSON.stringify(value), (_, found: unknown) => {
    if (typeof found === 'string') return found.toWellFormed();
    if (typeof found !== 'object' || found === null || Array.isArray(found)) return found;
    return Object.fromEntries(Object.entries(found).map(([key, one]: [string, unknown]) => [key.toWellFormed(), one]));
    // The same shape, of which JSON keeps all.
  }) as Value;

/** What one history says, words first: what was said before a call stands at the same time as it. */
function* entriesIn(file: HistoryFile): Generator<readonly [string, HistoryEntry]> {
  const time = (at: number): string => new Date(at).toISOString();
  for (const words of readWords(file)) {
    const { session, kind, text } = words;
    const at = time(words.at);
    if (kind === 'typed') yield [session, { at, kind, text }];
    else if (kind !== 'answered') yield [session, { at, kind, text, by: words.helper }];
    else yield [session, { at, kind, call: words.call, text, exit_code: words.exitCode }];
  }
  for (const recorded of readHistory(file, 0)) {
    const { session, kind } = recorded;
    const at = time(recorded.at);
    if (kind === 'interrupted') yield [session, { at, kind, data: null }];
    if (kind !== 'call') continue;
    const { id, tool, cwd, input } = recorded;
    // JSON as the harness wrote it, read by the parser of histories.
    yield [session, { at, kind, data: { id, tool, cwd, input: input as JsonObject } }];
  }
}

export const runImport: CommandRun = async (context, input) => {
  const runtime = await context.planes.runtime();
  const harness = harnesses.find((name) => name === textOption(input, 'from'));
  if (harness !== undefined) return importHistories(context, input, harness);
  const [file = ''] = input.words;
  const bundle = (
    await readNamed(context.io, file, 'name what `writ session export ID --handoff FILE` wrote')
  ).toString('utf8');
  const around = await repositoryAround(resolve(context.io.cwd, textOption(input, 'into') ?? '.'));
  const repository = around.kind === 'none' || around.kind === 'unusable' ? null : around.root;
  const project = textOption(input, 'project') ?? projectName(repository ?? context.io.cwd);
  const body = { project, bundle, key: textOption(input, 'key') ?? null, repository };
  const session = await runtime.call(runtimeApi.takeIn, { body, timeoutMs });
  context.answer(session);
  context.say(...renderSession(session, context.style()));
  return exitCodes.done;
};
