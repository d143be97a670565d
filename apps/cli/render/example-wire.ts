/** Complete wire values for the tests of this folder; each test changes what it is about. */

import type {
  AttentionWire,
  MandateWire,
  MissionWire,
  OperationWire,
  ReceiptWire,
  SessionWire,
  TaskWire,
} from '../connect/wire.ts';
import { styleOf } from './style.ts';
import type { Style } from './style.ts';

export const at = '2026-03-01T12:00:00.000Z';

/** No colours, so that tests read what a person reads. */
export const plain: Style = styleOf({ colour: false, unicode: true, columns: 100, now: Date.parse(at) });

export const mandate = (changes: Partial<MandateWire> = {}): MandateWire => ({
  id: 'm0',
  project: 'harbour',
  purpose: 'Passkey login',
  parent: null,
  depth: 0,
  actor: 'mission',
  state: 'active',
  state_detail: '',
  freshness_ms: null,
  watch: false,
  spent: null,
  authorization_details: [],
  overlays: [],
  words: ['edit files in this worktree'],
  conditions: [],
  history: [],
  budgets: [],
  delegation: { max_depth: 0, max_children: 0, actors: 'any' },
  steerers: [],
  approvers: [],
  actor_key: null,
  expires_at: '2026-03-02T00:00:00.000Z',
  approved_at: at,
  approval: { by: 'owner', at, text_digest: 'abcdefghijklmnop', revision: 1, how: 'owner_token' },
  revision: 1,
  approval_text: 'mandate m0\n',
  text_digest: 'abcdefghijklmnop',
  successor: null,
  version: 2,
  epoch: 1,
  leaves_behind: [],
  legal_actions: ['suspend', 'narrow', 'extend', 'delegate', 'revoke', 'expire', 'complete'],
  ...changes,
});

export const task = (changes: Partial<TaskWire> = {}): TaskWire => ({
  id: 'T1',
  title: 'keep passkeys',
  kind: 'change',
  join: 'all',
  after: [],
  agent: 'credentials',
  run: null,
  done: ['node --test'],
  touches: [],
  state: 'waiting',
  why_not: '',
  session: null,
  attempts: 0,
  evidence: [],
  ...changes,
});

export const mission = (changes: Partial<MissionWire> = {}): MissionWire => ({
  id: 'ms1',
  title: 'Passkey login',
  goal: 'People sign in',
  project: 'harbour',
  repository: '/repo',
  mandate: 'm0',
  state: 'running',
  state_detail: '',
  revision: 1,
  tasks: [task()],
  open_items: 0,
  created_at: at,
  ...changes,
});

export const session = (changes: Partial<SessionWire> = {}): SessionWire => ({
  id: 's1',
  title: 'exec in harbour',
  project: 'harbour',
  mission: null,
  task: null,
  parent: null,
  mandate: 'm0',
  agent: 'exec',
  driver: 'attended',
  state: 'idle',
  state_detail: '',
  paused_by: null,
  forked_from: null,
  archived: false,
  workspace: { path: '/repo', branch: 'main', head: null },
  version: 1,
  created_at: at,
  updated_at: at,
  ...changes,
});

export const item = (changes: Partial<AttentionWire> = {}): AttentionWire => ({
  id: 'i1',
  kind: 'question',
  ask: 'Which database?',
  options: [],
  recommendation: null,
  mission: 'ms1',
  task: 'T1',
  session: 's1',
  mandate: 'm0',
  approval: null,
  unblocks: 2,
  because: '',
  state: 'open',
  answer: null,
  answered_by: null,
  created_at: at,
  ...changes,
});

export const receipt = (changes: Partial<ReceiptWire> = {}): ReceiptWire => ({
  id: 'r1',
  mandate: 'm0',
  action: 'revoke',
  requested_by: 'owner',
  opened_at: at,
  deadline: '2026-03-01T12:00:02.000Z',
  closed_at: null,
  lines: [],
  ...changes,
});

export const operation = (changes: Partial<OperationWire> = {}): OperationWire => ({
  id: 'o1',
  mandate: 'm0',
  action: 'git.push',
  resource: 'git://harbour/refs/heads/x',
  action_class: 'consequential_write',
  parameter_digest: 'd',
  holder: 'mission',
  session: null,
  state: 'done',
  interrupt_requested: false,
  begun_at: at,
  lease_until: at,
  lease_ms: 0,
  settled_at: at,
  owed: null,
  evidence: null,
  destination: null,
  usage: null,
  ...changes,
});
