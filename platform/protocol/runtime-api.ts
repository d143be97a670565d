/** The runtime's API: sessions, missions, attention. It continues work; whether the work may continue is control's to say. */

import { z } from 'zod';
import { askOptionWire, runWire, sandboxWire } from './enforcer-api.ts';
import { authoritySetWire } from './authority-set-wire.ts';
import { jsonWire } from './json-wire.ts';
import { conditionWire, historyRuleWire, id, iso, text } from './mandate-wire.ts';
import { route } from './route.ts';
import { agentApi } from './agent-api.ts';
import { togetherApi } from './together-api.ts';
import { journalApi } from './journal-api.ts';
import { eventWire, sessionWire, wakeName } from './session-wire.ts';
import { sessionApi } from './session-api.ts';
import { knownApi, orientedWire } from './known-api.ts';
import { workspaceApi } from './workspace-api.ts';

const none = z.undefined();

export const taskStateName = z.enum([
  'waiting',
  'ready',
  'running',
  'asking',
  'claimed',
  'done',
  'failed',
  'cancelled',
  'held',
]);

export const taskWire = z.object({
  id,
  title: z.string(),
  kind: z.enum(['change', 'research', 'review', 'integrate', 'decision', 'gate', 'manual']),
  join: z.enum(['all']),
  after: z.array(z.string()),
  agent: z.string(),
  /** The program the `command` driver runs, when there is one. */
  run: z.string().nullable(),
  /** Commands whose exit code 0 is the evidence that it is done. */
  done: z.array(z.string()),
  touches: z.array(z.string()),
  state: taskStateName,
  /** Why it is not running, one sentence; empty while it runs or when it is done. */
  why_not: z.string(),
  session: z.string().nullable(),
  attempts: z.int(),
  evidence: z.array(z.object({ command: z.string(), exit_code: z.int(), at: iso, tree: z.string() })),
});

/** What a mission file compiles to, before anybody approved anything. */
export const compiledWire = z.object({
  title: z.string(),
  goal: z.string(),
  project: z.string(),
  preset: z.string(),
  /** The one remote pushes go to; null for those the repository has. */
  remote: z.string().nullable(),
  authorization_details: authoritySetWire,
  conditions: z.array(conditionWire),
  /** What has to have come before. */
  history: z.array(historyRuleWire),
  delegation: z.object({ max_depth: z.int(), max_children: z.int() }),
  expires_in_ms: z.int(),
  /** How old a yes may be when it is used; null: as the class of the action says. */
  freshness_ms: z.int().nullable(),
  tasks: z.array(taskWire),
  findings: z.array(
    z.object({ severity: z.enum(['error', 'warning']), line: z.int().nullable(), message: z.string() }),
  ),
});

export const missionWire = z.object({
  id,
  title: z.string(),
  goal: z.string(),
  project: z.string(),
  repository: z.string(),
  mandate: z.string().nullable(),
  state: z.enum(['planned', 'running', 'paused', 'inert', 'done', 'failed']),
  state_detail: z.string(),
  revision: z.int(),
  tasks: z.array(taskWire),
  open_items: z.int(),
  created_at: iso,
});

export const attentionWire = z.object({
  id,
  kind: z.enum(['question', 'approval', 'review', 'conflict', 'budget', 'failure', 'notice']),
  ask: z.string(),
  options: z.array(askOptionWire),
  recommendation: z.string().nullable(),
  mission: z.string().nullable(),
  task: z.string().nullable(),
  session: z.string().nullable(),
  mandate: z.string().nullable(),
  /** The question at control whose answer sets it going (`/v1/approvals/:id`); null where there is none. */
  approval: z.string().nullable(),
  /** How many tasks wait for the answer; the queue's order, explained in `because`. */
  unblocks: z.int(),
  because: z.string(),
  state: z.enum(['open', 'answered', 'void']),
  answer: z.string().nullable(),
  answered_by: z.string().nullable(),
  created_at: iso,
});

export const runtimeApi = {
  ...agentApi,
  ...togetherApi,
  health: route({
    method: 'GET',
    path: '/healthz',
    summary: 'whether the process answers',
    callers: ['anyone'],
    body: none,
    reply: z.object({ ok: z.literal(true), plane: z.string(), boot: z.string() }),
    status: 200,
  }),
  compile: route({
    method: 'POST',
    path: '/v1/missions/compile',
    summary: 'compile a mission file to a plan and the authority it needs; writes nothing',
    callers: ['person'],
    body: z.object({ source: z.string().max(262_144), file: z.string(), repository: z.string() }),
    reply: compiledWire,
    status: 200,
  }),
  createMission: route({
    method: 'POST',
    path: '/v1/missions',
    summary: 'create a mission from a file; nothing runs until it is started with a mandate',
    callers: ['person'],
    body: z.object({ source: z.string().max(262_144), file: z.string(), repository: z.string(), project: id }),
    reply: missionWire,
    status: 201,
  }),
  startMission: route({
    method: 'POST',
    path: '/v1/missions/:id/start',
    summary: 'start it under an approved mandate',
    callers: ['person'],
    body: z.object({ mandate: id, credential: z.string() }),
    reply: missionWire,
    status: 202,
  }),
  listMissions: route({
    method: 'GET',
    path: '/v1/missions',
    summary: 'the missions, newest first',
    callers: ['person'],
    body: none,
    reply: z.object({ items: z.array(missionWire), position: z.int() }),
    status: 200,
  }),
  getMission: route({
    method: 'GET',
    path: '/v1/missions/:id',
    summary: 'one mission with its plan',
    callers: ['person'],
    body: none,
    reply: missionWire,
    status: 200,
  }),
  pauseMission: route({
    method: 'POST',
    path: '/v1/missions/:id/pause',
    summary: 'stop dispatching and freeze what runs; the mandate is not touched',
    callers: ['person'],
    body: z.object({ reason: text.default('') }),
    reply: missionWire,
    status: 202,
  }),
  unpauseMission: route({
    method: 'POST',
    path: '/v1/missions/:id/unpause',
    summary: 'go on, after asking the mandate',
    callers: ['person'],
    body: none,
    reply: missionWire,
    status: 202,
  }),

  createSession: route({
    method: 'POST',
    path: '/v1/sessions',
    summary: 'record a session; `attended` ones are run by a launcher elsewhere',
    callers: ['person', 'point'],
    body: z.object({
      title: z.string().max(256),
      project: id,
      agent: z.string(),
      driver: z.enum(['command', 'acp', 'model', 'person', 'attended']),
      workspace: z.string().nullable(),
      mandate: id.nullable(),
      credential: z.string().nullable().default(null),
      argv: z.array(z.string()).default([]),
      sandbox: sandboxWire.optional(),
      /** An accepted agent, whose every turn acts under a child mandate. */
      act_as: z.string().max(64).nullable().default(null),
      /** Nobody sees it but these people and who opens it; null: everybody with a role in the project. */
      private_to: z.array(z.string().max(128)).max(64).nullable().default(null),
    }),
    reply: sessionWire,
    status: 201,
  }),
  listSessions: route({
    method: 'GET',
    path: '/v1/sessions',
    summary: 'the sessions, newest first; `?mission=`',
    callers: ['person', 'point'],
    body: none,
    reply: z.object({ items: z.array(sessionWire), position: z.int() }),
    status: 200,
  }),
  getSession: route({
    method: 'GET',
    path: '/v1/sessions/:id',
    summary: 'one session',
    callers: ['person', 'point'],
    body: none,
    reply: sessionWire,
    status: 200,
  }),
  sessionLog: route({
    method: 'GET',
    path: '/v1/sessions/:id/log',
    summary: 'its events, oldest first; `?after=&limit=`',
    callers: ['person', 'point'],
    body: none,
    reply: z.object({ items: z.array(eventWire), version: z.int() }),
    status: 200,
  }),
  admit: route({
    method: 'POST',
    path: '/v1/sessions/:id/input',
    summary:
      'admit input durably; it runs after the mandate was asked. Sent again with one `Idempotency-Key`, it is said once',
    callers: ['person', 'point'],
    body: z.object({
      text: z.string().max(262_144),
      delivery: z.enum(['steer', 'queue']).default('queue'),
      wake: wakeName.default('person'),
      running_turn: z.string().nullable().default(null),
      /** An accepted agent, for this message alone. */
      agent: z.string().max(64).nullable().default(null),
      /** Refused when another turn is running than this one; null: when any is. */
      expected_turn: z.string().nullable().optional(),
    }),
    /** `drives`: false of who may not steer under its mandate; what they say is kept, and nothing is done by it. */
    reply: z.object({ input: z.string(), drives: z.boolean(), session: sessionWire }),
    status: 202,
  }),
  observe: route({
    method: 'POST',
    path: '/v1/sessions/:id/observations',
    summary: 'record what a launcher or hook saw',
    callers: ['point', 'person'],
    body: z.object({ type: z.string().max(64), data: jsonWire }),
    reply: sessionWire,
    status: 201,
  }),
  pauseSession: route({
    method: 'POST',
    path: '/v1/sessions/:id/pause',
    summary: 'freeze what runs in it and in its sub-agents',
    callers: ['person'],
    /** `end_turn`: its own turn is ended instead of frozen. */
    body: z.object({ reason: text.default(''), end_turn: z.boolean().default(false) }),
    reply: sessionWire,
    status: 202,
  }),
  unpauseSession: route({
    method: 'POST',
    path: '/v1/sessions/:id/unpause',
    summary: 'go on, after asking the mandate',
    callers: ['person'],
    /** `here`: with the place as it is now, where that is not as the session left it. */
    body: z.object({ here: z.boolean().default(false) }),
    reply: sessionWire,
    status: 202,
  }),
  closeSession: route({
    method: 'POST',
    path: '/v1/sessions/:id/close',
    summary: 'the launcher says it ended',
    callers: ['person', 'point'],
    body: z.object({ exit_code: z.int().nullable().default(null), summary: text.default('') }),
    reply: sessionWire,
    status: 200,
  }),
  back: route({
    method: 'GET',
    path: '/v1/sessions/:id/back',
    summary: 'where you were, what changed, what waits; each fact verified now, changed or unknown',
    callers: ['person'],
    body: none,
    reply: z.object({
      session: sessionWire,
      may_continue: z.object({ yes: z.boolean(), sentence: z.string() }),
      ...orientedWire,
      recent: z.array(eventWire),
      waiting: z.array(attentionWire),
    }),
    status: 200,
  }),

  inbox: route({
    method: 'GET',
    path: '/v1/attention',
    summary: 'what waits for a person, what unblocks most first; `?all=true`',
    callers: ['person'],
    body: none,
    reply: z.object({ items: z.array(attentionWire) }),
    status: 200,
  }),
  answer: route({
    method: 'POST',
    path: '/v1/attention/:id/answer',
    summary: 'answer once; compared with the state shown',
    callers: ['person'],
    body: z.object({ answer: z.string().min(1).max(2_048) }),
    reply: attentionWire,
    status: 200,
  }),

  ...sessionApi,
  ...workspaceApi,
  ...knownApi,
  ...journalApi,
  rest: route({
    method: 'PUT',
    path: '/v1/rest',
    summary: 'before an end: nothing new is started for ten seconds, or no longer; answers with what is at work',
    callers: ['person'],
    body: z.object({ resting: z.boolean() }),
    reply: z.object({
      at_work: z.array(
        z.object({
          session: id,
          title: z.string(),
          mission: z.string().nullable(),
          task: z.string().nullable(),
          /** It ends by itself; or it stands still, because it is paused or at a person's terminal. */
          how: z.enum(['finishes', 'stands_still']),
        }),
      ),
    }),
    status: 200,
  }),
  runs: route({
    method: 'GET',
    path: '/v1/runs',
    summary: 'what the enforcer runs for this runtime',
    callers: ['person'],
    body: none,
    reply: z.object({ items: z.array(runWire) }),
    status: 200,
  }),

  /** The enforcer forwards these from an agent's door. */
  doorSpawn: route({
    method: 'POST',
    path: '/v1/door/:id/spawn',
    summary: "a run's request for a sub-agent",
    callers: ['point'],
    body: z.object({
      agent: z.string(),
      purpose: z.string(),
      /** What it is started as, and what it asks for; of an accepted agent its file says both. */
      argv: z.array(z.string()).default([]),
      actions: z.array(z.string()).default([]),
      accepted: z.boolean().default(false),
      wait: z.boolean(),
    }),
    reply: z.object({
      session: z.string(),
      mandate: z.string(),
      outcome: z.string(),
      exit_code: z.int().nullable(),
      /** The end of what it said, as it came to it: its answer, or how far it came. The whole is in its session. */
      said: z.string(),
    }),
    status: 200,
  }),
  doorAsk: route({
    method: 'POST',
    path: '/v1/door/:id/ask',
    summary: "a run's question to a person",
    callers: ['point'],
    body: z.object({
      question: z.string(),
      options: z.array(askOptionWire),
      recommendation: z.string().nullable(),
      wait_ms: z.int(),
    }),
    reply: z.object({
      item: z.string(),
      answered: z.boolean(),
      answer: z.string().nullable(),
      by: z.string().nullable(),
    }),
    status: 200,
  }),
  doorNote: route({
    method: 'POST',
    path: '/v1/door/:id/note',
    summary: "a run's note",
    callers: ['point'],
    body: z.object({ text: z.string() }),
    reply: z.object({ ok: z.literal(true) }),
    status: 200,
  }),
} as const;
