/**
 * `writ hook claude`: what the hook of `writ init --guard` runs before each call of a harness that was started without Writ. It refuses what the preset of this repository
 * refuses, and has the harness ask what the preset asks.
 *
 * There is no mandate: it approves nothing, records nothing, and asks no store. Under `writ claude` it says nothing, because that judges each call itself.
 * INVARIANT: whatever goes wrong here, the harness goes on as without Writ; who wants more than that starts it with `writ claude`.
 */

import { homedir } from 'node:os';
import { text } from 'node:stream/consumers';
import { expandPreset } from '@writ/authority';
import { asRuleWrite, judgedActions } from '@writ/enforce';
import { projectName } from '@writ/protocol';
import { z } from 'zod';
import { exitCodes } from '../exit.ts';
import { realPath } from '../launcher/judge.ts';
import type { OfferedPreset } from '../launcher/preset-choice.ts';
import { rememberedPreset } from '../launcher/preset-choice.ts';
import { presetAnswers } from '../look/preset-answers.ts';
import { repositoryAround } from '../place/repository.ts';
import type { CommandRun } from '../program/command.ts';
import type { Context } from '../program/context.ts';

const input = z.object({
  hook_event_name: z.literal('PreToolUse'),
  cwd: z.string(),
  tool_name: z.string(),
  tool_input: z.record(z.string(), z.unknown()),
});

export const run: CommandRun = async (context) => {
  const { io } = context;
  if (io.env['WRIT_SESSION'] !== undefined) return exitCodes.done;
  try {
    const reply = await judged(context, input.parse(JSON.parse(await text(io.stdin))));
    if (reply !== null) io.stdout.write(`${JSON.stringify(reply)}\n`);
  } catch {
    return exitCodes.done; // as without Writ
  }
  return exitCodes.done;
};

async function judged({ io, home }: Context, call: z.infer<typeof input>): Promise<object | null> {
  const around = await repositoryAround(call.cwd === '' ? io.cwd : call.cwd);
  if (around.kind !== 'found') return null;
  const { root } = around;
  const project = projectName(root);
  const wordsOf = (preset: OfferedPreset): readonly string[] => expandPreset(preset, { project }).words;
  const preset = await rememberedPreset(home.root, root, wordsOf);
  if (preset === undefined) return null;
  const answers = presetAnswers([preset], project, io.now());
  const place = { project, root, cwd: call.cwd, home: homedir(), realPath };
  const all = judgedActions(call.tool_name, call.tool_input, place).map((one) => {
    const { action, resource } = asRuleWrite(one, { project, stateDir: home.root });
    return { action, resource, answer: answers(action, resource)[0] ?? 'never' };
  });
  const against = all.find(({ answer }) => answer === 'never') ?? all.find(({ answer }) => answer === 'asks');
  if (against === undefined) return null;
  const { action, resource, answer } = against;
  const what = `\`${action}\` on \`${resource}\``;
  const reason =
    answer === 'never'
      ? `Refused by preset \`${preset}\`, which a person chose for this repository: ${what} is not in it. Do not retry it or work around it; go on with what is allowed, or say what you could not do.`
      : `preset \`${preset}\`, which a person chose for this repository, asks before ${what}`;
  return {
    hookSpecificOutput: {
      hookEventName: 'PreToolUse',
      permissionDecision: answer === 'never' ? 'deny' : 'ask',
      permissionDecisionReason: reason,
    },
  };
}
