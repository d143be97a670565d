/** The night with a person at the keyboard: the work goes on while keys act on it. */

import { setTimeout as sleep } from 'node:timers/promises';
import { runtimeApi } from '@writ/protocol';
import type { AttentionWire, MissionWire } from '../connect/wire.ts';
import { onKeys } from '../place/keyboard.ts';
import { renderItem } from '../render/attention.ts';
import { freezeBranch, killRuntime, revoke, watchStillness } from './acts.ts';
import { follow } from './follow.ts';
import type { OwnWrit } from './own-writ.ts';

/** Answers take digits here: the letters stop things, and a stop must never be taken for an answer. */
const answerKeys = (item: AttentionWire): readonly string[] => item.options.map((_, at) => String(at + 1));

const keysLine = '[f] freeze the branch   [r] revoke the approval   [k] kill -9 the runtime   [q] quit';

/** Resolves when the person quits. */
export async function standBy(writ: OwnWrit, mission: MissionWire): Promise<void> {
  const { say, style } = writ.context;
  const hint = (): void => say('', `  ${style().bold(keysLine)}`, '');
  let open: AttentionWire | undefined;
  const asked = (item: AttentionWire): void => {
    open = item;
    say('', ...renderItem(item, answerKeys(item), style()), '');
  };
  await using following = follow(writ, mission, asked);
  const quit = new AbortController();
  let acting = false;

  const act = async (key: string): Promise<void> => {
    if (key === 'q' || key === '\u0003') return quit.abort();
    const option = open?.options[open === undefined ? -1 : answerKeys(open).indexOf(key)];
    if (open !== undefined && option !== undefined) {
      const answered = open;
      open = undefined;
      const runtime = await writ.runtime();
      const reply = await runtime.attempt(runtimeApi.answer, {
        params: { id: answered.id },
        body: { answer: option.key },
      });
      say(reply.ok ? `  answered: ${option.label}` : `  ${reply.problem.detail}`);
    } else if (key === 'f') await freezeBranch(writ);
    else if (key === 'r') await revoke(writ, mission.mandate ?? '');
    else if (key === 'k') await pullThePlug(writ, mission);
    else return;
    hint();
  };

  using _keys = onKeys(writ.io, (pressed) => {
    const key = pressed.toLowerCase();
    if (acting && key !== 'q' && key !== '\u0003') return;
    acting = true;
    act(key)
      .catch((error: unknown) => say(`  ${error instanceof Error ? error.message : String(error)}`))
      .finally(() => (acting = false));
  });
  hint();
  let ended = false;
  while (!quit.signal.aborted) {
    await sleep(200, undefined, { signal: quit.signal }).catch(() => undefined); // the person quits
    const { state } = following.now().mission;
    if (!ended && (state === 'done' || state === 'failed')) {
      ended = true;
      say('', `  the mission is ${state}; you can still revoke, kill and look, or quit`);
      hint();
    }
  }
}

async function pullThePlug(writ: OwnWrit, mission: MissionWire): Promise<void> {
  const { say } = writ.context;
  const { before, after } = await killRuntime(writ);
  say(`  runtime ${String(before)} killed with kill -9; its supervisor started ${String(after)}`);
  const { sessions, still } = await watchStillness(writ, mission, 1_500);
  for (const session of sessions)
    say(`  ${session.id}  ${session.state}${session.state_detail === '' ? '' : `: ${session.state_detail}`}`);
  say(
    still
      ? '  everything is there and readable; nothing runs'
      : '  everything is there; what is still allowed goes on, after asking',
  );
}
