/**
 * Looks at the place of a session and writes down what is new: after each turn, and when somebody asks. It runs nothing of the place and changes nothing there. What cannot be seen is left out;
 * what was seen before stays on record with its age.
 */

import { isDeepStrictEqual } from 'node:util';
import { enforcerApi } from '@writ/protocol';
import type { By } from '../log.ts';
import type { Ports } from '../ports.ts';
import { itself } from '../ports.ts';
import { dataStores } from '../workspace/data-stores.ts';
import { gitFact } from '../workspace/git-fact.ts';
import { gitPlaceOf } from './place.ts';
import type { Session } from './session.ts';
import type { Fact, GitFact, McpFact, WorkspaceFact } from './workspace-fact.ts';
import { factKey } from './workspace-fact.ts';

/** Records `fact`, as seen now by `method`, unless the newest of its key says the same. Resolves with whether it was new. */
export async function recordFact(
  ports: Ports,
  id: string,
  fact: Fact,
  {
    method,
    tree = null,
    always = false,
  }: { readonly method: string; readonly tree?: string | null; readonly always?: boolean },
  by: By = itself,
): Promise<boolean> {
  const newest = always ? null : await factAt(ports, id, factKey(fact));
  if (newest !== null && isSame(newest, fact)) return false;
  const seen: WorkspaceFact = { ...fact, seenAt: new Date(ports.now()).toISOString(), method, tree };
  return (await ports.records.sessions.record(id, [{ type: 'fact.seen', data: seen }], by)).ok;
}

function isSame({ seenAt: _, method: __, tree: ___, ...before }: WorkspaceFact, fact: Fact): boolean {
  return isDeepStrictEqual(before, fact);
}

/** The newest fact of `key`; null where there is none, or it was erased. */
export async function factAt(ports: Pick<Ports, 'records'>, id: string, key: string): Promise<WorkspaceFact | null> {
  const { sessions, journal } = ports.records;
  const known = sessions.get(id)?.remembered.facts.find((one) => one.key === key);
  if (known === undefined) return null;
  const [event] = await journal.read(sessions.streamOf(id), { after: known.version - 1, limit: 1 });
  // Written by `recordFact`; erased data is null.
  return event === undefined ? null : (event.data as unknown as WorkspaceFact | null);
}

/** Looks at Git, data stores and MCP servers. `turn`: what the turn that just ended was asked, for whom it made a branch. */
export async function lookAround(ports: Ports, id: string, turn: string | null): Promise<void> {
  const session = ports.records.sessions.get(id);
  if (session === undefined || session.workspace === null) return;
  const git = await gitOf(ports, session, turn).catch(() => null);
  if (git !== null) await recordFact(ports, id, git, { method: 'git' });
  for (const store of await dataStores(session.workspace.path).catch(() => []))
    await recordFact(ports, id, store, { method: 'the files' });
  for (const server of (await mcpServersOf(ports, session)) ?? [])
    await recordFact(ports, id, server, { method: 'its catalogue' });
}

/** What Git says now; null where it knows nothing of the place. */
export async function gitOf(ports: Ports, session: Session, turn: string | null): Promise<GitFact | null> {
  const found = await gitPlaceOf(session);
  if (found === null) return null;
  const fact = await gitFact(found.place, found.repository.gitDir);
  if (fact === null) return null;
  return { ...fact, reason: (await ownReason(ports, session, fact, turn)) ?? fact.reason };
}

/** INVARIANT: a reason is somebody's words: the task a branch was made for, the prompt of the turn it appeared in, or what was known of it before. */
async function ownReason(
  ports: Ports,
  session: Session,
  { branch }: GitFact,
  turn: string | null,
): Promise<GitFact['reason']> {
  if (branch === null) return null;
  const { mission, task } = session;
  const found = mission === null ? undefined : ports.records.missions.get(mission);
  const planned = found?.tasks.find(({ plan }) => plan.id === task);
  if (found !== undefined && planned !== undefined && branch === session.workspace?.branch)
    return {
      text: `${planned.plan.id}: ${planned.plan.title}`.slice(0, 300).toWellFormed(),
      from: `mission \`${found.id}\``,
    };
  const before = await factAt(ports, session.id, 'git');
  if (before?.kind === 'git' && before.branch === branch && before.reason !== null) return before.reason;
  const appeared = before?.kind === 'git' && before.branch !== branch && turn !== null;
  return appeared
    ? { text: (turn.split('\n')[0] ?? '').slice(0, 300).toWellFormed(), from: 'the turn it appeared in' }
    : null;
}

/** The servers that runs of its project may use, as a person trusted them; null where the enforcer cannot be asked. */
export async function mcpServersOf({ enforcer }: Ports, { project }: Session): Promise<readonly McpFact[] | null> {
  const listed = await enforcer.call(enforcerApi.listMcpServers);
  if (!listed.ok) return null;
  return listed.value.items
    .filter((server) => server.project === null || server.project === project)
    .map(({ name, catalogue_digest: digest, tools }) => ({
      kind: 'mcp' as const,
      server: name,
      digest,
      tools: tools.length,
    }));
}
