/** A real control over HTTP, and an enforcement point of its own with clocks that a test moves and lines that it cuts. */
import { createControlClient, createHeldArtifacts, createVerdicts } from '@writ/enforce';
import type { Answered, Asked, Change, ControlClient } from '@writ/enforce';
import { controlApi } from '@writ/protocol';
import type { Route } from '@writ/protocol';
import { startControlServer } from '@writ/server';
import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hour, t0 } from './support.ts';

export const pointName = 'launcher-attacked';

/** What an attended session is approved for here: everything beneath one workspace. */
const workspace = (name: string) => ({
  type: 'mission_resource_access' as const,
  resource: `workspace://${name}/`,
  resource_match: 'prefix' as const,
  actions: ['file.*', 'task.note'],
  constraints: {},
});

/** What a client says of an answer that never came. */
export const lost = {
  ok: false,
  problem: { type: '', title: '', status: 503, detail: 'lost', way_out: null, code: 'control_unreachable' },
} as const;

export type Run = { readonly mandate: string; readonly credential: string };

/** Another way to start control over a folder; its clock is its own then. */
export type StartControl = (dir: string) => Promise<{ readonly url: string; close(): Promise<void> }>;

/** Control's clock stands at `t0`, the point's at any time of its own: they are never compared. */
export async function pointAndControl(pointWall = 7_000_000, start?: StartControl) {
  const dir = await mkdtemp(join(tmpdir(), 'writ-point-'));
  const control = { now: t0 };
  const server = await (start?.(dir) ?? startControlServer({ dir, now: () => control.now }));
  const tokenIn = async (path: string) => (await readFile(join(dir, 'control', path), 'utf8')).trim();
  const [owner, pointToken] = [await tokenIn('owner.token'), await tokenIn('points/launcher.token')];
  const clock = { wall: pointWall, monotonic: 500 };
  const line = { isUp: true };
  const base = () => (line.isUp ? { url: server.url } : null);
  const person = createControlClient({ base: { url: server.url }, token: owner, timeoutMs: 5_000 });
  const point = createControlClient({ base, token: pointToken, timeoutMs: 5_000 });
  /** What control answers to the point on its way: a test may read it, keep it, or put another in its place. */
  type Tap = ((reply: unknown) => unknown) | null;
  const tap: { onVouched: Tap; onKeys: Tap; losesReplies: boolean } = {
    onVouched: null,
    onKeys: null,
    losesReplies: false,
  };
  const tapped: ControlClient = {
    ...point,
    call: async (
      route: Route,
      ...input: Parameters<ControlClient['call']> extends [unknown, ...infer Rest] ? Rest : never
    ) => {
      const reply = await point.call(route, ...input);
      const change = route === controlApi.vouch ? tap.onVouched : route === controlApi.keys ? tap.onKeys : null;
      if (route === controlApi.vouch && tap.losesReplies) return lost;
      return reply.ok && change !== null ? { ...reply, value: change(reply.value) } : reply;
    },
  } as ControlClient; // the tap changes what is said, never its shape
  const readings = { wall: () => clock.wall, monotonic: () => clock.monotonic };
  const artifacts = createHeldArtifacts({ control: tapped, point: pointName, clock: readings, timeoutMs: 5_000 });
  const verdicts = createVerdicts({ control: tapped, artifacts, pointToken: () => pointToken });

  const must = async <T>(reply: Promise<{ ok: true; value: T } | { ok: false; problem: { detail: string } }>) => {
    const got = await reply;
    if (!got.ok) throw new Error(got.problem.detail);
    return got.value;
  };
  const world = {
    /** Where control keeps its keys. */
    dir,
    sinkToken: await tokenIn('points/sink.token'),
    control,
    /** For somebody else of this installation, whose clock is right. */
    rightClock: { wall: () => control.now, monotonic: () => performance.now() },
    clock,
    line,
    tap,
    artifacts,
    /** The point's client of control, tap and all. */
    tapped,
    clocks: readings,
    /** The same point, as if it had just started. */
    stranger: () => createHeldArtifacts({ control: tapped, point: pointName, clock: readings, timeoutMs: 5_000 }),
    /** What answers from what another holds. */
    answersOf: (held: typeof artifacts) =>
      createVerdicts({ control: tapped, artifacts: held, pointToken: () => pointToken }),
    point,
    person,
    pointToken,
    url: server.url,
    must,
    /** An approved mandate and the credential of a run under it. */
    async run(more: object = {}): Promise<Run> {
      const proposed = await must(
        person.call(controlApi.propose, {
          body: {
            project: 'p',
            purpose: 'attacked',
            actor: 'builder',
            authorization_details: [workspace('p')],
            expires_at: new Date(control.now + hour).toISOString(),
            ...more,
          },
        }),
      );
      const { id: mandate, revision, text_digest } = proposed;
      await must(person.call(controlApi.approve, { params: { id: mandate }, body: { revision, text_digest } }));
      const issued = await must(
        person.call(controlApi.issueCredential, { params: { id: mandate }, body: { run: randomUUID() } }),
      );
      return { mandate, credential: issued.credential };
    },
    /** A run of `tester` under a child of this run's mandate, which reaches as far; `more` says what differs. */
    async child({ mandate: id, credential: token }: Run, more: object = {}): Promise<Run> {
      const body = { purpose: 'a part', actor: 'tester', authorization_details: [workspace('p')], ...more };
      const made = await must(point.call(controlApi.delegate, { token, point: pointToken, params: { id }, body }));
      return { mandate: made.mandate.id, credential: made.credential ?? '' };
    },
    /** The events of control's journal of this type, oldest first. */
    recorded: async (type: string) =>
      (await must(person.call(controlApi.audit, { query: { limit: 10_000 } }))).items.filter(
        (event) => event['type'] === type,
      ),
    revoke: (mandate: string) => must(person.call(controlApi.revoke, { params: { id: mandate }, body: {} })),
    /** A write in the workspace, asked of the point. `from` says who answered. */
    ask: (run: Run, more: Partial<Asked> = {}, by = verdicts): Promise<Answered> =>
      by.check({
        ...run,
        action: 'file.write',
        resource: 'workspace://p/a',
        facts: {},
        parameters: {},
        session: null,
        containment: { files: 'worktree', network: 'none', credentials: 'none' },
        ...more,
      }),
    /** Both of the point's clocks, moved. */
    wait(ms: number): void {
      clock.wall += ms;
      clock.monotonic += ms;
    },
    /** Control's change stream, led to the point from here on; `through`: over a line of somebody's. */
    async push(through = server.url) {
      const over = new AbortController();
      const seen: Change[] = [];
      const gaps: number[] = [];
      const client = createControlClient({ base: { url: through }, token: pointToken, timeoutMs: 5_000 });
      const place: { position: number | null } = { position: null };
      const watching = client.watch({
        after: null,
        signal: over.signal,
        onChange(change) {
          seen.push(change);
          artifacts.changed(change);
        },
        onHeard: (position) => {
          place.position = position;
        },
        onGap: (from) => {
          gaps.push(from);
          artifacts.unsure();
        },
      });
      await until('the stream', () => place.position !== null);
      return {
        seen,
        /** The positions after which something was missed. */
        gaps,
        stop: async () => {
          over.abort();
          await watching.done;
          client[Symbol.dispose]();
        },
      };
    },
    async [Symbol.asyncDispose]() {
      await artifacts[Symbol.asyncDispose]();
      for (const client of [person, point]) client[Symbol.dispose]();
      await server.close();
      await rm(dir, { recursive: true, force: true, maxRetries: 5 });
    },
  };
  return world;
}

export type PointWorld = Awaited<ReturnType<typeof pointAndControl>>;

/** The answer, and who gave it. */
export const said = ({ decision, from }: Answered): string => `${decision} from ${from}`;

/** Waits for something that a real connection brings. */
export async function until(what: string, look: () => Promise<boolean> | boolean): Promise<void> {
  const end = performance.now() + 45_000;
  while (!(await look())) {
    if (performance.now() > end) throw new Error(`waited in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
