/**
 * The one way out for commits: every update of a request is judged and pushed by itself, in order, with the person's own credentials,
 * outside the sandbox. It keeps what is in flight, so that a stop finds it, and what became of it, so that a receipt can say.
 */

import { controlApi } from '@writ/protocol';
import { createFlights } from '../enforcer/flights.ts';
import type { Outlet } from '../enforcer/outlet.ts';
import { gitPlaces } from '../supervisor/git-places.ts';
import type { RunRequest } from '../supervisor/spawn-run.ts';
import type { Address } from './addresses.ts';
import { addressWith } from './addresses.ts';
import { dropMirror, makeMirror, resolveSource } from './mirror.ts';
import type { PushDeps, PushResult, RefUpdate } from './push.ts';
import { pushRef } from './push.ts';
import { noObject, reachableUrl, remoteRefs } from './remote.ts';
import { repositoryRemotes } from './repository-remotes.ts';

export type UpdateRequest = { readonly source: string; readonly target: string; readonly force: boolean };

export interface PushBroker extends Outlet {
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
  /** How an address is entered, as the last run that went there did; without a password where none was seen. */
  addressOf(url: string): Address;
}

type Found<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly why: string };
const no = (why: string): { readonly ok: false; readonly why: string } => ({ ok: false, why });

const remembered = 1_000;
const lookLimitMs = 15_000;

/** A broker of pushes; its mirrors lie in `dir`. */
export function createPushBroker(
  dir: string,
  deps: Pick<PushDeps, 'control' | 'pointToken' | 'clock' | 'settlements'>,
): PushBroker {
  const flights = createFlights(deps.clock);
  const addresses = new Map<string, Address>();
  const tracked: PushDeps = { ...deps, onFlight: flights.onFlight, onLanded: flights.onLanded };

  /** Where a remote of this run is: what a person said to control, with the password the repository keeps for that very address. */
  async function addressOf(request: RunRequest, remote: string): Promise<Found<Address>> {
    const project = request.repository?.project;
    if (!request.remotes.includes(remote) || project === undefined)
      return no(`there is no remote \`${remote}\` for this run; there is ${request.remotes.join(', ') || 'none'}`);
    const known = await deps.control.call(controlApi.listSinks, { params: { id: project } });
    if (!known.ok) return no(`control does not say where \`${remote}\` is: ${known.problem.detail}`);
    const sink = known.value.items.find(({ name }) => name === remote);
    if (sink === undefined)
      return no(
        `nobody has said where \`${remote}\` of \`${project}\` is; a person does, with \`writ remote add ${remote}\``,
      );
    const reachable = reachableUrl(sink.url, null);
    if (!reachable.ok) return reachable;
    const places = gitPlaces(request.cwd);
    const kept = places === null ? [] : await repositoryRemotes(places.commonDir);
    const userinfo = kept.find(({ url, userinfo: own }) => own !== null && url === sink.url)?.userinfo ?? null;
    const address = addressWith(sink.url, userinfo);
    addresses.set(sink.url, address);
    for (const oldest of addresses.keys()) {
      if (addresses.size <= remembered) break;
      addresses.delete(oldest);
    }
    return { ok: true, value: address };
  }

  async function one(
    request: RunRequest,
    { remote, address }: Pick<RefUpdate, 'remote' | 'address'>,
    { source, target, force }: UpdateRequest,
  ): Promise<PushResult> {
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
    const shown = await remoteRefs(address, lookLimitMs);
    if (!shown.ok) return { ok: false, detail: `the remote cannot be asked: ${shown.why}` };
    const old = shown.refs.get(target) ?? noObject;
    if (old === oid) return { ok: true, detail: 'up to date' };
    return pushRef(request, mirror, { remote, address, ref: target, old, new: oid, force }, tracked);
  }

  return {
    async refs(request, remote) {
      const address = await addressOf(request, remote);
      if (!address.ok) return address;
      const shown = await remoteRefs(address.value, lookLimitMs);
      return shown.ok ? { ok: true, refs: [...shown.refs].map(([name, oid]) => ({ name, oid })) } : shown;
    },
    async push(request, remote, updates) {
      const address = await addressOf(request, remote);
      const results: ({ target: string } & PushResult)[] = [];
      for (const update of updates)
        results.push({
          target: update.target,
          ...(address.ok
            ? await one(request, { remote, address: address.value }, update)
            : { ok: false, detail: address.why }),
        });
      return results;
    },
    addressOf: (url) => addresses.get(url) ?? addressWith(url, null),
    ...flights,
    async forget(run, why) {
      await flights.forget(run, why);
      dropMirror(dir, run);
    },
  };
}
