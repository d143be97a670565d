/**
 * The whole night, played without a person: work until the push is in flight, freeze, revoke, pull the plug, look again. Resolves with what
 * was checked; the night failed when any of it is not so.
 */

import { runtimeApi } from '@writ/protocol';
import type { AttentionWire, MissionWire } from '../connect/wire.ts';
import { freezeBranch, killRuntime, revoke, watchStillness } from './acts.ts';
import { follow } from './follow.ts';
import type { OwnWrit } from './own-writ.ts';
import type { NightRepository } from './repository.ts';
import { remoteBranches, triedRefs } from './repository.ts';

export type Check = { readonly what: string; readonly holds: boolean };

const workLimitMs = 180_000;

/** Plays it. `chapter` announces each part. */
export async function playNight(
  writ: OwnWrit,
  mission: MissionWire,
  repository: NightRepository,
  chapter: (title: string) => void,
): Promise<readonly Check[]> {
  const mandate = mission.mandate ?? '';
  const checks: Check[] = [];
  const check = (what: string, holds: boolean): void => void checks.push({ what, holds });

  chapter('The agents work; one asks a question, which is answered as recommended because nobody is here');
  {
    await using following = follow(writ, mission, answerAsRecommended(writ));
    const inFlight = await untilPushInFlight(repository, (enough, limitMs) => following.until(enough, limitMs));
    check('two tasks and a sub-agent worked, and a push reached the remote', inFlight);
    chapter('A reviewer freezes the branch while the push is in flight');
    await freezeBranch(writ);
    const held = await following.until(({ mandate: now }) => now?.state === 'suspended', 10_000);
    check('the mandate is suspended: the approval depended on the branch', held !== null);
  }
  chapter('The approval is revoked');
  check('the receipt closed with every line accounted for', (await revoke(writ, mandate)) === 0);

  chapter('The power goes: kill -9 of the runtime; its supervisor starts it again');
  const { before, after } = await killRuntime(writ);
  writ.context.say(
    `  runtime ${String(before)} killed, ${String(after)} started; the plan, the worktrees and the credentials are all still there`,
  );
  const stillness = await watchStillness(writ, mission, 3_000);
  for (const session of stillness.sessions) writ.context.say(`  ${session.id}  ${session.state}  ${session.title}`);
  check(
    'every session is readable, and none of them runs',
    stillness.still && stillness.sessions.length > 0 && stillness.running.length === 0,
  );
  const branches = await remoteBranches(repository);
  check('nothing landed on the remote: it has `main`, and nothing else', branches.join() === 'refs/heads/main');

  chapter('The trail');
  check('both journals verify', (await writ.command('audit', 'verify')) === 0);
  return checks;
}

const answerAsRecommended =
  (writ: OwnWrit) =>
  async (item: AttentionWire): Promise<void> => {
    const answer = item.recommendation ?? item.options[0]?.key;
    if (answer === undefined) return;
    const runtime = await writ.runtime();
    await runtime.attempt(runtimeApi.answer, { params: { id: item.id }, body: { answer } });
  };

/** Whether the remote has seen somebody try to push, before the mission ended or the limit passed. */
async function untilPushInFlight(
  repository: NightRepository,
  until: ReturnType<typeof follow>['until'],
): Promise<boolean> {
  let seen = false;
  const looking = setInterval(() => {
    void triedRefs(repository).then((tried) => (seen ||= tried.length > 0));
  }, 100);
  try {
    await until(({ mission }) => seen || mission.state === 'done' || mission.state === 'failed', workLimitMs);
    return seen;
  } finally {
    clearInterval(looking);
  }
}
