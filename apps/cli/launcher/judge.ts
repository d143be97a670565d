/**
 * Answers a harness's hooks from control's verdict. It translates and relays; it decides nothing, and what it cannot ask is refused.
 *
 * A permit becomes an explicit allow only where a sandbox bounds what the call can do; elsewhere the harness's own question stays.
 */

import { realpathSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { uncontained } from '@writ/authority';
import type { ClaudeHookInput, HookAnswer, JudgedAction, Verdicts } from '@writ/enforce';
import { asRuleWrite, judgedActions, refusalForModel } from '@writ/enforce';

export type JudgePlace = {
  readonly project: string;
  readonly root: string;
  /** Writ's own: what an agent would write there governs it. */
  readonly stateDir: string;
  readonly mandate: string;
  readonly session: string;
  readonly contained: boolean;
  readonly readOnly: boolean;
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

/** The hook's judge. `seen` is told every judged call, for the session's log and the closing lines. */
export function createJudge(
  verdicts: Verdicts,
  place: JudgePlace,
  seen: (judged: Judged) => void,
): (input: ClaudeHookInput) => Promise<HookAnswer> {
  const files = { project: place.project, root: place.root, realPath, home: homedir() };
  return async (input) => {
    if (input.hook_event_name === 'UserPromptSubmit')
      return ask({ action: 'task.note', resource: `mission://${place.project}/prompt`, parameters: {} }, 'prompt');
    if (input.hook_event_name !== 'PreToolUse') return { kind: 'no_objection' };
    const tool = input.tool_name ?? '';
    const cwd = input.cwd === '' ? place.root : input.cwd;
    return askAll(
      judgedActions(tool, input.tool_input ?? {}, { ...files, cwd }).map((judged) => asRuleWrite(judged, place)),
      tool,
    );
  };

  /** Each has to be allowed; the first that is refused is the answer, or else the first that a person is asked about. */
  async function askAll(all: readonly JudgedAction[], tool: string): Promise<HookAnswer> {
    let answer: HookAnswer | undefined;
    for (const judged of all) {
      const own = await ask(judged, tool);
      if (own.kind === 'refuse') return own;
      if (answer?.kind !== 'ask') answer = own;
    }
    return answer ?? { kind: 'refuse', why: 'writ could not read this call, so it was not allowed' };
  }

  async function ask(judged: JudgedAction, tool: string): Promise<HookAnswer> {
    // The tool is stated only where it is true: the sandbox of this session is read-only.
    const facts =
      judged.action === 'shell.run' && place.contained && place.readOnly ? { tool: 'read-only-sandbox' } : {};
    const { decision, sentence, wayOut, from } = await verdicts.check({
      ...judged,
      mandate: place.mandate,
      facts,
      session: place.session,
      containment: place.contained ? containment : uncontained,
      credential: place.credential,
    });
    seen({ tool, ...judged, decision, sentence, from });
    if (decision === 'refuse') return { kind: 'refuse', why: refusalForModel(sentence, wayOut) };
    if (decision === 'hold') return { kind: 'ask', why: sentence };
    return place.contained ? { kind: 'allow' } : { kind: 'no_objection' };
  }
}

/** What the attended sandbox leaves open is its network. */
const containment = { files: 'worktree', network: 'open', credentials: 'none' } as const;

/** The real path, symbolic links followed; for what is not there yet, the real path of the nearest folder that is. */
export function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    const parent = dirname(path);
    return parent === path ? path : join(realPath(parent), path.slice(parent.length).replace(/^\/+/, ''));
  }
}
