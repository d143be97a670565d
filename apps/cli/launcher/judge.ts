/**
 * Answers a harness's hooks from control's verdict, and tells the call's operations how calls and turns end. It translates and relays; it decides
 * nothing, and what it cannot ask is refused.
 *
 * A permit becomes an explicit allow only where a sandbox bounds what the call can do; elsewhere the harness's own question stays.
 */

import { realpathSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Containment } from '@writ/authority';
import type {
  Asked,
  CallOperations,
  Decided,
  HarnessAdapter,
  HarnessEvent,
  HookAnswer,
  JudgedAction,
  NativeQuestion,
  Told,
  Verdicts,
} from '@writ/enforce';
import { asAtDoor, callActions, refusalForModel, requestCommand, waitingForModel } from '@writ/enforce';

import { createCallNames } from './call-names.ts';
import type { NativeQuestions } from './native-questions.ts';
import type { Put } from './waiting-at-control.ts';
import type { Helpers, Speaker } from './helpers.ts';
import type { CommandSeen } from './command-seen.ts';
import { commandSeen } from './command-seen.ts';
import type { TurnBoundaries } from './turn-boundaries.ts';

export type JudgePlace = {
  readonly harness: Pick<HarnessAdapter, 'title' | 'helpers'>;
  readonly project: string;
  readonly root: string;
  /** Writ's own: what an agent would write there governs it. */
  readonly stateDir: string;
  readonly mandate: string;
  readonly session: string;
  readonly contained: boolean;
  /** What bounds it. */
  readonly containment: Containment;
  readonly readOnly: boolean;
  /** What its mandate does not cover is recorded, and goes on. */
  readonly watches: boolean;
  /** Actions that are put to a person where the mandate does not name their target, instead of refused. */
  readonly more: readonly string[];
  /** MCP servers behind the session's own door. */
  readonly doorServers: readonly string[];
  /** Of the session's run. */
  readonly credential: string;
};

export type Judged = {
  readonly tool: string;
  readonly action: string;
  readonly resource: string;
  readonly decision: string;
  readonly sentence: string;
  /** Who gave it: control, or the launcher from what control signed for it. */
  readonly from: string;
};

type Called = Extract<HarnessEvent, { kind: 'call' }>;

export type JudgeDeps = {
  readonly calls: Pick<CallOperations, 'judge' | 'ended' | 'turnOver'>;
  readonly verdicts: Pick<Verdicts, 'check'>;
  readonly turns: Pick<TurnBoundaries, 'begins' | 'ends'>;
  /** Told of every command the harness says it ran. */
  readonly ran: (seen: CommandSeen) => void;
  /** What the worktree shows when a turn is over. */
  readonly worktree: () => Promise<string>;
  /** A call took effect that was not let through before: the hooks do not see everything, or do not hold it. */
  readonly blind: (tool: string) => Promise<void>;
  /** Who is not the session itself. */
  readonly helpers: Pick<Helpers, 'start' | 'speaker' | 'ended'>;
  /** Puts what waits at control to the person, and says how it was answered. */
  readonly ask: (id: string, call: Called) => Promise<Put>;
  /** Puts what the mandate does not name before people, as a question for exactly that one more: its id; null where it cannot be asked for. */
  readonly request: (asked: Asked) => Promise<string | null>;
  /** What the harness asks by itself. */
  readonly questions: Pick<NativeQuestions, 'answer' | 'permission' | 'wentOn'>;
  /** Told of what the harness tells of itself: questions, helpers, what it leaves out, what wakes it. */
  readonly told: (what: Exclude<Told, 'other'> | 'wake_up') => void;
  /** Told of every judged call, for the session's log and the closing lines. */
  readonly seen: (judged: Judged) => void;
};

/** The hook's judge. */
export function createJudge(
  { calls, verdicts, turns, ran, worktree, blind, helpers, ask, request, questions, told, seen }: JudgeDeps,
  place: JudgePlace,
): (event: HarnessEvent) => Promise<HookAnswer> {
  const files = { project: place.project, root: place.root, realPath, home: homedir() };
  const none = { kind: 'no_objection' } as const;
  /** Calls that were asked about, and whether they were let through. */
  const asked = new Map<string, boolean>();
  /** What the calls of this turn did that were let through. */
  const letThrough = new Set<string>();
  const names = createCallNames();
  /** INVARIANT: an effect without a yes before it means that the hooks are gone around; what follows may be, too. */
  const tookEffect = async (id: string, tool: string): Promise<void> => {
    if (asked.get(id) !== true && !place.watches) await blind(tool);
  };
  return async (event) => {
    switch (event.kind) {
      case 'permission': {
        if (place.contained && wasLetThrough(event)) return { kind: 'allow' };
        const answer = await questions.permission(event);
        if (answer === null) return none;
        return answer === 'allow' ? { kind: 'allow' } : { kind: 'refuse', why: 'a person said no' };
      }
      case 'answered':
        questions.wentOn(event.prompt);
        return none;
      case 'prompt':
        questions.wentOn();
        if (event.isWakeUp) told('wake_up');
        if (event.helper !== null && !place.watches) {
          const speaker = helpers.speaker(event.helper.id, event.helper.kind ?? undefined);
          if (typeof speaker === 'string') return { kind: 'refuse', why: refusalForModel(speaker, null, null) };
        }
        // A person who interrupted a turn begins another; a helper's task is a part of one.
        if (event.helper === null) {
          calls.turnOver(worktree);
          letThrough.clear();
          await turns.begins();
        }
        return prompt();
      case 'helper_over':
        helpers.ended(event.helper);
        return none;
      case 'turn_over':
        questions.wentOn();
        calls.turnOver(worktree);
        turns.ends();
        return none;
      case 'call_ended': {
        const id = event.id ?? names.ended(event);
        calls.ended(id, event.outcome);
        const command = commandSeen(event);
        if (command !== null) ran(command);
        // Who was refused fails, too.
        if (event.outcome === 'done' || (event.outcome === 'failed' && !asked.has(id)))
          await tookEffect(id, event.tool);
        return none;
      }
      case 'call': {
        const id = event.id ?? names.begins(event);
        asked.set(id, false);
        const answer = await judgeCall(event, id);
        asked.set(id, answer.kind !== 'refuse');
        if (answer.kind === 'refuse') names.refused(id);
        for (const oldest of asked.keys()) if (asked.size > mostAsked) asked.delete(oldest);
        return answer;
      }
      case 'call_seen':
        if (!(await isCovered(event))) await blind(event.tool);
        return none;
      case 'told':
        if (event.what !== 'other') told(event.what);
        return none;
    }
  };

  /** INVARIANT: only what was judged a moment ago, for this very call, needs no prompt of the harness's own besides. */
  function wasLetThrough({ about }: Extract<HarnessEvent, { kind: 'permission' }>): boolean {
    if (about === null) return false;
    return 'id' in about ? asked.get(about.id) === true : letThrough.has(keyOf(actionsOf(about)));
  }

  /** Everything that these calls do, as it is judged. */
  function actionsOf({ calls: said, cwd }: Pick<Called, 'calls' | 'cwd'>): readonly JudgedAction[] {
    const at = { ...files, stateDir: place.stateDir, cwd: cwd === '' ? place.root : cwd };
    return callActions(said, at).map((judged) => asAtDoor(judged, place.project, place.doorServers));
  }

  /** Whether what was done without a question would have been let through. */
  async function isCovered(event: Extract<HarnessEvent, { kind: 'call_seen' }>): Promise<boolean> {
    const all = actionsOf(event);
    for (const judged of all) {
      const { decision, sentence, from } = await verdicts.check(question(judged));
      seen({ tool: event.tool, ...judged, decision, sentence, from });
      if (decision !== 'permit' && decision !== 'would_refuse') return false;
    }
    return all.length > 0;
  }

  async function prompt(): Promise<HookAnswer> {
    const resource = `mission://${place.project}/prompt`;
    const asked = { action: 'task.note', resource, parameters: {} };
    const { decision, sentence, wayOut, from } = await verdicts.check(question(asked));
    seen({ tool: 'prompt', ...asked, decision, sentence, from });
    return decision === 'permit' || decision === 'would_refuse'
      ? none
      : { kind: 'refuse', why: refusalForModel(sentence, wayOut, null) };
  }

  /** Each thing the call does has to be allowed; the first that is not is the answer. */
  async function judgeCall(event: Called, id: string): Promise<HookAnswer> {
    const { tool, helper } = event;
    const speaker = helper === null || place.watches ? place : helpers.speaker(helper.id, helper.kind ?? undefined);
    if (typeof speaker === 'string') return { kind: 'refuse', why: refusalForModel(speaker, null, null) };
    const all = actionsOf(event);
    if (place.watches) return watchCall(tool, all);
    const started = all.find(({ action }) => action === 'agent.spawn');
    if (started !== undefined && place.harness.helpers !== 'told_apart') return cannotBeToldApart(tool, started);
    const call = { id, isMain: helper === null, isBackground: event.isBackground };
    for (let round = 0; ; round += 1) {
      const answers = await calls.judge(
        call,
        all.map((judged) => question(judged, speaker)),
      );
      for (const [index, { decision, sentence, from }] of answers.entries()) {
        const judged = all[index];
        if (judged !== undefined) seen({ tool, ...judged, decision, sentence, from });
      }
      const [last, judged] = [answers.at(-1), all[answers.length - 1]];
      if (last === undefined || judged === undefined)
        return { kind: 'refuse', why: 'writ could not read this call, so it was not allowed' };
      if (last.decision === 'permit') break;
      const waits = last.approval ?? (await asMore(last, question(judged, speaker)));
      const put = waits === null || round === all.length ? null : await ask(waits, event);
      if (put?.answer === 'no')
        return { kind: 'refuse', why: refusalForModel(`${last.sentence}, and a person said no`, null, null) };
      if (put?.answer !== 'yes') return refusal({ ...last, approval: waits }, judged);
    }
    if (event.questions !== undefined) return answerQuestions(event.questions, event.input);
    const why = started === undefined ? null : await helpers.start(kindOf(started));
    if (why !== null) return { kind: 'refuse', why: refusalForModel(`no helper can be started: ${why}`, null, null) };
    letThrough.add(keyOf(all));
    for (const oldest of letThrough) if (letThrough.size > mostLetThrough) letThrough.delete(oldest);
    return place.contained ? { kind: 'allow' } : none;
  }

  /** INVARIANT: a helper whose calls look like the session's own would have the session's mandate, whatever was meant for it. */
  function cannotBeToldApart(tool: string, judged: JudgedAction): HookAnswer {
    const sentence = `the calls of a helper of ${place.harness.title} cannot be told from its own, so that none is started`;
    seen({ tool, ...judged, decision: 'refuse', sentence, from: 'point' });
    return { kind: 'refuse', why: refusalForModel(sentence, null, null) };
  }

  /** The answers go in with the call; what nobody answers in time waits, and the model is told so. */
  async function answerQuestions(
    asked: readonly NativeQuestion[],
    input: Readonly<Record<string, unknown>>,
  ): Promise<HookAnswer> {
    const answers = await questions.answer(asked);
    if (answers !== null) return { kind: 'allow', answers, input };
    return {
      kind: 'refuse',
      why: 'Nobody has answered yet, and the question waits in the inbox. Go on with what does not hang on it, and say what you assumed.',
    };
  }

  /** What is put to a person although the mandate does not name it. */
  async function asMore({ code }: Decided, asked: Asked): Promise<string | null> {
    if (code !== 'out_of_authority' || !place.more.includes(asked.action)) return null;
    const connection = place.containment.network === 'gated' ? connectionOf(asked) : null;
    // INVARIANT: one question for one thing: what is fetched through the gate needs its connection, which brings the fetch.
    return (connection === null ? null : await request({ ...asked, ...connection })) ?? request(asked);
  }

  /** Nothing begins by it: each thing is asked about, and refused only where no bound of the mandate is what is against it. */
  async function watchCall(tool: string, all: readonly JudgedAction[]): Promise<HookAnswer> {
    for (const judged of all) {
      const answered = await verdicts.check(question(judged));
      seen({ tool, ...judged, decision: answered.decision, sentence: answered.sentence, from: answered.from });
      if (answered.decision === 'refuse' || answered.decision === 'hold')
        return refusal({ ...answered, operation: null, approval: null }, judged);
    }
    return none;
  }

  function question(judged: JudgedAction, { mandate, credential }: Speaker = place): Asked {
    // The tool is stated only where it is true: the sandbox of this session is read-only.
    const isReadOnly = judged.action === 'shell.run' && place.contained && place.readOnly;
    return {
      ...judged,
      mandate,
      facts: isReadOnly ? { tool: 'read-only-sandbox' } : {},
      session: place.session,
      containment: place.containment,
      credential,
    };
  }
}

const kindOf = ({ resource }: JudgedAction): string => decodeURIComponent(resource.replace(/^agent:\/\//, ''));

/** The connection by which something is fetched where nobody sees it; null where the gate sees the fetch itself. */
function connectionOf({ action, resource }: Asked): { readonly action: string; readonly resource: string } | null {
  const [site] = action === 'http.get' ? (/^https:\/\/[^/?]+/.exec(resource) ?? []) : [];
  return site === undefined ? null : { action: 'network.connect', resource: `${site}/` };
}

/** Calls that are remembered. */
const mostAsked = 10_000;
const mostLetThrough = 256;

const keyOf = (all: readonly JudgedAction[]): string =>
  JSON.stringify(all.map(({ action, resource }) => [action, resource]));

function refusal({ sentence, wayOut, code, approval }: Decided, { action, resource }: JudgedAction): HookAnswer {
  if (approval !== null)
    return {
      kind: 'refuse',
      why: waitingForModel(sentence, approval),
      tell: `writ: ${sentence}; answer in another terminal: writ inbox ${approval} yes`,
    };
  const ask = code === 'out_of_authority' ? requestCommand(action, resource) : null;
  return { kind: 'refuse', why: refusalForModel(sentence, wayOut, ask) };
}

/** The real path, symbolic links followed; for what is not there yet, the real path of the nearest folder that is. */
export function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    const parent = dirname(path);
    return parent === path ? path : join(realPath(parent), path.slice(parent.length).replace(/^\/+/, ''));
  }
}
