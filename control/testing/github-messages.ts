/**
 * Messages of GitHub in the shape it documents ("Webhook events and payloads"): the members that are read, and some around them that are not. Signed
 * with the secret of a test's source.
 */

import { createHmac } from 'node:crypto';
import type { Webhook } from '../signal/github/webhook.ts';

const repository = {
  id: 259_377_789,
  name: 'app',
  full_name: 'acme/app',
  private: true,
  owner: { login: 'acme', id: 6_811_672, type: 'Organization' },
  default_branch: 'main',
  updated_at: '2029-12-01T00:00:00Z',
  pushed_at: '2029-12-01T00:00:00Z',
};
const around = { repository, organization: { login: 'acme' }, sender: { login: 'ann', type: 'User' } };

export const protectionRule = (action: string, more: object = {}) => ({
  action,
  rule: {
    id: 21_796_960,
    repository_id: repository.id,
    name: 'release/2.4',
    created_at: '2029-12-01T10:00:00.000-04:00',
    updated_at: '2029-12-01T10:00:00.000-04:00',
    pull_request_reviews_enforcement_level: 'off',
    required_status_checks: ['basic-CI'],
    admin_enforced: false,
    lock_branch_enforcement_level: 'off',
    lock_allows_fork_sync: false,
    authorized_actors_only: true,
    ...more,
  },
  ...(action === 'edited' && { changes: { admin_enforced: { from: true } } }),
  ...around,
});

export const rulesetOf = (action: string, more: object = {}) => ({
  action,
  repository_ruleset: {
    id: 456_789,
    name: 'freeze',
    target: 'branch',
    source_type: 'Repository',
    source: 'acme/app',
    enforcement: 'active',
    conditions: { ref_name: { include: ['refs/heads/release/*'], exclude: [] } },
    rules: [{ type: 'update' }, { type: 'non_fast_forward' }],
    created_at: '2029-12-01T10:00:00Z',
    updated_at: '2029-12-01T10:00:00Z',
    ...more,
  },
  ...around,
});

export const checkSuiteOf = (action: string, more: object = {}) => ({
  action,
  check_suite: {
    id: 118_578_147,
    head_branch: 'main',
    head_sha: 'ec26c3e57ca3a959ca5aad62de7213c562f8c821',
    status: action === 'completed' ? 'completed' : 'queued',
    conclusion: action === 'completed' ? 'success' : null,
    app: { id: 29_310, slug: 'octo-ci', name: 'octo-ci' },
    created_at: '2029-12-01T10:00:00Z',
    updated_at: '2029-12-01T10:00:00Z',
    latest_check_runs_count: 1,
    pull_requests: [],
    ...more,
  },
  ...around,
});

export const pullRequestOf = (action: string, more: object = {}) => ({
  action,
  number: 2,
  pull_request: {
    id: 279_147_437,
    number: 2,
    state: action === 'closed' ? 'closed' : 'open',
    merged: false,
    draft: false,
    base: { ref: 'main' },
    head: { ref: 'feature' },
    updated_at: '2029-12-01T10:00:00Z',
    ...more,
  },
  ...around,
});

export const pushOf = (more: object = {}, pushedAt: number = Date.UTC(2029, 11, 1) / 1_000) => ({
  ref: 'refs/heads/main',
  before: '6113728f27ae82c7b1a177c8d03f9e96e0adf246',
  after: 'ec26c3e57ca3a959ca5aad62de7213c562f8c821',
  created: false,
  deleted: false,
  forced: false,
  commits: [],
  head_commit: null,
  pusher: { name: 'ann' },
  ...around,
  // In a push, and nowhere else, GitHub writes this one in seconds.
  repository: { ...repository, pushed_at: pushedAt },
  ...more,
});

let deliveries = 0;

/** A message as it arrives. */
export function webhook(secret: string, event: string, payload: object, more: Partial<Webhook> = {}): Webhook {
  const body = more.body ?? JSON.stringify(payload);
  const number = String(deliveries++).padStart(12, '0');
  return {
    delivery: `72d3162e-cc78-11e3-81ab-${number}`,
    event,
    signature: `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`,
    body,
    ...more,
  };
}
