/** What people and launchers do with the place of a session: keep its files, look at what going back would do, go back; say what they saw, and read what is known. */

import { realpath } from 'node:fs/promises';
import type { Result } from '../refusal.ts';
import { accept, refuse, reject } from '../refusal.ts';
import { ending, testsIn } from '../runner/run-facts.ts';
import { takeCheckpoint } from '../session/checkpoints.ts';
import { noticeOverlaps } from '../session/overlap.ts';
import { recordFact } from '../session/look-around.ts';
import type { KnownFact } from '../session/read-facts.ts';
import { digestOf, readFacts } from '../session/read-facts.ts';
import type { Preview, Rewinding } from '../session/rewind.ts';
import { previewRewind, rewind } from '../session/rewind.ts';
import type { SeenBefore, Sought } from '../session/seen-before.ts';
import { seenBefore } from '../session/seen-before.ts';
import type { Service } from '../session/services.ts';
import { actOnService, servicesNow, sweepServices } from '../session/services.ts';
import type { Session } from '../session/session.ts';
import type { TimelineEntry, TimelineKind } from '../session/timeline.ts';
import { timeline, timelineKinds } from '../session/timeline.ts';
import type { Checkpoint, CheckpointWhy } from '../session/workspace-events.ts';
import type { Fact, OutsideFact, TerminalFact } from '../session/workspace-fact.ts';
import type { House, Who } from './house.ts';
import { byWho } from './house.ts';

/** What somebody says that they saw. */
export type ToldFact =
  | {
      readonly kind: 'command';
      readonly command: string;
      readonly cwd: string | null;
      readonly exitCode: number | null;
      readonly output: string;
      readonly by: 'harness' | 'person';
    }
  | { readonly kind: 'pin'; readonly target: string; readonly note: string }
  | TerminalFact
  | OutsideFact;

export type AgedFact = KnownFact & { readonly ageMs: number };

export interface WorkspaceCommands {
  /** What listens now. */
  services(): Promise<Result<readonly Service[]>>;
  actOnService(id: string, act: 'adopt' | 'reap', who: Who): Promise<Result<Service>>;
  /** With their age now; nothing is run for it. */
  facts(id: string): Promise<Result<readonly AgedFact[]>>;
  /** Resolves with where it stands in the log. */
  tell(id: string, fact: ToldFact, who: Who): Promise<Result<number>>;
  timeline(
    id: string,
    asked: { readonly kinds: readonly TimelineKind[]; readonly before: number; readonly limit: number },
  ): Promise<Result<readonly TimelineEntry[]>>;
  /** `sees`: which sessions are looked through. */
  seenBefore(
    sought: Sought,
    sees: (session: { readonly id: string; readonly project: string }) => boolean,
  ): Promise<Result<SeenBefore>>;
  /** Oldest first. */
  checkpoints(id: string): Result<readonly Checkpoint[]>;
  checkpoint(
    id: string,
    what: { readonly why: CheckpointWhy; readonly turn: string | null },
    who: Who,
  ): Promise<Result<Checkpoint>>;
  previewRewind(id: string, to: string | null): Promise<Result<Preview>>;
  rewind(id: string, asked: { readonly to: string; readonly hash: string }, who: Who): Promise<Result<Rewinding>>;
}

/** The workspace commands of `house`. */
export function workspaceCommands(house: House): WorkspaceCommands {
  const { sessions } = house.records;
  const find = (id: string): Result<Session> => {
    const session = sessions.get(id);
    return session === undefined
      ? reject(refuse('not_found', `there is no session \`${id}\``, '`writ show` lists them'))
      : accept(session);
  };
  return {
    async services() {
      await sweepServices(house);
      const now = await servicesNow(house);
      return now === null
        ? reject(
            refuse('unreachable', 'the enforcer cannot be asked what listens', 'see whether it is up: `writ doctor`'),
          )
        : accept(now);
    },
    actOnService: (id, act, who) => actOnService(house, id, act, byWho(who)),
    async facts(id) {
      const found = find(id);
      if (!found.ok) return found;
      const known = await readFacts(house, found.value);
      return accept(known.map((one) => ({ ...one, ageMs: Math.max(0, house.now() - Date.parse(one.fact.seenAt)) })));
    },
    async tell(id, fact, who) {
      const found = find(id);
      if (!found.ok) return found;
      await tell(house, found.value, fact, who);
      return accept(sessions.get(id)?.version ?? found.value.version);
    },
    async timeline(id, { kinds, before, limit }) {
      const found = find(id);
      if (!found.ok) return found;
      const wanted = new Set(kinds.length === 0 ? timelineKinds : kinds);
      return accept(await timeline(house, found.value, { kinds: wanted, before, limit }));
    },
    async seenBefore(sought, sees) {
      const found = sought.by === 'session' ? find(sought.session) : accept(null);
      return found.ok ? accept(await seenBefore(house, sought, sees)) : found;
    },
    checkpoints(id) {
      const found = find(id);
      return found.ok ? accept(found.value.remembered.checkpoints) : found;
    },
    async checkpoint(id, what, who) {
      const taken = await takeCheckpoint(house, id, what, byWho(who));
      // The turns of a session at a terminal end here. A place that cannot be looked at is nothing to tell anybody of.
      if (what.why === 'after_turn') await noticeOverlaps(house, id).catch(() => undefined);
      return taken === null
        ? reject(refuse('not_found', `there is no session \`${id}\``, '`writ show` lists them'))
        : accept(taken);
    },
    previewRewind: (id, to) => previewRewind(house, id, to),
    rewind: (id, asked, who) => rewind(house, id, asked, byWho(who)),
  };
}

async function tell(house: House, session: Session, told: ToldFact, who: Who): Promise<void> {
  const by = byWho(who);
  const method = who.kind === 'person' ? `said by ${who.name}` : `told by ${who.name}`;
  const write = (fact: Fact): Promise<boolean> => recordFact(house, session.id, fact, { method, always: true }, by);
  switch (told.kind) {
    case 'outside':
    case 'terminal':
      await write(told);
      return;
    case 'pin': {
      const root = session.workspace === null ? null : await realpath(session.workspace.path).catch(() => null);
      const isAddress = /^[a-z][a-z0-9+.-]*:/i.test(told.target);
      await write({ ...told, digest: isAddress || root === null ? null : await digestOf(root, told.target) });
      return;
    }
    case 'command': {
      await write({ ...told, output: ending(told.output) });
      const tests = testsIn(told.output, told.command);
      if (tests !== null) await write(tests);
    }
  }
}
