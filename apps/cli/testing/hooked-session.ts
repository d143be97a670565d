/**
 * An attended session against a real control, for tests: the harness is played by its hooks, its processes are real ones.
 *
 * INVARIANT: the hooks are answered by what answers them in the product; only who approves, and what runs, is a test's.
 */

import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { HarnessName, HookAnswer } from '@writ/enforce';
import {
  createCallOperations,
  createControlClient,
  createHeldArtifacts,
  createVerdicts,
  everyPage,
  harnessAdapters,
  killSince,
  killTree,
  systemClock,
  treeOf,
} from '@writ/enforce';
import { controlApi } from '@writ/protocol';
import type { ControlServer } from '@writ/server';
import { createHelpers } from '../launcher/helpers.ts';
import type { Judged, JudgeDeps } from '../launcher/judge-deps.ts';
import { createJudge } from '../launcher/judge.ts';
import type { ownMachine } from './machine.ts';

type Place = {
  readonly machine: ReturnType<typeof ownMachine>;
  readonly server: ControlServer;
  /** In whose words its hooks are. */
  readonly harness?: HarnessName;
  /** Of the mandate, on the wire. */
  readonly more?: object;
  /** How a question is answered; nobody does, where nothing is said. */
  readonly ask?: JudgeDeps['ask'];
};

/** One entry of a mandate, on the wire. */
export const entry = (resource: string, actions: readonly string[], constraints: object = {}) => ({
  type: 'mission_resource_access' as const,
  resource,
  resource_match: 'prefix' as const,
  actions: [...actions],
  constraints,
});
/** What such a session may unless it is said otherwise. */
export const usual = [
  entry('workspace://app/', ['file.read', 'file.write']),
  entry('shell://app/', ['shell.run']),
  entry('git://app/refs/heads', ['git.commit']),
  entry('mission://app/', ['task.note']),
];

const nobody: JudgeDeps['ask'] = () => Promise.resolve({ answer: 'waits', why: 'nobody is there' });

/** A session under a mandate, with hooks to speak through. */
export async function hookedSession({ machine, server, harness = 'claude', more = {}, ask = nobody }: Place) {
  const tokenAt = (path: string): string => readFileSync(join(machine.home, 'control', path), 'utf8').trim();
  const clientOf = (token: string) => createControlClient({ base: { url: server.url }, token, timeoutMs: 10_000 });
  const owner = clientOf(tokenAt('owner.token'));
  const pointToken = () => tokenAt('points/launcher.token');
  const point = clientOf(pointToken());
  const need = <T>(
    reply: { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problem: { detail: string } },
  ): T => {
    if (!reply.ok) throw new Error(reply.problem.detail);
    return reply.value;
  };
  const proposed = need(
    await owner.call(controlApi.propose, {
      body: {
        project: 'app',
        purpose: 'a session',
        actor: 'claude',
        authorization_details: usual,
        expires_at: new Date(Date.now() + 3_600_000).toISOString(),
        ...more,
      },
    }),
  );
  const { id: mandate, revision, text_digest } = proposed;
  need(await owner.call(controlApi.approve, { params: { id: mandate }, body: { revision, text_digest } }));
  const issued = await owner.call(controlApi.issueCredential, { params: { id: mandate }, body: { run: 's-1' } });
  const { credential } = need(issued);
  const artifacts = createHeldArtifacts({
    control: point,
    point: 'launcher-s-1',
    clock: systemClock,
    timeoutMs: 1_500,
  });
  await point.call(controlApi.registerPoint, {
    params: { id: 'launcher-s-1' },
    body: { kind: 'launcher', boot: 'b', position: 0, holdings: [] },
  });
  await artifacts.hold({ mandate, credential });
  const child = spawn('sh', ['-c', 'sleep 300 & while read line; do sh -c "$line" & done'], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  child.stdin.on('error', () => undefined); // it was ended; the test looks at that
  const tree = treeOf(child.pid ?? 0, 'WRIT_RUN=s-1', null);
  if (tree === null) throw new Error('nothing was started');
  const verdicts = createVerdicts({ control: point, artifacts, pointToken });
  const ended: string[] = [];
  const calls = createCallOperations({
    verdicts,
    control: point,
    pointToken,
    clock: systemClock,
    async endSince(ticks, why) {
      ended.push(why);
      return (await killSince(tree, ticks ?? 0, 2_000)).length;
    },
    standsStill: () => false,
  });
  const over = new AbortController();
  const watching = point.watch({
    after: null,
    signal: over.signal,
    onHeard: () => undefined,
    onGap: () => undefined,
    onChange(change) {
      artifacts.changed(change);
      calls.changed(change);
    },
  });
  const judged: Judged[] = [];
  const answeredYes: Judged[] = [];
  const unasked: string[] = [];
  const heard: string[] = [];
  const helpers = createHelpers({ control: point, pointToken, artifacts, session: { mandate, credential } });
  const judge = createJudge(
    {
      calls,
      helpers,
      ask: (id, call) => ask(id, call),
      questions: {
        answer: () => Promise.resolve(null),
        permission: () => Promise.resolve(null),
        wentOn: () => undefined,
      },
      request: async ({ credential: token, ...asked }) => {
        const { mandate: of, action, resource, parameters, session, containment } = asked;
        const body = { mandate: of, action, resource, parameters, session, containment, facts: {}, reason: 'a test' };
        const reply = await point.call(controlApi.requestAuthority, { token, point: pointToken(), body });
        return reply.ok ? reply.value.id : null;
      },
      verdicts,
      turns: { begins: () => Promise.resolve(), ends: () => undefined },
      ran: () => undefined,
      worktree: () => Promise.resolve('the worktree was tree abc'),
      told: (what) => heard.push(what),
      blind: (tool) => Promise.resolve(void unasked.push(tool)),
      seen: (one) => judged.push(one),
      answeredYes: (one) => answeredYes.push(one),
    },
    {
      harness: harnessAdapters[harness],
      project: 'app',
      root: machine.root,
      stateDir: machine.home,
      repositoryRules: harnessAdapters[harness].keeps.repositoryRules,
      mandate,
      session: 's-1',
      contained: true,
      doorServers: ['ledger'],
      containment: { files: 'worktree', network: 'open', credentials: 'none' },
      readOnly: false,
      watches: false,
      more: ['http.get'],
      credential,
    },
  );
  /** A hook as the harness sends it. */
  const told = (body: unknown): Promise<HookAnswer> => {
    const event = harnessAdapters[harness].read(body);
    if (event === null) throw new Error('the hook cannot be read');
    return judge(event);
  };
  const hook = (hook_event_name: string, rest: object = {}): Promise<HookAnswer> =>
    told({ session_id: 'h', hook_event_name, cwd: machine.root, transcript_path: '', ...rest });
  return {
    mandate,
    owner,
    need,
    told,
    hook,
    ended,
    judged,
    answeredYes,
    unasked,
    heard,
    calls,
    /** Starts something inside the session's processes. */
    run: (line: string) => void child.stdin.write(`${line}\n`),
    before: (id: string, tool_name: string, tool_input: Record<string, unknown>) =>
      hook('PreToolUse', { tool_use_id: id, tool_name, tool_input }),
    after: (id: string, event = 'PostToolUse') => hook(event, { tool_use_id: id }),
    async operations() {
      const all = await everyPage((query) => owner.call(controlApi.listOperations, { query }));
      return need(all)
        .map(({ action, resource, state, evidence }) => ({ action, resource, state, evidence }))
        .reverse();
    },
    async [Symbol.asyncDispose]() {
      over.abort();
      await watching.done;
      await helpers[Symbol.asyncDispose]();
      await calls[Symbol.asyncDispose]();
      await artifacts[Symbol.asyncDispose]();
      await killTree(tree, 2_000);
      for (const client of [owner, point]) client[Symbol.dispose]();
    },
  };
}
