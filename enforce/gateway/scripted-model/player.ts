/**
 * Chooses what the scripted model answers next. Pure but for the cursors it keeps: no clock, no randomness, no I/O.
 *
 * A conversation is the first thing its user said, with the family of the model; each has its own place in the script.
 * A turn whose `when` does not hold is skipped over, for good, when a later one is played; when no turn is left that
 * holds, the place stays where it is and the fallback is answered. A request without history of the model starts its
 * conversation anew, unless the last answer was a scripted failure, which makes it a retry.
 *
 * It never lets a side request of a harness (a title, a topic check, a ping) consume a turn.
 */
import type { Ask } from './exchange.ts';
import type { Fallback, Script, ScriptedCall, Turn, Usage, When } from './script.ts';

/** What was chosen, and why: a numbered turn, the fallback at the end of a script, or the answer to a side request. */
export type Chosen =
  | { readonly kind: 'turn'; readonly conversation: string; readonly index: number; readonly turn: Turn }
  | { readonly kind: 'end'; readonly conversation: string; readonly turn: Turn }
  | { readonly kind: 'side'; readonly turn: Turn };

/** Used where a script gives no usage. */
export const defaultUsage: Required<Usage> = { input: 100, output: 20, cacheRead: 0 };

type Track = { readonly name: string; readonly turns: readonly Turn[]; readonly fallback: Fallback | undefined };
type Place = { next: number; failedLast: boolean };

export type Player = { choose(ask: Ask): Chosen };

/** A player at the start of its script. */
export function player(script: Script): Player {
  const places = new Map<string, Place>();
  return {
    choose(ask) {
      const track = trackOf(script, ask);
      if (track === undefined || isSideRequest(ask, track.turns))
        return { kind: 'side', turn: endTurn(script.fallback) };

      const conversation = `${track.name}/${modelFamily(ask.model)}/${firstUserText(ask)}`;
      const place = places.get(conversation) ?? { next: 0, failedLast: false };
      places.set(conversation, place);
      if (!ask.messages.some((message) => message.role === 'assistant') && !place.failedLast) place.next = 0;

      const index = track.turns.findIndex((turn, at) => at >= place.next && holds(turn.when, ask));
      const turn = track.turns[index];
      if (turn === undefined) {
        place.failedLast = false;
        return { kind: 'end', conversation, turn: endTurn(track.fallback ?? script.fallback) };
      }
      place.next = index + 1;
      place.failedLast = turn.status !== undefined;
      return { kind: 'turn', conversation, index, turn };
    },
  };
}

/** The newest thing a user wrote, without the reminders a harness mixes in; empty when there is none. */
export function lastUserText(ask: Ask): string {
  return userTexts(ask).at(-1) ?? '';
}

/** Tool results that came in since the model last spoke. */
export function freshToolResults(ask: Ask): Ask['messages'][number]['toolResults'] {
  const spoke = ask.messages.findLastIndex((message) => message.role === 'assistant');
  return ask.messages.slice(spoke + 1).flatMap((message) => message.toolResults);
}

/** `opus`, `sonnet` or `haiku`; for other models the name without a trailing date. */
export function modelFamily(model: string): string {
  const claude = /opus|sonnet|haiku/.exec(model.toLowerCase());
  return claude?.[0] ?? model.toLowerCase().replace(/-\d{8}$|-\d{4}-\d{2}-\d{2}$|-latest$/, '');
}

function trackOf(script: Script, ask: Ask): Track | undefined {
  const said = ask.messages.map((message) => message.text).join('\n');
  const own = script.conversations?.find((sub) => said.includes(sub.marker));
  if (own !== undefined) return { name: own.marker, turns: own.turns, fallback: own.fallback };
  if (script.marker !== undefined && !said.includes(script.marker)) return undefined;
  return { name: script.marker ?? '', turns: script.turns, fallback: script.fallback };
}

/** Words with which harnesses ask a model for something beside the conversation. */
const sidePhrases = [
  'generate a title',
  'title generator',
  'generate a concise, sentence-case title',
  'word title',
  'new conversation topic',
  'isnewtopic',
  'extract any file paths',
  'suggestion mode',
];

/**
 * A side request says so in its own words, or, in a script whose turns call tools, it offers none: a model cannot call
 * what it was not offered, so such a request is never the one the script was written for.
 */
function isSideRequest(ask: Ask, turns: readonly Turn[]): boolean {
  if (ask.tools.length > 0) return false;
  if (turns.some((turn) => (turn.tools ?? []).length > 0)) return true;
  const words = `${ask.system}\n${firstUserText(ask)}\n${lastUserText(ask)}`.toLowerCase();
  return sidePhrases.some((phrase) => words.includes(phrase));
}

function holds(when: When | undefined, ask: Ask): boolean {
  if (when === undefined) return true;
  const { lastUserContains, hasToolResultFor, model, systemContains } = when;
  return (
    (lastUserContains === undefined || lastUserText(ask).includes(lastUserContains)) &&
    (hasToolResultFor === undefined || freshToolResults(ask).some((result) => result.tool === hasToolResultFor)) &&
    (model === undefined || ask.model.includes(model)) &&
    (systemContains === undefined || ask.system.includes(systemContains))
  );
}

function endTurn(fallback: Fallback | undefined): Turn {
  return fallback === undefined
    ? { say: 'Done.' }
    : { say: fallback.say, ...(fallback.usage && { usage: fallback.usage }) };
}

function firstUserText(ask: Ask): string {
  return userTexts(ask)[0] ?? '';
}

/** Reminders (`<system-reminder>…</system-reminder>`) change between requests of one conversation; the user did not write them. */
function userTexts(ask: Ask): readonly string[] {
  return ask.messages
    .filter((message) => message.role === 'user')
    .map((message) => message.text.replaceAll(/<system-reminder>[\s\S]*?<\/system-reminder>/g, '').trim())
    .filter((text) => text !== '');
}

/** The calls of a turn with ids of their own, made from the id of the answer. */
export function identified(calls: readonly ScriptedCall[], prefix: string): readonly (ScriptedCall & { id: string })[] {
  return calls.map((call, index) => ({ ...call, id: `${prefix}_${index}` }));
}
