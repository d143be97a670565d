/**
 * What the guard of a repository answers to a hook: a refusal of what the preset that a person chose there refuses, a question where it asks, and nothing else.
 *
 * There is no mandate: it approves nothing, records nothing, and asks no store. INVARIANT: it never says yes; a call it has nothing against is judged by the harness as without Writ.
 */

import { homedir } from 'node:os';
import type { HarnessAdapter, HarnessEvent } from '@writ/enforce';
import { callActions, harnessAdapters } from '@writ/enforce';
import { projectName } from '@writ/protocol';
import { realPath } from '../launcher/real-path.ts';
import type { OfferedPreset } from '../launcher/preset-choice.ts';
import { hasChosen, rememberedPreset } from '../launcher/preset-choice.ts';
import { presetHere } from '../launcher/repository-preset.ts';
import type { PresetAnswer } from '../look/preset-answers.ts';
import { presetAnswers } from '../look/preset-answers.ts';
import { repositoryAround } from '../place/repository.ts';

export type GuardPlace = {
  /** Writ's state. */
  readonly stateDir: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** What counts where nobody chose a preset, outside a repository too; null: nothing is held against a call there. */
  readonly usual: OfferedPreset | null;
};

type Reply = Readonly<Record<string, unknown>>;
const nothing: Reply = {};

/** The answer to what the harness `name` sent. Null: it is no hook that can be judged. */
export async function judgeGuarded(name: string, body: unknown, place: GuardPlace): Promise<Reply | null> {
  const adapter = Object.values<HarnessAdapter>(harnessAdapters).find((one) => one.name === name);
  const event = adapter?.read(body);
  if (adapter === undefined || event === null || event === undefined) return null;
  if (event.native === 'SessionStart') return whyIdle(body, place);
  return event.kind === 'call' ? judgeCall(adapter, event, place) : nothing;
}

async function judgeCall(
  adapter: HarnessAdapter,
  event: Extract<HarnessEvent, { kind: 'call' }>,
  at: GuardPlace,
): Promise<Reply | null> {
  const { stateDir, now } = at;
  // Where a preset counts everywhere, a call from nowhere is none that can be judged.
  if (event.cwd === '') return at.usual === null ? nothing : null;
  const found = await chosenAround(event.cwd, at);
  if (found?.preset === undefined) return nothing;
  const { root, project, preset } = found;
  const answers = presetAnswers([presetHere(preset, { home: stateDir, root, project })], now);
  const place = { project, root, home: homedir(), realPath, stateDir, cwd: event.cwd };
  const all = callActions(event.calls, place).map(({ action, resource }) => ({
    what: `\`${action}\` on \`${resource}\``,
    answer: answers(action, resource)[0] ?? 'never',
  }));
  const against = all.find(({ answer }) => answer === 'never') ?? all.find(({ answer }) => answer === 'asks');
  return against === undefined ? nothing : said(adapter, event.native, preset, against);
}

/** One that asks is asked about by the harness itself where it can be told to. */
function said(
  adapter: HarnessAdapter,
  native: string,
  preset: OfferedPreset,
  { what, answer }: { readonly what: string; readonly answer: PresetAnswer },
): Reply {
  const who = `preset \`${preset}\`, which a person chose for this place`;
  if (answer === 'asks' && adapter.name === 'claude')
    return {
      hookSpecificOutput: {
        hookEventName: native,
        permissionDecision: 'ask',
        permissionDecisionReason: `${who}, asks before ${what}`,
      },
    };
  const why =
    answer === 'asks'
      ? `Refused: ${who}, asks before ${what}, and nobody can be asked here. Go on with what is allowed; a person who starts \`writ ${adapter.name}\` is asked.`
      : `Refused by ${who}: ${what} is not in it. Do not retry it or work around it; go on with what is allowed, or say what you could not do.`;
  return adapter.reply(native, { kind: 'refuse', why });
}

/** Roots of repositories by folder, and until when each is taken for true: a resident guard need not ask Git before each call. */
const roots = new Map<string, { readonly root: string; readonly until: number }>();
const [rootForMs, mostRoots] = [5_000, 200];

async function rootAround(cwd: string, now: number): Promise<string | null> {
  const known = roots.get(cwd);
  if (known !== undefined && now < known.until && now > known.until - rootForMs) return known.root;
  const around = await repositoryAround(cwd);
  if (around.kind !== 'found') return null;
  for (const oldest of roots.keys()) if (roots.size >= mostRoots) roots.delete(oldest);
  roots.set(cwd, { root: around.root, until: now + rootForMs });
  return around.root;
}

/** The repository around `cwd` and the preset that counts there; null where nothing does. */
async function chosenAround(cwd: string, { stateDir, now, usual }: GuardPlace) {
  const root = (await rootAround(cwd, now)) ?? (usual === null ? null : cwd);
  if (root === null) return null;
  const project = projectName(root);
  const wordsOf = (preset: OfferedPreset): readonly string[] =>
    presetHere(preset, { home: stateDir, root, project }).words;
  const preset = (await rememberedPreset(stateDir, root, wordsOf)) ?? usual ?? undefined;
  return { root, project, preset };
}

/** At the start of a session: a choice that holds no more is said, because nothing would be refused by it. */
async function whyIdle(body: unknown, at: GuardPlace): Promise<Reply> {
  // Every event of a harness says where it is.
  const { cwd } = body as { readonly cwd?: unknown };
  const found = typeof cwd === 'string' && cwd !== '' ? await chosenAround(cwd, at) : null;
  if (found === null || found.preset !== undefined || !(await hasChosen(at.stateDir, found.root))) return nothing;
  return {
    systemMessage:
      'writ: the preset that was chosen for this repository says something else since, so its guard holds nothing back; `writ init` asks anew',
  };
}
