/**
 * Starts one run in the order that makes a crash anywhere explainable: `begin` at control, `run.started` in the session's log, the effect at the
 * enforcer, `run.ended` in the log, `settle` at control. It starts nothing that control did not permit just now, and never shows the process a
 * credential: the enforcer keeps it.
 */

import { keptLike } from '@writ/enforce/client';
import { approvalIn, controlApi, enforcerApi, programOf } from '@writ/protocol';
import { isSilence, toJson, vouching } from '../control/ask.ts';
import type { Ports } from '../ports.ts';
import { itself } from '../ports.ts';
import { decide } from '../session/decide.ts';
import { credentialName } from '../session/resume.ts';
import type { Session } from '../session/session.ts';
import { acting } from '../session/session.ts';
import { remotesOf, openRepository } from '../workspace/repository.ts';
import { keepLateOutput } from './late-output.ts';
import { LiveRun, operationCredential, settle } from './live-run.ts';
import type { RunEnd, RunRequest } from './run.ts';
import { stepOf } from './run.ts';
import { commandOf } from './run-facts.ts';

export type Started =
  | { readonly ok: true; readonly run: LiveRun }
  | { readonly ok: false; readonly end: Extract<RunEnd, { readonly ended: 'refused' | 'unreachable' }> };

const leaseMs = 15_000;

/** Begins and starts. The caller follows the run to its end. */
export async function startRun(ports: Ports, request: RunRequest): Promise<Started> {
  const known = ports.records.sessions.get(request.session);
  // What gathers evidence, and what belongs to no turn, is the session's own.
  const session = known === undefined || request.turn === null ? known : acting(known);
  if (session === undefined || session.mandate === null)
    return no('unknown_mandate', `session \`${request.session}\` has no mandate`);
  const left = await endLeftBehind(ports, session.id);
  if (left !== null) return { ok: false, end: { ended: 'unreachable', sentence: left } };
  const id = ports.newId('r');
  const issued = await issue(ports, session, id, programOf(request.argv[0]));
  if (!issued.ok) return issued.refusal;
  const { credential } = issued;
  const step = stepOf(session, request.argv, request.cwd);
  const begun = await ports.control.call(controlApi.begin, {
    token: credential,
    ...vouching(ports.pointToken),
    idempotencyKey: id,
    body: {
      mandate: session.mandate,
      action: step.action,
      resource: step.resource,
      parameters: toJson(step.parameters),
      containment: step.containment,
      session: session.id,
      lease_ms: leaseMs,
    },
  });
  if (!begun.ok) return problem(begun.problem);
  const operation = begun.value.operation.id;
  // Kept before anything runs: after a crash it is what settles the operation.
  await ports.credentials.put(operationCredential(operation), credential);
  const { purpose, turn, argv } = request;
  const { action, resource } = step;
  const recorded = await ports.records.sessions.act(
    session.id,
    (now) =>
      decide(now, {
        do: 'start_run',
        holder: ports.boot,
        run: { run: id, turn, operation, purpose, action, resource, argv },
      }),
    { ...itself, cause: operation },
  );
  if (!recorded.ok) {
    // It was paused, ended or taken over while control was asked.
    await settle(ports, { run: id, operation }, 'failed', 'nothing was started');
    return no(recorded.refusal.code, recorded.refusal.sentence);
  }
  const begunAt = { command: commandOf(argv), since: ports.now() };
  const run = new LiveRun(ports, session.id, { id, operation, outputNext: 0 }, begunAt);
  const started = await ports.enforcer.call(enforcerApi.startRun, {
    body: await effect(ports, session, request, { id, operation, credential }),
  });
  if (started.ok) {
    await stopIfPaused(ports, session.id, id);
    return { ok: true, run };
  }
  await run.end({ ended: 'not_started', exitCode: null, why: started.problem.detail }, 'failed');
  return problem(started.problem);
}

/**
 * INVARIANT: one run of a session at a time, also where nobody could learn whether the one before had ended: what the enforcer still runs of it is ended first. Resolves with why nothing
 * may start; null where nothing is left.
 */
async function endLeftBehind(ports: Ports, session: string): Promise<string | null> {
  const { enforcer } = ports;
  const listed = await enforcer.call(enforcerApi.listRuns);
  if (!listed.ok) return listed.problem.detail;
  for (const { id, session: of, state } of listed.value.items) {
    if (of !== session || (state !== 'running' && state !== 'frozen')) continue;
    const why = 'nobody follows it, and another run of its session starts';
    const killed = await enforcer.call(enforcerApi.kill, { params: { id }, body: { why } });
    if (!killed.ok && isSilence(killed.problem)) return killed.problem.detail;
    await keepLateOutput(ports, session, id);
  }
  return null;
}

/** A pause that came while it was started found no process to freeze. */
async function stopIfPaused({ records, enforcer }: Ports, session: string, run: string): Promise<void> {
  const state = records.sessions.get(session)?.state;
  if (state?.name !== 'paused' || state.cause !== 'person') return;
  await enforcer.call(enforcerApi.freeze, { params: { id: run }, body: { why: state.reason } });
}

type Issued =
  | { readonly ok: true; readonly credential: string }
  | { readonly ok: false; readonly refusal: Started & { readonly ok: false } };

/** A credential for this run alone, from the one the session was given. */
async function issue(ports: Ports, session: Session, run: string, harness: string): Promise<Issued> {
  const own = await ports.credentials.get(credentialName(session));
  if (own === null || session.mandate === null)
    return {
      ok: false,
      refusal: no(
        'credential_unusable',
        `no credential for session \`${session.id}\` is here; start it anew with a mandate`,
      ),
    };
  const issued = await ports.control.call(controlApi.issueCredential, {
    token: own,
    ...vouching(ports.pointToken),
    params: { id: session.mandate },
    body: { run, program: { harness } },
  });
  return issued.ok
    ? { ok: true, credential: keptLike(own, issued.value.credential) }
    : { ok: false, refusal: problem(issued.problem) };
}

async function effect(
  ports: Ports,
  session: Session,
  request: RunRequest,
  { id, operation, credential }: { readonly id: string; readonly operation: string; readonly credential: string },
) {
  const repository = session.repository === null ? null : await openRepository(session.repository);
  const known = repository?.ok === true ? await remotesOf(repository.value) : {};
  const only = session.mission === null ? null : (ports.records.missions.get(session.mission)?.remote ?? null);
  const remotes = Object.keys(known).filter((name) => only === null || name === only);
  const { sandbox } = session;
  return {
    id,
    session: session.id,
    mandate: session.mandate ?? '',
    credential,
    operation,
    lease_ms: leaseMs,
    argv: [...request.argv],
    cwd: request.cwd,
    env: { ...request.env, WRIT_SESSION: session.id, ...(session.task === null ? {} : { WRIT_TASK: session.task }) },
    stdin: request.stdin,
    sandbox: {
      kind: sandbox.kind,
      writable: [...sandbox.writable],
      hidden: [...sandbox.hidden],
      network: sandbox.network,
    },
    remotes,
    repository: repository?.ok === true ? { path: request.cwd, project: session.project } : null,
  };
}

type Problem = {
  readonly code: string;
  readonly detail: string;
  readonly way_out: string | null;
  readonly status: number;
  readonly type: string;
  readonly title: string;
  readonly instance?: string | undefined;
};

function problem(found: Problem): Started & { readonly ok: false } {
  if (isSilence(found)) return { ok: false, end: { ended: 'unreachable', sentence: found.detail } };
  return no(found.code, found.detail, found.way_out, approvalIn(found));
}

function no(
  code: string,
  sentence: string,
  wayOut: string | null = null,
  approval: string | null = null,
): Started & { readonly ok: false } {
  const hold = code === 'approval_required' ? { approval } : null;
  return { ok: false, end: { ended: 'refused', hold, code, sentence, wayOut } };
}
