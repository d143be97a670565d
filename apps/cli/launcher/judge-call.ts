/**
 * Answers one call of a harness: everything it does is asked about, the first that is not permitted is the answer, and what a person may still allow is put to them.
 *
 * It decides nothing, and what it cannot read is refused.
 */

import { homedir } from 'node:os';
import type { Asked, Decided, HarnessEvent, HookAnswer, NativeQuestion } from '@writ/enforce/attended';
import type { JudgedAction } from '@writ/enforce/harness';
import { callActions, refusalForModel, requestCommand, waitingForModel } from '@writ/enforce/harness';
import { asAtDoor } from '@writ/enforce/start';
import type { Speaker } from './helpers.ts';
import type { JudgeDeps, JudgePlace, Judged } from './judge-deps.ts';
import type { LetThrough } from './let-through.ts';
import { realPath } from './real-path.ts';

export type Called = Extract<HarnessEvent, { kind: 'call' }>;

export type CallJudge = {
  /** Everything that these calls do, as it is judged. */
  readonly actionsOf: (said: Pick<Called, 'calls' | 'cwd'>) => readonly JudgedAction[];
  /** As control is asked about it; as the session's own, where no helper is named. */
  readonly question: (judged: JudgedAction, speaker?: Speaker) => Asked;
  /** Each thing the call does has to be allowed; the first that is not is the answer. `id`: by which its operations are known. */
  readonly judge: (event: Called, id: string) => Promise<HookAnswer>;
};

/** The judge of the calls of one session. */
export function createCallJudge(
  { calls, verdicts, helpers, ask, request, questions, seen, answeredYes }: JudgeDeps,
  letThrough: LetThrough,
  place: JudgePlace,
): CallJudge {
  const files = { project: place.project, root: place.root, realPath, home: homedir() };

  return { actionsOf, question, judge: judgeCall };

  function actionsOf({ calls: said, cwd }: Pick<Called, 'calls' | 'cwd'>): readonly JudgedAction[] {
    const at = { ...files, rules: place.repositoryRules, stateDir: place.stateDir, cwd: cwd === '' ? place.root : cwd };
    return callActions(said, at).map((judged) => asAtDoor(judged, place.project, place.doorServers));
  }

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
      const told = answers.flatMap(({ decision, sentence, from }, index): readonly Judged[] => {
        const judged = all[index];
        return judged === undefined ? [] : [{ tool, ...judged, decision, sentence, from }];
      });
      for (const judged of told) seen(judged);
      const [last, judged] = [answers.at(-1), all[answers.length - 1]];
      if (last === undefined || judged === undefined)
        return { kind: 'refuse', why: 'writ could not read this call, so it was not allowed' };
      if (last.decision === 'permit') break;
      const waits = last.approval ?? (await asMore(last, question(judged, speaker)));
      const put = waits === null || round === all.length ? null : await ask(waits, event);
      if (put?.answer === 'no')
        return { kind: 'refuse', why: refusalForModel(`${last.sentence}, and a person said no`, null, null) };
      if (put?.answer !== 'yes') return refusal({ ...last, approval: waits }, judged);
      for (const judgedLast of told.slice(-1)) answeredYes(judgedLast);
    }
    if (event.questions !== undefined) return answerQuestions(event.questions, event.input);
    const why = started === undefined ? null : await helpers.start(kindOf(started));
    if (why !== null) return { kind: 'refuse', why: refusalForModel(`no helper can be started: ${why}`, null, null) };
    letThrough.permitted(all);
    return place.contained ? { kind: 'allow' } : { kind: 'no_objection' };
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
    return { kind: 'no_objection' };
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
