/** What an approver of one action is shown: its canonical text, with the digest of everything the action is. */

import type { ActionClass, Mandate } from '@writ/authority';
import { digestJson } from '../digest.ts';
import type { ActionSubject } from './action-text.ts';
import { actionText } from './action-text.ts';

/** The text of one action under `mandate`, with the digest of everything it is. */
export function actionTextOf(
  id: string,
  { id: mandate, project, purpose }: Pick<Mandate, 'id' | 'project' | 'purpose'>,
  askedBy: string,
  actionClass: ActionClass,
  action: Pick<ActionSubject, 'action' | 'resource' | 'facts' | 'parameters'>,
): string {
  const { action: name, resource, facts, parameters } = action;
  const exact = digestJson({ mandate, action: name, resource, facts, parameters });
  return actionText(
    { id, mandate, project, purpose, askedBy, actionClass, action: name, resource, facts, parameters },
    exact,
  );
}
