/**
 * The enforcer's own API, on a Unix socket only its user can open: the runtime asks it to start, freeze, thaw and kill runs.
 *
 * A run is one process tree started for one turn of one session under one begun operation. The enforcer holds the operation's lease;
 * a run without a current operation does not exist. Beside it stands the agent door (`agentDoorApi`): one socket per run, the only
 * thing an agent inside a sandbox can talk to. The door adds the run's credential itself, so that the agent never holds one.
 */

import { z } from 'zod';
import { id, iso } from './mandate-wire.ts';
import {
  mcpPassAskWire,
  mcpPassWire,
  mcpServerAskWire,
  mcpServerWire,
  mcpSignInAskWire,
  mcpSignInWire,
} from './mcp-wire.ts';
import { route } from './route.ts';
import { factWire } from './workspace-api.ts';

const none = z.undefined();

export const sandboxWire = z.object({
  /** `contain`: bubblewrap. `none`: only the process group stands around it, and `writ scope` says so. */
  kind: z.enum(['contain', 'none']),
  writable: z.array(z.string()).default([]),
  /** Paths that exist outside and must not be visible inside. */
  hidden: z.array(z.string()).default([]),
  network: z.enum(['none', 'gated', 'open']).default('none'),
});

export const runRequestWire = z.object({
  id,
  session: id,
  mandate: id,
  /** The actor credential of this run; kept by the enforcer, never given to the process. */
  credential: z.string(),
  operation: id,
  lease_ms: z.int().min(500).default(30_000),
  argv: z.array(z.string()).min(1),
  cwd: z.string(),
  env: z.record(z.string(), z.string()).default({}),
  /** Written to the process's standard input, then closed; null keeps it open for `acp`. */
  stdin: z.string().nullable().default(''),
  sandbox: sandboxWire,
  /** The remotes pushes through the door may go to, by name. Where each is, a person said to control; it is not for whoever starts a run to say. */
  remotes: z.array(id).max(64).default([]),
  repository: z.object({ path: z.string(), project: id }).nullable().default(null),
});

export const runWire = z.object({
  id,
  session: id,
  mandate: id,
  operation: id,
  state: z.enum(['running', 'frozen', 'exited', 'killed']),
  pid: z.int().nullable(),
  started_at: iso,
  ended_at: iso.nullable(),
  exit_code: z.int().nullable(),
  signal: z.string().nullable(),
  /** Why it was frozen or killed, one sentence; empty otherwise. */
  why: z.string(),
  output_bytes: z.int(),
});

/** A credential that agents use and never hold. Its secret goes in and never comes out. */
export const credentialWire = z.object({
  name: id,
  project: id,
  /** Such as `https://api.github.com`. */
  origin: z.string().max(512),
  path: z.string().max(1_024),
  header: z.string().max(64),
  /** What is put into the header, with `{secret}` in its place, or `basic:USER`. */
  template: z.string().max(256),
  env: z
    .string()
    .regex(/^[A-Za-z_][A-Za-z0-9_]{0,127}$/)
    .nullable(),
  base_url_env: z
    .string()
    .regex(/^[A-Za-z_][A-Za-z0-9_]{0,127}$/)
    .nullable(),
  git: z.boolean(),
  added_at: iso,
});

export const strengthWire = z.enum(['contain', 'guard', 'watch']);

export const enforcerApi = {
  health: route({
    method: 'GET',
    path: '/healthz',
    summary: 'whether it answers',
    callers: ['anyone'],
    body: none,
    reply: z.object({ ok: z.literal(true), boot: z.string(), control_heard_ms_ago: z.int().nullable() }),
    status: 200,
  }),
  startRun: route({
    method: 'POST',
    path: '/v1/runs',
    summary: 'start a run',
    callers: ['point'],
    body: runRequestWire,
    reply: runWire,
    status: 201,
  }),
  listRuns: route({
    method: 'GET',
    path: '/v1/runs',
    summary: 'the runs, ended ones included',
    callers: ['point', 'person'],
    body: none,
    reply: z.object({ items: z.array(runWire) }),
    status: 200,
  }),
  getRun: route({
    method: 'GET',
    path: '/v1/runs/:id',
    summary: 'one run; `?wait_ms=` waits for its end',
    callers: ['point', 'person'],
    body: none,
    reply: runWire,
    status: 200,
  }),
  output: route({
    method: 'GET',
    path: '/v1/runs/:id/output',
    summary: 'combined output from a byte offset; `?from=`',
    callers: ['point', 'person'],
    body: none,
    reply: z.object({ from: z.int(), next: z.int(), text: z.string(), ended: z.boolean() }),
    status: 200,
  }),
  input: route({
    method: 'POST',
    path: '/v1/runs/:id/input',
    summary: 'write to standard input (runs started with `stdin: null`)',
    callers: ['point'],
    body: z.object({ text: z.string() }),
    reply: runWire,
    status: 200,
  }),
  freeze: route({
    method: 'POST',
    path: '/v1/runs/:id/freeze',
    summary: 'stop every process of the run where it stands',
    callers: ['point', 'person'],
    body: z.object({ why: z.string() }),
    reply: runWire,
    status: 200,
  }),
  thaw: route({
    method: 'POST',
    path: '/v1/runs/:id/thaw',
    summary: 'let a frozen run go on, after asking control',
    callers: ['point', 'person'],
    body: none,
    reply: runWire,
    status: 200,
  }),
  kill: route({
    method: 'POST',
    path: '/v1/runs/:id/kill',
    summary: 'end every process of the run',
    callers: ['point', 'person'],
    body: z.object({ why: z.string() }),
    reply: runWire,
    status: 200,
  }),
  stopLocal: route({
    method: 'POST',
    path: '/v1/stop',
    summary: 'kill every run and attended session here and queue the revocation for control',
    callers: ['point', 'person'],
    body: z.object({ reason: z.string().default('') }),
    reply: z.object({
      killed: z.array(runWire),
      /** Sessions at a terminal. */
      sessions: z.array(z.object({ session: id, mandate: id, contained: z.boolean(), survivors: z.int() })),
      /** Mandates whose revocation waits for control, on disk. */
      queued: z.array(z.string()),
      /** Those a full disk did not take: the enforcer brings them while it lives. */
      unqueued: z.array(z.string()),
    }),
    status: 200,
  }),
  listServices: route({
    method: 'GET',
    path: '/v1/services',
    summary: 'what listens here and was started in a session',
    callers: ['point', 'person'],
    body: none,
    reply: z.object({
      items: z.array(
        z.object({
          port: z.int(),
          address: z.string(),
          pid: z.int(),
          /** Of its process, as the system counts: with the pid it names one process for good. */
          start_time: z.string(),
          program: z.string(),
          session: z.string(),
          run: z.string().nullable(),
        }),
      ),
    }),
    status: 200,
  }),
  endService: route({
    method: 'POST',
    path: '/v1/services/end',
    summary: 'end one process that listens, if it is still the one, and was started in that session',
    callers: ['point', 'person'],
    body: z.object({ pid: z.int().min(2), start_time: z.string().max(64), session: id, why: z.string().max(512) }),
    reply: z.object({ gone: z.boolean() }),
    status: 200,
  }),
  connections: route({
    method: 'GET',
    path: '/v1/connections',
    summary: 'what is open through the egress gate now',
    callers: ['point', 'person'],
    body: none,
    reply: z.object({
      items: z.array(
        z.object({
          run: id,
          mandate: id,
          operation: id,
          /** Host and port. */
          destination: z.string(),
          opened_at: iso,
          open: z.int(),
          connections: z.int(),
          sent_bytes: z.int(),
          received_bytes: z.int(),
        }),
      ),
    }),
    status: 200,
  }),
  listCredentials: route({
    method: 'GET',
    path: '/v1/credentials',
    summary: 'the credentials agents use without holding them, without their secrets',
    callers: ['person'],
    body: none,
    reply: z.object({ items: z.array(credentialWire) }),
    status: 200,
  }),
  addCredential: route({
    method: 'PUT',
    path: '/v1/projects/:project/credentials/:name',
    summary: 'keep a credential for the agents of a project, or replace it',
    callers: ['person'],
    body: credentialWire.omit({ name: true, project: true, added_at: true }).extend({ secret: z.string().max(16_384) }),
    reply: credentialWire,
    status: 200,
  }),
  removeCredential: route({
    method: 'DELETE',
    path: '/v1/projects/:project/credentials/:name',
    summary: 'forget a credential',
    callers: ['person'],
    body: none,
    reply: credentialWire,
    status: 200,
  }),
  listMcpServers: route({
    method: 'GET',
    path: '/v1/mcp-servers',
    summary: 'the MCP servers of this machine, with what a person trusted them to offer',
    callers: ['person', 'point'],
    body: none,
    reply: z.object({ items: z.array(mcpServerWire) }),
    status: 200,
  }),
  addMcpServer: route({
    method: 'PUT',
    path: '/v1/mcp-servers',
    summary: 'give runs an MCP server; it is started once, to see what it offers',
    callers: ['person'],
    body: mcpServerAskWire,
    reply: mcpServerWire,
    status: 200,
  }),
  trustMcpServer: route({
    method: 'POST',
    path: '/v1/mcp-servers/:id/trust',
    summary: 'look at what it offers now, and trust it: one tool, or all',
    callers: ['person'],
    body: z.object({ tool: z.string().max(256).nullable().default(null) }),
    reply: mcpServerWire,
    status: 200,
  }),
  removeMcpServer: route({
    method: 'DELETE',
    path: '/v1/mcp-servers/:id',
    summary: 'no run may use it any more',
    callers: ['person'],
    body: none,
    reply: mcpServerWire,
    status: 200,
  }),
  beginMcpSignIn: route({
    method: 'POST',
    path: '/v1/mcp-sign-ins',
    summary: 'begin to sign in to an MCP server that wants OAuth; a person goes to the address it answers with',
    callers: ['person'],
    body: mcpSignInAskWire,
    reply: z.object({ id, authorization_url: z.string() }),
    status: 201,
  }),
  getMcpSignIn: route({
    method: 'GET',
    path: '/v1/mcp-sign-ins/:id',
    summary: 'what became of it; `?wait_ms=` waits',
    callers: ['person'],
    body: none,
    reply: mcpSignInWire,
    status: 200,
  }),
  mcpAddress: route({
    method: 'POST',
    path: '/v1/mcp-servers/:id/address',
    summary: 'where an agent outside reaches an MCP server under a pass; opens that door',
    callers: ['person'],
    body: none,
    reply: z.object({ url: z.string() }),
    status: 200,
  }),
  giveMcpPass: route({
    method: 'POST',
    path: '/v1/mcp-servers/:id/passes',
    summary: 'let an agent outside speak to an MCP server under a mandate',
    callers: ['person'],
    body: mcpPassAskWire,
    /** `token` is shown once; null where a client that waits has it. */
    reply: z.object({ pass: mcpPassWire, url: z.string(), token: z.string().nullable() }),
    status: 201,
  }),
  listMcpPasses: route({
    method: 'GET',
    path: '/v1/mcp-passes',
    summary: 'the passes that count',
    callers: ['person'],
    body: none,
    reply: z.object({ items: z.array(mcpPassWire) }),
    status: 200,
  }),
  endMcpPass: route({
    method: 'DELETE',
    path: '/v1/mcp-passes/:id',
    summary: 'a pass counts no more, and what is under way with it ends',
    callers: ['person'],
    body: none,
    reply: mcpPassWire,
    status: 200,
  }),
  scope: route({
    method: 'GET',
    path: '/v1/scope',
    summary: 'what this machine really enforces',
    callers: ['anyone'],
    body: none,
    reply: z.object({
      strength: strengthWire,
      enforced: z.boolean(),
      /** For each class of action, in a run of the enforcer and at a terminal. */
      classes: z.array(
        z.object({
          action_class: z.string(),
          place: z.enum(['run', 'attended']),
          mediated_by: z.string(),
          /** Empty where nothing has to. */
          isolated_by: z.string(),
          outside: z.string(),
          holds: z.enum(['enforced', 'cooperative']),
        }),
      ),
      /** For each harness with a door of its own. */
      harnesses: z.array(
        z.object({
          name: z.string(),
          title: z.string(),
          /** Of the one the canary ran with; null where none did. */
          version: z.string().nullable(),
          /** What the canary showed of that version: `unproven` where it showed nothing, or that something does not hold. */
          strength: z.enum(['unproven', 'guard', 'contain']),
          shown_at: z.string().nullable(),
          not_guaranteed: z.array(z.object({ action_class: z.string(), what: z.string() })),
        }),
      ),
      /** Where hooks can stand, and who gets around them there. */
      hook_levels: z.array(
        z.object({ level: z.string(), unanswered: z.enum(['blocked', 'goes on']), bypassed_by: z.string() }),
      ),
      lines: z.array(
        z.object({
          what: z.string(),
          mediated_by: z.string(),
          isolated_by: z.string(),
          holds: z.enum(['enforced', 'cooperative', 'outside']),
        }),
      ),
    }),
    status: 200,
  }),
} as const;

export const askOptionWire = z.object({
  key: z.string().max(32),
  label: z.string().max(256),
  consequence: z.string().max(512).default(''),
});

/** What a governed process can ask for. Paths under `/control` are forwarded to control with the run's credential. */
export const agentDoorApi = {
  whoami: route({
    method: 'GET',
    path: '/whoami',
    summary: 'the run, session and mandate this door belongs to',
    callers: ['actor'],
    body: none,
    reply: z.object({ run: z.string(), session: z.string(), mandate: z.string(), project: z.string().nullable() }),
    status: 200,
  }),
  check: route({
    method: 'POST',
    path: '/check',
    summary: 'would this be allowed?',
    callers: ['actor'],
    body: z.object({ action: z.string(), resource: z.string() }),
    reply: z.object({ decision: z.string(), sentence: z.string(), way_out: z.string().nullable() }),
    status: 200,
  }),
  mcpServers: route({
    method: 'GET',
    path: '/mcp',
    summary: 'the MCP servers of this run; `GET /mcp/NAME` with `Upgrade: mcp` speaks to one, a message a line',
    callers: ['actor'],
    body: none,
    reply: z.object({ items: z.array(z.object({ name: z.string() })) }),
    status: 200,
  }),
  refs: route({
    method: 'GET',
    path: '/refs',
    summary: 'the refs of a remote; `?remote=`',
    callers: ['actor'],
    body: none,
    reply: z.object({ refs: z.array(z.object({ name: z.string(), oid: z.string() })) }),
    status: 200,
  }),
  push: route({
    method: 'POST',
    path: '/push',
    summary: 'push commits under the mandate',
    callers: ['actor'],
    body: z.object({
      remote: z.string(),
      updates: z
        .array(z.object({ source: z.string(), target: z.string(), force: z.boolean().default(false) }))
        .min(1)
        .max(32),
    }),
    reply: z.object({ results: z.array(z.object({ target: z.string(), ok: z.boolean(), detail: z.string() })) }),
    status: 200,
  }),
  spawn: route({
    method: 'POST',
    path: '/spawn',
    summary: 'start a sub-agent under a child mandate',
    callers: ['actor'],
    body: z.object({
      agent: z.string().max(128),
      purpose: z.string().max(4_096),
      /** What it is started as, and what it asks for; of an accepted agent its file says both. */
      argv: z.array(z.string()).default([]),
      actions: z.array(z.string()).max(64).default([]),
      accepted: z.boolean().default(false),
      wait: z.boolean().default(true),
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
  ask: route({
    method: 'POST',
    path: '/ask',
    summary: 'ask a person; waits for the answer',
    callers: ['actor'],
    body: z.object({
      question: z.string().max(2_048),
      options: z.array(askOptionWire).max(8).default([]),
      recommendation: z.string().max(32).nullable().default(null),
      wait_ms: z.int().min(0).max(3_600_000).default(600_000),
    }),
    reply: z.object({
      item: z.string(),
      answered: z.boolean(),
      answer: z.string().nullable(),
      by: z.string().nullable(),
    }),
    status: 200,
  }),
  facts: route({
    method: 'GET',
    path: '/facts',
    summary: 'what is known of the workspace, each fact with its age',
    callers: ['actor'],
    body: none,
    reply: z.object({ items: z.array(factWire) }),
    status: 200,
  }),
  note: route({
    method: 'POST',
    path: '/note',
    summary: 'leave a note in the session',
    callers: ['actor'],
    body: z.object({ text: z.string().max(8_192) }),
    reply: z.object({ ok: z.literal(true) }),
    status: 200,
  }),
} as const;
