/**
 * The one way out for commits: every update of a request is judged and pushed by itself, in order, with the person's own credentials,
 * outside the sandbox. It keeps what is in flight, so that a stop finds it, and what became of it, so that a receipt can say.
 */

import type { Word } from '../enforcer/attest.ts';
import { gitPlaces } from '../supervisor/git-places.ts';
import type { RunRequest } from '../supervisor/spawn-run.ts';
import { dropMirror, makeMirror, resolveSource } from './mirror.ts';
import type { PushDeps, PushInFlight, PushResult } from './push.ts';
import { pushRef } from './push.ts';
import { noObject, reachableUrl, remoteRefs } from './remote.ts';

export type UpdateRequest = { readonly source: string; readonly target: string; readonly force: boolean };

export interface PushBroker {
  refs(
    request: RunRequest,
    remote: string,
  ): Promise<
    | { readonly ok: true; readonly refs: readonly { readonly name: string; readonly oid: string }[] }
    | { readonly ok: false; readonly why: string }
  >;
  push(
    request: RunRequest,
    remote: string,
    updates: readonly UpdateRequest[],
  ): Promise<readonly ({ readonly target: string } & PushResult)[]>;
  readonly inFlight: readonly PushInFlight[];
  /** What became of an operation of the broker's; null while it is in flight, undefined when it never was one. */
  word(operation: string): Word | null | undefined;
  /** The run is over: its mirror goes. */
  forget(run: string): void;
}

const remembered = 1_000;
const lookLimitMs = 15_000;

/** A broker of pushes; its mirrors lie in `dir`. */
export function createPushBroker(
  dir: string,
  deps: Pick<PushDeps, 'control' | 'pointToken' | 'clock' | 'settlements' | 'signal' | 'looks'>,
): PushBroker {
  const flights = new Map<string, PushInFlight>();
  const words = new Map<string, Word>();
  const tracked: PushDeps = {
    ...deps,
    onFlight: (push) => void flights.set(push.operation, push),
    onLanded(operation, outcome, note) {
      flights.delete(operation);
      words.set(operation, wordOf(outcome, note, deps.clock.wall()));
      for (const oldest of words.keys()) {
        if (words.size <= remembered) break;
        words.delete(oldest);
      }
    },
  };

  function urlOf(request: RunRequest, remote: string) {
    const url = Object.hasOwn(request.remotes, remote) ? request.remotes[remote] : undefined;
    if (url === undefined)
      return {
        ok: false as const,
        why: `there is no remote \`${remote}\` for this run; there is ${Object.keys(request.remotes).join(', ') || 'none'}`,
      };
    return reachableUrl(url, request.repository?.path ?? null);
  }

  async function one(request: RunRequest, url: string, { source, target, force }: UpdateRequest): Promise<PushResult> {
    if (!/^refs\/(heads|tags)\/[A-Za-z0-9_./@+-]+$/.test(target) || target.includes('..') || target.endsWith('.lock'))
      return { ok: false, detail: `\`${target}\` is not the full name of a branch or tag` };
    // No permit is for a deletion, at the broker as at the hook.
    if (source === '')
      return {
        ok: false,
        detail: `deleting \`${target}\` is never covered by a permit; a person does it from outside the agent`,
      };
    const places = gitPlaces(request.cwd);
    if (places === null) return { ok: false, detail: `\`${request.cwd}\` is not a Git worktree` };
    const mirror = await makeMirror(dir, request.id, places);
    if ('why' in mirror) return { ok: false, detail: mirror.why };
    const oid = await resolveSource(mirror, source);
    if (oid === null) return { ok: false, detail: `\`${source}\` is no commit of this repository` };
    const shown = await remoteRefs(url, lookLimitMs);
    if (!shown.ok) return { ok: false, detail: `the remote cannot be asked: ${shown.why}` };
    const old = shown.refs.get(target) ?? noObject;
    if (old === oid) return { ok: true, detail: 'up to date' };
    return pushRef(request, mirror, { url, ref: target, old, new: oid, force }, tracked);
  }

  return {
    async refs(request, remote) {
      const url = urlOf(request, remote);
      if (!url.ok) return url;
      const shown = await remoteRefs(url.url, lookLimitMs);
      return shown.ok ? { ok: true, refs: [...shown.refs].map(([name, oid]) => ({ name, oid })) } : shown;
    },
    async push(request, remote, updates) {
      const url = urlOf(request, remote);
      const results: ({ target: string } & PushResult)[] = [];
      for (const update of updates)
        results.push({
          target: update.target,
          ...(url.ok ? await one(request, url.url, update) : { ok: false, detail: url.why }),
        });
      return results;
    },
    get inFlight() {
      return [...flights.values()];
    },
    word: (operation) => words.get(operation) ?? (flights.has(operation) ? null : undefined),
    forget: (run) => {
      dropMirror(dir, run);
    },
  };
}

/** A remote that was sent a pack and then left alone may still be at work on it for this long, milliseconds. */
const residualMs = 60_000;

const wordOf = (outcome: 'done' | 'failed' | 'interrupted' | 'unknown', note: string, now: number): Word => ({
  outcome: outcome === 'done' ? 'finished_before' : outcome === 'failed' ? 'stopped' : outcome,
  residual_until: outcome === 'unknown' ? new Date(now + residualMs).toISOString() : null,
  note,
});
