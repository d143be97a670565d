/**
 * `writ run FILE`: from a mission file to work under an approved mandate. Compiles, shows, asks; nothing runs before a person approved
 * exactly what was shown, and what cannot be started leaves no authority behind.
 */

import { randomUUID } from 'node:crypto';
import { dirname, relative, resolve } from 'node:path';
import { controlApi, enforcerApi, runtimeApi } from '@writ/protocol';
import type { CompiledWire, MandateWire, MissionWire } from '../connect/wire.ts';
import { CommandEnd, exitCodes, failed, problem } from '../exit.ts';
import { headOf, repositoryAround, uncommitted } from '../place/repository.ts';
import { flagOption } from '../program/command.ts';
import type { CommandRun } from '../program/command.ts';
import { readNamed } from '../place/named-file.ts';
import type { Context } from '../program/context.ts';
import { bullet, count } from '../render/block.ts';
import { renderFindings, renderPlan } from '../render/mission.ts';
import { safeText } from '../render/safe-text.ts';
import { ensureUp } from '../supervisor/ensure-up.ts';
import { decideProposal, needsSomebody } from './approval.ts';
import { nameRemotes, whereItPushes } from './where-pushes-go.ts';
import { watchMission } from './watch-mission.ts';

type MissionFile = { readonly source: string; readonly file: string; readonly repository: string };

export const run: CommandRun = async (context, input) => {
  // Inside a run this refuses: an agent starts sub-agents with `writ spawn`, within what it has.
  await context.planes.runtime();
  const yes = flagOption(input, 'yes');
  const file = await readMission(context, input.words[0] ?? '');
  needsSomebody(context, yes);
  if ((await headOf(file.repository)) === null)
    throw failed(`\`${file.repository}\` has no commit yet`, 'commit once, so that there is something to start from');
  const style = context.style();
  await ensureUp(context, 'always', (plane) => context.progress(style.dim(`${plane} started`)));

  const plan = await compile(context, file);
  context.say(...renderPlan(plan, context.style()));
  await sayWhatIsNotHeld(context);
  const loose = await uncommitted(file.repository);
  if (loose > 0)
    context.say(
      '',
      `${style.tone('held', style.mark('ask'))} the work starts from the last commit; ${count(loose, 'path')} not committed ${loose === 1 ? 'is' : 'are'} no part of it`,
    );
  const namings = await whereItPushes(context, plan, file.repository, yes);
  const proposal = await propose(context, plan);
  const { decision, mandate } = await decideProposal(context, proposal, yes).catch(async (error: unknown) => {
    // A proposal of ours that could not be approved is not left lying about.
    const control = await context.planes.control();
    await control.attempt(controlApi.refuse, {
      params: { id: proposal.id },
      body: { reason: 'could not be approved' },
    });
    throw error;
  });
  if (decision === 'refused') {
    context.answer({ outcome: 'refused', mandate });
    return exitCodes.refused;
  }
  await nameRemotes(context, plan.project, namings);
  const mission = await start(context, file, plan, mandate);
  context.say(`${style.tone('busy', style.mark('live'))} started, mission ${safeText(mission.id)}`, '');
  if (flagOption(input, 'detach')) {
    context.answer({ outcome: 'started', mission, mandate });
    context.say(
      `  ${style.dim(style.mark('way'))} writ show ${safeText(mission.id)}, writ log ${safeText(mission.id)} --follow, writ stop ${safeText(mission.id)}`,
    );
    return exitCodes.done;
  }
  const { exitCode, last } = await watchMission(context, mission);
  context.answer({
    outcome: exitCode === exitCodes.waiting ? 'waiting' : last.mission.state,
    mission: last.mission,
    mandate: last.mandate ?? mandate,
    items: last.items,
  });
  return exitCode;
};

/** Said before anybody approves: where nothing stands around the agents, what is approved below is not held against them. */
async function sayWhatIsNotHeld(context: Context): Promise<void> {
  const scope = await (await context.planes.enforcer()).attempt(enforcerApi.scope);
  if (scope.ok && scope.value.enforced) return;
  const style = context.style();
  const why = scope.ok
    ? 'there is no sandbox here: agents run as you, and can do what you can, whatever is approved; a stop ends their processes. `writ scope` says more'
    : 'the enforcer does not say whether there is a sandbox here';
  context.say('', ...bullet(why, style, style.tone('held', style.mark('ask'))));
}

async function readMission({ io }: Context, typed: string): Promise<MissionFile> {
  const path = resolve(io.cwd, typed);
  const aMission =
    'a mission file is Markdown with a checklist: docs/guide/getting-started.md has one, `writ first-night` shows one at work';
  const source = (await readNamed(io, typed, aMission)).toString('utf8');
  const repository = await repositoryAround(dirname(path));
  if (repository.kind === 'unusable') throw failed(repository.sentence, repository.wayOut);
  if (repository.kind === 'none')
    throw failed(
      `\`${typed}\` is in no Git repository, so there is nowhere to work`,
      'make one with `git init` and a first commit',
    );
  return { source, file: relative(repository.root, path), repository: repository.root };
}

/** The plan; ends the command, with every finding shown, when it has errors. */
async function compile(context: Context, file: MissionFile): Promise<CompiledWire> {
  const runtime = await context.planes.runtime();
  const plan = await runtime.call(runtimeApi.compile, { body: file });
  const errors = plan.findings.filter(({ severity }) => severity === 'error');
  if (plan.findings.length > 0) context.say(...renderFindings(plan.findings, file.file, context.style()), '');
  const [first] = errors;
  if (first === undefined) return plan;
  const place = `${file.file}${first.line === null ? '' : `:${String(first.line)}`}`;
  // A person has just seen all of them.
  const detail = context.json
    ? `${place}: ${first.message}${errors.length > 1 ? `, and ${String(errors.length - 1)} more` : ''}`
    : `\`${file.file}\` is no plan yet: ${count(errors.length, 'error')}, above`;
  context.answer({ outcome: 'not_a_plan', findings: plan.findings });
  throw new CommandEnd(
    problem('not_a_plan', 422, detail, 'nothing was started; mend the file and run it again'),
    exitCodes.failed,
  );
}

async function propose(context: Context, plan: CompiledWire): Promise<MandateWire> {
  const control = await context.planes.control();
  await control.call(controlApi.createProject, { body: { id: plan.project, title: '' } });
  return control.call(controlApi.propose, {
    body: {
      project: plan.project,
      purpose: plan.title,
      actor: 'mission',
      authorization_details: plan.authorization_details,
      conditions: plan.conditions,
      history: plan.history,
      budgets: [],
      delegation: { ...plan.delegation, actors: 'any' },
      steerers: [],
      freshness_ms: plan.freshness_ms,
      expires_at: new Date(context.io.now() + plan.expires_in_ms).toISOString(),
    },
  });
}

/** Creates and starts it. When that fails the mandate is revoked: authority without work is left to nobody. */
async function start(
  context: Context,
  file: MissionFile,
  plan: CompiledWire,
  mandate: MandateWire,
): Promise<MissionWire> {
  const [control, runtime] = await Promise.all([context.planes.control(), context.planes.runtime()]);
  try {
    const { credential } = await control.call(controlApi.issueCredential, {
      params: { id: mandate.id },
      // Nothing acts with it: each run asks for its own with it.
      body: { run: `mission-${randomUUID()}`, program: { harness: 'writ' } },
    });
    const mission = await runtime.call(runtimeApi.createMission, { body: { ...file, project: plan.project } });
    return await runtime.call(runtimeApi.startMission, {
      params: { id: mission.id },
      body: { mandate: mandate.id, credential },
    });
  } catch (error) {
    await control.attempt(controlApi.revoke, {
      params: { id: mandate.id },
      body: { reason: 'the mission could not be started' },
    });
    throw error;
  }
}
