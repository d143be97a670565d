/**
 * Everything that calls of tools would do, as it is judged: the one way from what is said of a call, by a hook, over the Agent Client Protocol or in a history, to the questions
 * that control, or a preset, is asked. Each of the actions has to be allowed.
 *
 * It only translates; it never decides. Pure but for the real paths it is given.
 */

import type { ShellPlace } from '../../classify/shell-place.ts';
import type { ToolCall } from '../histories/tool-names.ts';
import type { RulePlace } from './rule-write.ts';
import { asRuleWrite } from './rule-write.ts';
import type { JudgedAction } from './tool-call.ts';
import { judgedActions } from './tool-call.ts';

/** `cwd` is where a call is made that does not say so itself. */
export type CallPlace = ShellPlace & RulePlace;

/** What `calls` do, in their order; what would write a file that governs the agent is named so. */
export const callActions = (calls: readonly ToolCall[], place: CallPlace): readonly JudgedAction[] =>
  calls
    .flatMap(({ tool, input, cwd }) => judgedActions(tool, input, cwd === undefined ? place : { ...place, cwd }))
    .map((judged) => asRuleWrite(judged, place));
