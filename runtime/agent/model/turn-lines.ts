/** What the runtime and the program of a model's turn say to each other: one JSON text a line. What is no such line is something a program printed. */

import { z } from 'zod';

const json = z.json();

/** The first line the program is given. */
export const turnAsk = z.object({
  system: z.string().nullable(),
  model: z.string(),
  /** Of an API that speaks as OpenAI's does, such as `http://127.0.0.1:11434/v1`. */
  url: z.string(),
  /** The variable that holds the key, or what stands for it; null for a server that takes none. */
  keyEnv: z.string().nullable(),
  /** Such as `temperature`. */
  settings: z.record(z.string(), json),
  messages: z.array(json),
  prompt: z.string(),
  tools: z.array(z.string()),
  project: z.string(),
  /** Absolute and real: Writ's own folder, in which all but the worktree governs the agent. */
  stateDir: z.string(),
  maxSteps: z.int().min(1),
});
export type TurnAsk = z.infer<typeof turnAsk>;

/** Each line after it: something said into the turn, by a name that is answered with. */
export const steerLine = z.object({ steer: z.string(), name: z.string() });

/** And what became of a call that waits for a person, by its name. */
export const leaveLine = z.object({
  leave: z.string(),
  said: z.enum(['permit', 'refuse', 'cancelled']),
  sentence: z.string(),
});
export type LeaveLine = z.infer<typeof leaveLine>;

export const turnLine = z.discriminatedUnion('line', [
  z.object({ line: z.literal('said'), text: z.string() }),
  z.object({
    line: z.literal('judged'),
    call: z.string(),
    tool: z.string(),
    title: z.string(),
    action: z.string(),
    resource: z.string(),
    decision: z.enum(['permit', 'refuse', 'hold']),
    sentence: z.string(),
  }),
  /** A part of a call that a person has to say yes to: it is waited for, and answered by a line. */
  z.object({
    line: z.literal('held'),
    call: z.string(),
    title: z.string(),
    action: z.string(),
    resource: z.string(),
    parameters: z.record(z.string(), z.string()),
  }),
  z.object({
    line: z.literal('finished'),
    call: z.string(),
    tool: z.string(),
    status: z.enum(['completed', 'failed']),
  }),
  /** A step is over: what was said in it, in the form it is said again next time. */
  z.object({ line: z.literal('messages'), messages: z.array(json) }),
  /** What was said into the turn under this name stands in its conversation now. What nobody heard is not in it. */
  z.object({ line: z.literal('heard'), name: z.string() }),
  z.object({ line: z.literal('used'), input: z.int(), output: z.int(), model: z.string() }),
  z.object({ line: z.literal('ended'), done: z.boolean(), why: z.string() }),
]);
export type TurnLine = z.infer<typeof turnLine>;

/** The line in `text`, or null where it is none. */
export function readLine(text: string): TurnLine | null {
  if (!text.startsWith('{"line":')) return null;
  try {
    const read = turnLine.safeParse(JSON.parse(text));
    return read.success ? read.data : null;
  } catch {
    return null; // something a program printed
  }
}
