/**
 * An attended session from its approval to its close.
 *
 * INVARIANT: what was approved for a session ends with it, also when its program never started: authority without work is left to nobody.
 */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ExpandedPreset, HistoryRule } from '@writ/authority';
import type { AttendedPlace, Caller, ControlClient, HeldArtifacts, SandboxKind } from '@writ/enforce/attended';
import {
  createCaller,
  createControlClient,
  createHeldArtifacts,
  openAttended,
  endpointOf as planeAt,
  systemClock,
} from '@writ/enforce/start';
import { controlApi, runtimeApi } from '@writ/protocol';
import { endpointOf } from '../connect/planes.ts';
import { CommandEnd, exitCodes, problem } from '../exit.ts';
import type { Home } from '../place/home.ts';
import { interruption } from '../place/interruption.ts';
import type { Context } from '../program/context.ts';
import type { Api } from '../connect/api.ts';
import { approveStart } from './approve-start.ts';
import type { CommandSeen } from './command-seen.ts';
import type { TurnBoundaries } from './turn-boundaries.ts';
import { createTurnBoundaries } from './turn-boundaries.ts';
import type { UnderMission } from './under-mission.ts';
import { delegateStart } from './under-mission.ts';

export type SessionStart = {
  /** `exec`, or the harness. */
  readonly kind: string;
  /** `at a terminal`, or `by an editor`. */
  readonly by: string;
  readonly project: string;
  readonly root: string;
  readonly preset: ExpandedPreset;
  readonly history: readonly HistoryRule[];
  readonly sandbox: SandboxKind | null;
  readonly program: { readonly harness: string; readonly model: string | null };
  /** The mission whose mandate it works under a part of; null: it is approved by itself. */
  readonly under: UnderMission | null;
  /** Whether its program tells of no turn: then all of it is one, and begins with the session. */
  readonly isOneTurn: boolean;
};

export interface OpenSession extends AsyncDisposable {
  readonly id: string;
  readonly mandate: string;
  /** In the environment of everything the session starts. */
  readonly marker: string;
  /** Of the session's run. */
  readonly credential: string;
  /** What its hooks are answered from, where control need not be asked. */
  readonly artifacts: HeldArtifacts;
  readonly pointId: string;
  /** Control and the runtime with the launcher's. */
  readonly point: ControlClient;
  readonly runtimeAsPoint: Caller;
  readonly pointToken: () => string;
  readonly place: AttendedPlace;
  /** Adds to the session's log; what cannot be said now is lost. */
  observe(body: { readonly type: string; readonly data: Record<string, string> }): void;
  /** Adds a command that the harness says it ran; what cannot be said now is lost. */
  ran(command: CommandSeen): void;
  /** At which the files of its place are kept; what cannot be is said in the log. */
  readonly turns: TurnBoundaries;
  /** The files of its only turn are kept, or a moment has passed; at once, where its program tells of turns. Before that nothing may change them. */
  readonly kept: Promise<void>;
  /** Control was asked for its artifact once. Before its program: the first line that its harness shows says how long it lasts. */
  readonly held: Promise<void>;
  /** The program ended: closes the session, and what was approved for it. */
  close(end: {
    readonly code: number;
    readonly summary: string;
    readonly stoppedBecause: string | null;
  }): Promise<void>;
}

const callTimeoutMs = 5_000;
/** Several tries fit into the bound of a kept answer. */
const artifactTimeoutMs = 1_500;

const pointTokenAt = (home: Home): string =>
  readFileSync(join(home.control, 'points', 'launcher.token'), 'utf8').trim();

/** Control as the launcher asks it. */
const controlAsPoint = (home: Home): ControlClient =>
  createControlClient({
    // By the local socket where control has one; only where the process that wrote the file still runs.
    base: () => (endpointOf(home.controlEndpoint) === null ? null : planeAt(home.root, 'control')),
    token: () => pointTokenAt(home),
    timeoutMs: callTimeoutMs,
  });

/** Control and the runtime as the launcher asks them, and what it answers hooks from. */
function callersOf(home: Home, pointId: string) {
  const pointToken = (): string => pointTokenAt(home);
  const point = controlAsPoint(home);
  const runtimeAsPoint = createCaller({
    base: () => endpointOf(home.runtimeEndpoint),
    token: pointToken,
    timeoutMs: callTimeoutMs,
  });
  const artifacts = createHeldArtifacts({
    control: point,
    point: pointId,
    clock: systemClock,
    timeoutMs: artifactTimeoutMs,
  });
  return { pointToken, point, runtimeAsPoint, artifacts };
}

/** Approved by the act of starting, or a part of what was approved for a mission. */
async function mandateFor(
  home: Home,
  control: Api,
  start: SessionStart,
  now: number,
): Promise<{ readonly mandate: string }> {
  const { kind: actor, project, preset, history, program, under: mission } = start;
  const purpose = `${actor} in ${project}, started ${start.by}`;
  if (mission === null) return approveStart(control, { project, actor, purpose, preset, history, now });
  using point = controlAsPoint(home);
  return {
    mandate: await delegateStart(control, point, {
      mission,
      preset,
      actor,
      purpose,
      program,
      pointToken: pointTokenAt(home),
    }),
  };
}

/** Approves by the person's act of starting, and opens. Disposing ends what is still open. */
export async function openSession(context: Context, start: SessionStart): Promise<OpenSession> {
  const { home, io, planes } = context;
  const { kind, project, root } = start;
  const [control, runtime] = await Promise.all([planes.control(), planes.runtime()]);
  const { mandate } = await mandateFor(home, control, start, io.now());
  let isOver = false;
  const endMandate = async (reason: string): Promise<void> => {
    if (!isOver) await control.attempt(controlApi.complete, { params: { id: mandate }, body: { reason } });
    isOver = true;
  };
  using stop = interruption();
  try {
    const session = await runtime.call(runtimeApi.createSession, {
      body: { title: `${kind} in ${project}`, project, agent: kind, driver: 'attended', workspace: root, mandate },
    });
    const turns = createTurnBoundaries(async (why, turn) => {
      await runtime.attempt(runtimeApi.takeCheckpoint, { params: { id: session.id }, body: { why, turn } });
    });
    // Begun before the rest is opened: it takes as long as all of that.
    const kept = start.isOneTurn ? turns.begins() : Promise.resolve();
    const { credential } = await control.call(controlApi.issueCredential, {
      params: { id: mandate },
      body: { run: session.id, program: start.program },
    });
    const pointId = `launcher-${session.id}`;
    const callers = callersOf(home, pointId);
    const { artifacts, point, runtimeAsPoint } = callers;
    const held = artifacts.hold({ mandate, credential });
    const marker = `WRIT_RUN=${session.id}`;
    const bounded = start.sandbox?.processes === 'namespace';
    const place = openAttended(home.root, { session: session.id, mandate, marker, contained: bounded });
    if (stop.signal.aborted) {
      place[Symbol.dispose]();
      throw new CommandEnd(problem('interrupted', 400, 'nothing was started', null), exitCodes.interrupted);
    }
    const closeSession = (code: number, summary: string) =>
      runtime.attempt(runtimeApi.closeSession, { params: { id: session.id }, body: { exit_code: code, summary } });
    let isClosed = false;
    return {
      id: session.id,
      mandate,
      marker,
      credential,
      pointId,
      ...callers,
      place,
      turns,
      kept,
      held,
      observe(body) {
        void runtime.attempt(runtimeApi.observe, { params: { id: session.id }, body });
      },
      ran(command) {
        const body = { ...command, kind: 'command' as const, cwd: root, by: 'harness' as const };
        void runtime.attempt(runtimeApi.tellFact, { params: { id: session.id }, body });
      },
      async close({ code, summary, stoppedBecause }) {
        isClosed = true;
        await closeSession(code, summary);
        // Stopped, it was ended by somebody else, or will be: the revocation may still be on its way.
        if (stoppedBecause === null) await endMandate('the session ended');
        else isOver = true;
      },
      async [Symbol.asyncDispose]() {
        if (!isClosed) await closeSession(127, 'its program could not be started');
        await endMandate('its program could not be started');
        place[Symbol.dispose]();
        await artifacts[Symbol.asyncDispose]();
        for (const caller of [point, runtimeAsPoint]) caller[Symbol.dispose]();
      },
    };
  } catch (error) {
    await endMandate('its program could not be started');
    throw error;
  }
}
