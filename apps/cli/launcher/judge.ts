/**
 * Answers a harness's hooks from control's verdict. It translates and relays; it decides nothing, and what it cannot ask is refused.
 *
 * A permit becomes an explicit allow only where a sandbox bounds what the call can do; elsewhere the harness's own question stays.
 */

import { realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Caller, ClaudeHookInput, HookAnswer, JudgedAction } from '@writ/enforce';
import { asRuleWrite, judgedAction, refusalForModel } from '@writ/enforce';
import { controlApi } from '@writ/protocol';

export type JudgePlace = {
  readonly project: string;
  readonly root: string;
  /** Writ's own: what an agent would write there governs it. */
  readonly stateDir: string;
  readonly mandate: string;
  readonly session: string;
  readonly contained: boolean;
  readonly readOnly: boolean;
  /** The launcher's own credential: only an enforcement point is believed about containment. */
  readonly pointToken: () => string;
};

export type Judged = {
  readonly tool: string;
  readonly action: string;
  readonly resource: string;
  readonly decision: string;
  readonly sentence: string;
};

/** The hook's judge. `seen` is told every judged call, for the session's log and the closing lines. */
export function createJudge(
  control: Caller,
  place: JudgePlace,
  seen: (judged: Judged) => void,
): (input: ClaudeHookInput) => Promise<HookAnswer> {
  const files = { project: place.project, root: place.root, realPath };
  return async (input) => {
    if (input.hook_event_name === 'UserPromptSubmit')
      return ask({ action: 'task.note', resource: `mission://${place.project}/prompt`, parameters: {} }, 'prompt');
    if (input.hook_event_name !== 'PreToolUse') return { kind: 'no_objection' };
    return ask(
      asRuleWrite(judgedAction(input.tool_name ?? '', input.tool_input ?? {}, files), place),
      input.tool_name ?? '',
    );
  };

  async function ask(judged: JudgedAction, tool: string): Promise<HookAnswer> {
    // The tool is stated only where it is true: the sandbox of this session is read-only.
    const facts =
      judged.action === 'shell.run' && place.contained && place.readOnly ? { tool: 'read-only-sandbox' } : {};
    const result = await control.call(controlApi.check, {
      ...(place.contained ? { point: place.pointToken() } : {}),
      body: {
        mandate: place.mandate,
        action: judged.action,
        resource: judged.resource,
        parameters: judged.parameters,
        facts,
        session: place.session,
        ...(place.contained ? { containment } : {}),
      },
    });
    if (!result.ok) {
      seen({ tool, ...judged, decision: 'refuse', sentence: result.problem.detail });
      return { kind: 'refuse', why: refusalForModel(result.problem.detail, result.problem.way_out) };
    }
    const { decision, reason } = result.value;
    seen({ tool, ...judged, decision, sentence: reason.sentence });
    if (decision === 'refuse') return { kind: 'refuse', why: refusalForModel(reason.sentence, reason.way_out) };
    if (decision === 'hold') return { kind: 'ask', why: reason.sentence };
    return place.contained ? { kind: 'allow' } : { kind: 'no_objection' };
  }
}

/** What the attended sandbox leaves open is its network. */
const containment = { files: 'worktree', network: 'open', credentials: 'none' } as const;

/** The real path, symbolic links followed; for what is not there yet, the real path of the nearest folder that is. */
function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    const parent = dirname(path);
    return parent === path ? path : join(realPath(parent), path.slice(parent.length).replace(/^\/+/, ''));
  }
}
