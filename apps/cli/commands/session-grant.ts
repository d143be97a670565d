/** A mandate for a session that has none, as `writ session grant` and `writ session open` give it: approved by a person who read it. What cannot be bound is revoked again. */

import { expandPreset } from '@writ/authority';
import { controlApi, runtimeApi } from '@writ/protocol';
import { presetTerms } from '../connect/preset-terms.ts';
import type { SessionWire } from '../connect/wire.ts';
import { exitCodes, failed, usage } from '../exit.ts';
import { flagOption, textOption } from '../program/command.ts';
import type { CommandRun, Input } from '../program/command.ts';
import type { Context } from '../program/context.ts';
import { renderSession } from '../render/session.ts';
import { decideProposal, needsSomebody } from './approval.ts';
import { namedSession } from './session.ts';

type Runtime = Awaited<ReturnType<Context['planes']['runtime']>>;

const lifeMs = 12 * 3_600_000;
const offered = ['read-only', 'worktree', 'pr'] as const;

export const run: CommandRun = async (context, input) => {
  const yes = flagOption(input, 'yes');
  needsSomebody(context, yes);
  return grantTo(context, await namedSession(context, input), input);
};

/** Proposes what the preset says, has it approved, and binds the session to it. `--yes`: nobody is asked, and the approval says so. */
export async function grantTo(context: Context, session: SessionWire, input: Input): Promise<number> {
  const yes = flagOption(input, 'yes');
  if (session.mandate !== null)
    throw failed(
      `session \`${session.id}\` works under \`${session.mandate}\` already`,
      `\`writ mandate show ${session.mandate}\` says what it may do`,
    );
  const name = offered.find((preset) => preset === (textOption(input, 'preset') ?? 'worktree')) ?? 'worktree';
  const [control, runtime] = await Promise.all([context.planes.control(), context.planes.runtime()]);
  const terms = presetTerms(expandPreset(name, { project: session.project }));
  await control.call(controlApi.createProject, { body: { id: session.project, title: '' } });
  const proposal = await control.call(controlApi.propose, {
    body: {
      project: session.project,
      purpose: (await isPrivate(runtime, session)) ? 'a private session' : session.title,
      actor: session.agent,
      ...terms,
      authorization_details: [...terms.authorization_details, ...modelAt(input)],
      expires_at: new Date(context.io.now() + lifeMs).toISOString(),
    },
  });
  const { decision, mandate } = await decideProposal(context, proposal, yes);
  if (decision === 'refused') {
    context.answer({ outcome: 'refused', mandate });
    return exitCodes.refused;
  }
  try {
    const { credential } = await control.call(controlApi.issueCredential, {
      params: { id: mandate.id },
      // Nothing acts with it: each run asks for its own with it.
      body: { run: `session-${session.id}`, program: { harness: 'writ' } },
    });
    const after = await runtime.call(runtimeApi.grantMandate, {
      params: { id: session.id },
      body: { mandate: mandate.id, credential },
    });
    context.answer(after);
    context.say('', ...renderSession(after, context.style()));
    return exitCodes.done;
  } catch (error) {
    await control.attempt(controlApi.revoke, {
      params: { id: mandate.id },
      body: { reason: 'the session could not be bound to it' },
    });
    throw error;
  }
}

/** INVARIANT: what a private session is called stands in no mandate, which whoever sees the project reads. A fork is as private as what it was forked from. */
async function isPrivate(runtime: Runtime, { visibility, forked_from: fork }: SessionWire): Promise<boolean> {
  if (visibility === 'private' || fork === null) return visibility === 'private';
  const from = await runtime.attempt(runtimeApi.getSession, { params: { id: fork.session } });
  // What cannot be seen now is taken for private.
  return !from.ok || (await isPrivate(runtime, from.value));
}

/** The model that is asked for at an address of its own, such as one on this machine. */
function modelAt(input: Input) {
  const typed = textOption(input, 'modelAt');
  if (typed === undefined) return [];
  if (!URL.canParse(typed) || !/^https?:$/.test(new URL(typed).protocol))
    throw usage(`\`${typed}\` is no address of a model`, 'such as `--model-at http://127.0.0.1:11434/v1`');
  const { origin, pathname } = new URL(typed);
  const resource = `${origin}${pathname.replace(/\/$/, '')}/`;
  return [
    { type: 'mission_resource_access' as const, resource, resource_match: 'prefix' as const, actions: ['model.call'] },
  ];
}
