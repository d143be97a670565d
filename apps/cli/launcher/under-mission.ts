/**
 * An attended session under a mission: it works under a child of the mission's mandate, so that whatever holds, narrows or ends the mission does so to the session at once.
 *
 * It widens nothing. INVARIANT: the child is what the preset covers of what the mission may do as it is now; what was never handed on by the mission's approval is handed on to nobody.
 */

import { createHash, randomUUID } from 'node:crypto';
import type { AuthoritySet, ExpandedPreset } from '@writ/authority';
import { intersect } from '@writ/authority';
import type { ControlClient } from '@writ/enforce/attended';
import { authoritySetFromWire, authoritySetToWire, controlApi } from '@writ/protocol';
import type { Api } from '../connect/api.ts';
import { everything, findThing } from '../connect/find.ts';
import type { MissionWire } from '../connect/wire.ts';
import { failed, usage } from '../exit.ts';
import type { Context } from '../program/context.ts';

export type UnderMission = {
  readonly id: string;
  readonly mandate: string;
  /** What the agent is told of it at its start, and its digest, which stays in the session's log. */
  readonly context: string;
  readonly digest: string;
};

/** The mission a person named for a start in `project`. Ends the command where nothing can be done under it. */
export async function missionFor(context: Context, typed: string, project: string): Promise<UnderMission> {
  const thing = findThing(typed, await everything(context));
  if (thing.kind !== 'mission')
    throw usage(`\`${typed}\` is a ${thing.kind}, and no mission`, '`writ show` lists them');
  const { mission } = thing;
  const { id, mandate, state } = mission;
  if (mandate === null || !(state === 'running' || state === 'paused'))
    throw failed(`mission \`${id}\` is ${state}, so that nothing is done under it`, `\`writ show ${id}\` says more`);
  if (mission.project !== project)
    throw failed(
      `mission \`${id}\` is of the project \`${mission.project}\`, and this is \`${project}\``,
      'start it in a checkout of that project',
    );
  const text = missionContext(mission);
  return { id, mandate, context: text, digest: `sha256:${createHash('sha256').update(text).digest('base64url')}` };
}

/** What an agent beside the mission's own has to know of it. Pure. */
export function missionContext({
  id,
  title,
  goal,
  tasks,
}: Pick<MissionWire, 'id' | 'title' | 'goal' | 'tasks'>): string {
  return [
    `You work beside the mission \`${id}\`: ${title}`,
    goal,
    'Its tasks, and how they stand:',
    tasks.map((task) => `- ${task.id} (${task.state}): ${task.title}`).join('\n'),
    'What you may do is a part of what was approved for this mission, and ends with it. A task that an agent of the mission works on is not yours: leave its files alone. `writ whoami` says what you work under, `writ request` asks for what was refused, `writ note` tells the others what they should know.',
  ].join('\n\n');
}

/** Makes the mandate of the session: by the mission's own actor, for whom the person who starts it asks. Resolves with its id. */
export async function delegateStart(
  control: Api,
  point: Pick<ControlClient, 'call'>,
  start: {
    readonly mission: UnderMission;
    readonly preset: ExpandedPreset;
    readonly actor: string;
    readonly purpose: string;
    readonly program: { readonly harness: string; readonly model: string | null };
    readonly pointToken: string;
  },
): Promise<string> {
  const { mission, preset, actor, purpose, program, pointToken } = start;
  const parent = await control.call(controlApi.getMandate, { params: { id: mission.mandate } });
  const asNow = parent.overlays.reduce<AuthoritySet>(
    (set, overlay) => intersect(set, authoritySetFromWire(overlay.authorization_details)),
    authoritySetFromWire(parent.authorization_details),
  );
  const authority = oneLower(intersect(preset.authority, asNow));
  if (authority.length === 0)
    throw failed(
      `preset \`${preset.name}\` and mission \`${mission.id}\` have nothing in common, so that nothing would be allowed`,
      'choose another with `--preset`',
    );
  const { credential } = await control.call(controlApi.issueCredential, {
    params: { id: parent.id },
    body: { run: `start-${randomUUID()}`, program },
  });
  const made = await point.call(controlApi.delegate, {
    token: credential,
    point: pointToken,
    params: { id: parent.id },
    body: { purpose, actor, authorization_details: authoritySetToWire(authority) },
    idempotencyKey: randomUUID(),
  });
  if (!made.ok)
    throw failed(
      `mission \`${mission.id}\` hands nothing on to a session: ${made.problem.detail}`,
      'a mission file that says `delegation: 1` lets sessions work beside it',
    );
  return made.value.mandate.id;
}

/** Handed on no further. */
const oneLower = (set: AuthoritySet): AuthoritySet => set.map(({ delegation: _, ...entry }) => entry);
