/**
 * Answers a harness's hooks from control's verdict, and tells the call's operations how calls and turns end. It translates and relays; it decides
 * nothing, and what it cannot ask is refused. How one call is answered is in `judge-call.ts`.
 *
 * A permit becomes an explicit allow only where a sandbox bounds what the call can do; elsewhere the harness's own question stays.
 */

import type { HarnessEvent, HookAnswer } from '@writ/enforce/attended';
import { refusalForModel } from '@writ/enforce/harness';
import { createCallNames } from './call-names.ts';
import { commandSeen } from './command-seen.ts';
import { createCallJudge } from './judge-call.ts';
import type { JudgeDeps, JudgePlace } from './judge-deps.ts';
import { createLetThrough } from './let-through.ts';

/** The hook's judge. */
export function createJudge(deps: JudgeDeps, place: JudgePlace): (event: HarnessEvent) => Promise<HookAnswer> {
  const { calls, verdicts, turns, ran, worktree, blind, helpers, questions, told, seen } = deps;
  const none = { kind: 'no_objection' } as const;
  const letThrough = createLetThrough();
  const { actionsOf, question, judge } = createCallJudge(deps, letThrough, place);
  const names = createCallNames();
  /** INVARIANT: an effect without a yes before it means that the hooks are gone around; what follows may be, too. */
  const tookEffect = async (id: string, tool: string): Promise<void> => {
    if (!letThrough.holds(id) && !place.watches) await blind(tool);
  };
  return async (event) => {
    switch (event.kind) {
      case 'permission': {
        // INVARIANT: only what was judged a moment ago, for this very call, needs no prompt of the harness's own besides.
        if (place.contained && letThrough.holdsAbout(event.about, actionsOf)) return { kind: 'allow' };
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
          letThrough.turnBegins();
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
        if (event.outcome === 'done' || (event.outcome === 'failed' && !letThrough.wasAsked(id)))
          await tookEffect(id, event.tool);
        return none;
      }
      case 'call': {
        const id = event.id ?? names.begins(event);
        letThrough.asks(id);
        const answer = await judge(event, id);
        letThrough.answered(id, answer.kind !== 'refuse');
        if (answer.kind === 'refuse') names.refused(id);
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
}
