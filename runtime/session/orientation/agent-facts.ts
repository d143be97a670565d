/** How the agent that a session acts as stands: the bytes that were pinned, beside what people accepted since and what the newest commit has. It reads no worktree, which an agent may be writing in. */

import { acceptedId } from '../../agent/accepted/accepted-agent.ts';
import { agentFiles } from '../../agent/definition/find-agents.ts';
import type { Ports } from '../../ports.ts';
import { pinOfTurn } from '../act-as.ts';
import { gitPlaceOf } from '../place.ts';
import type { Fact, Visit } from './fact.ts';

/** Nothing for a session that acts as nobody but itself. */
export async function agentFacts(
  { records }: Pick<Ports, 'records'>,
  { session, now }: Visit,
): Promise<readonly Fact[]> {
  const pin = pinOfTurn({ ...session, queue: [] });
  const accepted = pin === null ? undefined : records.agents.get(acceptedId(session.project, pin.name))?.accepted;
  const newest = accepted?.at(-1);
  if (pin === null || newest === undefined) return [];
  const fact = (what: string, value: string, standing: Fact['standing'], method: string): Fact => ({
    ...{
      about: 'seen',
      what,
      value: value.slice(0, 240).toWellFormed(),
      standing,
      observedAt: now,
      method,
      event: null,
      by: null,
    },
  });
  const own =
    newest.hash === pin.hash
      ? fact('agent', `${pin.name}, as it was accepted last`, 'verified now', 'the log')
      : fact(
          'agent',
          `${pin.name} was accepted anew since: ${pin.hash} here, ${newest.hash} now`,
          'changed',
          'the log',
        );
  const place = await gitPlaceOf(session);
  const listed = place === null ? null : await agentFiles(place.repository, 'HEAD').catch(() => null); // Git refuses
  if (listed === null || !listed.ok)
    return [own, fact('agent file', `${newest.path}: nobody can look at its repository`, 'unknown', 'git')];
  const { files, commit } = listed.value;
  const found = files.find(({ path }) => path === newest.path);
  if (found?.hash === newest.hash) return [own];
  const how = found === undefined ? 'is gone' : 'is not what was accepted';
  return [own, fact('agent file', `${newest.path} ${how}, at ${commit.slice(0, 10)}`, 'changed', 'git')];
}
