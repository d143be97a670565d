/**
 * What the data of each event of a session is like, for events that were written elsewhere: whoever reads the log later looks for nothing that is not there. It judges shapes alone, and lets through members it does not
 * know, as a newer release may have written them.
 */

import type { JsonValue } from '@writ/journal';
import { z } from 'zod';
import type { SessionEvent } from '../events.ts';
import { resetParts, wakes } from '../events.ts';
import type { Fact, Seen } from '../workspace-fact.ts';

type DataOf<Type extends SessionEvent['type']> = Extract<SessionEvent, { readonly type: Type }>['data'];
type Shapes = { readonly [Type in SessionEvent['type']]: z.ZodType<DataOf<Type>> };

const text = z.string();
const texts = z.array(text);
const maybe = text.nullable();
const whole = z.int().min(0);
const code = z.int().nullable();
// Whatever it is, it came as JSON.
const json = z.unknown().refine((value) => value !== undefined) as z.ZodType<JsonValue>;

const driver = z.enum(['command', 'acp', 'model', 'person', 'attended']);
// The keys of a table of ours.
const wake = z.enum(Object.keys(wakes) as (keyof typeof wakes)[]);
const workspace = z.object({ path: text, branch: maybe, head: maybe });
const sandbox = z.object({
  kind: z.enum(['contain', 'none']),
  writable: texts,
  hidden: texts,
  network: z.enum(['none', 'gated', 'open']),
});
const pin = z.object({ name: text, hash: text }).nullable();
const visibility = z.discriminatedUnion('to', [
  z.object({ to: z.literal('project') }),
  z.object({ to: z.literal('private'), members: texts }),
]);
const acting = z.object({
  agent: z.object({ name: text, hash: text }),
  mandate: text,
  actions: texts,
  driver,
  argv: texts,
  sandbox,
});
const printed = z.object({ run: text, from: whole, next: whole, text, dropped: whole }).nullable();
const late = z.literal(true).optional();
const kept = z.discriminatedUnion('in', [
  z.object({ in: z.enum(['repository', 'shadow']), commit: text, tree: text }),
  z.object({ in: z.literal('nothing'), because: text }),
]);

const seen = { seenAt: text, method: text, tree: maybe };
type Facts = readonly [z.ZodType<Fact & Seen>, ...z.ZodType<Fact & Seen>[]];
const facts = [
  z.object({
    ...seen,
    ...{ kind: z.literal('git'), branch: maybe, head: maybe, upstream: maybe, ahead: whole, behind: whole },
    ...{ dirty: whole, paths: texts, stashes: whole, underWay: maybe },
    reason: z.object({ text, from: text }).nullable(),
  }),
  z.object({
    ...seen,
    ...{ kind: z.literal('command'), command: text, cwd: maybe, exitCode: code, output: text },
    by: z.enum(['run', 'harness', 'person']),
  }),
  z.object({
    ...seen,
    ...{ kind: z.literal('tests'), runner: text, command: maybe, passed: whole, failed: whole, skipped: whole },
    failing: z.array(z.object({ name: text, file: maybe, message: text })),
  }),
  z.object({ ...seen, kind: z.literal('mcp'), server: text, digest: text, tools: whole }),
  z.object({ ...seen, kind: z.literal('data_store'), path: text, engine: text, newest: maybe, migrations: whole }),
  z.object({ ...seen, kind: z.literal('pin'), target: text, note: text, digest: maybe }),
  z.object({
    ...seen,
    ...{ kind: z.literal('outside'), source: text, subject: text, sentence: text, url: maybe },
    status: z.enum(['good', 'bad', 'pending', 'unknown']),
  }),
  z.object({
    ...seen,
    ...{ kind: z.literal('service'), service: text, port: whole, address: text, pid: whole, startTime: text },
    ...{ program: text, run: maybe, state: z.enum(['listening', 'adopted', 'reaped', 'gone']) },
  }),
  z.object({
    ...seen,
    ...{ kind: z.literal('terminal'), terminal: text, shell: text, exitCode: code, columns: whole, rows: whole },
    screen: text,
  }),
] as const satisfies Facts;

/** Of each type; null where words may be missing. */
const shapes: Shapes = {
  'session.opened': z.object({
    ...{ title: text, project: text, agent: text, driver, argv: texts, sandbox, pin: pin.optional() },
    ...{ mandate: maybe, mission: maybe, task: maybe, parent: maybe, repository: maybe },
    workspace: workspace.nullable(),
  }),
  'visibility.changed': z.object({ visibility }),
  'participant.joined': z.object({ who: text }),
  'participant.left': z.object({ who: text }),
  'lease.taken': z.object({ holder: text, token: whole, machine: text.optional() }),
  'input.admitted': z
    .object({
      ...{ input: text, text, wake, by: text, drives: z.boolean(), agent: pin.optional() },
      delivery: z.enum(['steer', 'queue']),
      person: z.literal(true).optional(),
      request: z.object({ claim: text, bodyDigest: text }).optional(),
    })
    .nullable(),
  'input.steered': z.object({ input: text, turn: text }),
  'input.set_aside': z.object({ input: text, reason: text }),
  'turn.started': z.object({ turn: text, input: maybe, wake, token: whole }),
  'turn.composed': z.object({ turn: text, digest: text, driver, model: maybe, acting: acting.nullable() }),
  'context.recorded': z.object({ turn: text, digest: text, text }).nullable(),
  'message.recorded': z.object({ turn: text, message: json }).nullable(),
  'conversation.advanced': z.object({ turn: text, digest: text, messages: whole, agentSession: maybe }),
  'conversation.reset': z.object({ reason: text }),
  'turn.ended': z
    .object({ turn: text, outcome: z.enum(['done', 'failed', 'interrupted']), exitCode: code, summary: text })
    .nullable(),
  'run.started': z.object({
    ...{ run: text, turn: maybe, operation: text, action: text, resource: text, argv: texts },
    purpose: z.enum(['work', 'evidence']),
  }),
  'output.recorded': printed,
  'output.late': printed,
  'run.ended': z.object({
    ...{ run: text, operation: text, exitCode: code, why: text },
    ended: z.enum(['exited', 'killed', 'lost', 'not_started']),
  }),
  'agent.said': z.object({ turn: text, kind: text, text, late, by: text.optional() }).nullable(),
  'tool.judged': z
    .object({
      ...{ turn: text, call: text, title: text, action: text, resource: text, sentence: text },
      decision: z.enum(['permit', 'refuse', 'hold']),
      approval: text.optional(),
    })
    .nullable(),
  'tool.updated': z.object({ turn: text, call: text, status: text, title: text }).nullable(),
  'observation.recorded': z.object({ type: text, data: json }).nullable(),
  'note.left': z.object({ text, for: maybe.optional(), late }).nullable(),
  'checkpoint.recorded': z.object({ commit: text, tree: text, branch: maybe }),
  'checkpoint.taken': z.object({
    ...{ checkpoint: text, turn: maybe, files: kept, branch: maybe, head: maybe, without: texts },
    why: z.enum(['before_turn', 'after_turn', 'before_rewind', 'after_rewind', 'asked']),
  }),
  'session.rewound': z.object({
    ...{ to: text, after: whole, undo: text, preview: text, written: whole, deleted: whole, left: whole },
  }),
  'fact.seen': z.discriminatedUnion('kind', facts).nullable(),
  'place.changed': z.object({ workspace }),
  'child.opened': z.object({ session: text, mandate: text, agent: text, key: text.optional() }),
  'child.ended': z.object({ session: text, outcome: text }),
  'session.paused': z.object({
    cause: z.enum([
      ...(['person', 'mandate', 'budget', 'approval', 'unreachable', 'place', 'scope', 'context'] as const),
      'credential',
      'fault',
    ]),
    reason: text,
    above: text.optional(),
  }),
  'session.resumed': z.object({ wake, sentence: text }),
  'session.told': z.object({ sentence: text, words: texts }),
  'session.rebound': z.object({ from: text, to: text }),
  'session.bound': z.object({ mandate: text }),
  'session.forked': z.object({ from: text, at: z.int().min(1), base: maybe }),
  'fork.opened': z.object({ session: text, at: whole }),
  'fork.adopted': z
    .object({
      ...{ fork: text, digest: text, base: maybe, tree: maybe, files: texts, patch: maybe },
      notes: z.array(z.object({ by: text, text })),
      decisions: z.array(z.object({ ask: text, answer: text, by: text })),
    })
    .nullable(),
  'session.adopted': z.object({ into: text, tree: text }),
  'session.reset': z.object({ what: z.enum(resetParts), cleared: texts, kept: texts, undo: text }),
  'history.received': z.object({
    source: text,
    marks: z.array(z.object({ version: whole, at: text, actor: text, hash: text })),
  }),
  'session.received': z.object({
    ...{ source: text, key: maybe, workspace: workspace.nullable(), repository: maybe, reason: text },
  }),
  'session.handed_off': z.object({ bundle: text, reason: text }),
  'session.archived': z.object({ reason: text }),
  'session.unarchived': z.object({ reason: text }),
  'session.inert': z.object({ reason: text }),
  'session.closed': z.object({ exitCode: code, summary: text }).nullable(),
};

/** Whether `data` is like that of an event of a type that is known here. */
export const hasShape = (type: SessionEvent['type'], data: unknown): boolean => shapes[type].safeParse(data).success;
