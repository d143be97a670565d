/** The judge of one attended session, put together: what its harness or its editor asks goes to the operations of its calls, its helpers, and its person. It decides nothing. */

import { realpathSync } from 'node:fs';
import type { Containment } from '@writ/authority';
import type { CallOperations, Verdicts } from '@writ/enforce/attended';
import type { Context } from '../program/context.ts';
import { worktreeAfter } from './changes.ts';
import { doorTitle, hookedBy, keptBy } from './harness.ts';
import type { Helpers } from './helpers.ts';
import { createJudge } from './judge.ts';
import { createNativeQuestions } from './native-questions.ts';
import type { OpenSession } from './open-session.ts';
import type { LaunchPlan } from './plan-launch.ts';
import { quarantine } from './quarantine.ts';
import type { SessionAccount } from './session-account.ts';
import type { SessionAsking } from './session-asking.ts';
import type { Judge } from './session-hooks.ts';
import type { TurnBoundaries } from './turn-boundaries.ts';

export type JudgeOf = Pick<LaunchPlan, 'door' | 'root' | 'project'> & {
  readonly contained: boolean;
  readonly containment: Containment;
  readonly readOnly: boolean;
  readonly watches: boolean;
  readonly calls: CallOperations;
  readonly verdicts: Verdicts;
  readonly turns: TurnBoundaries;
  readonly helpers: Helpers;
  readonly asking: SessionAsking;
  readonly account: SessionAccount;
  /** The MCP servers behind its door. */
  readonly servers: readonly string[];
};

/** From now on its calls are judged. */
export function createSessionJudge(context: Context, session: OpenSession, of: JudgeOf): Judge {
  const { door, root, project, contained, containment, readOnly, watches, asking } = of;
  const { id, mandate, credential } = session;
  const judge = createJudge(
    {
      ...{ calls: of.calls, verdicts: of.verdicts, turns: of.turns, helpers: of.helpers },
      ran: (seen) => session.ran(seen),
      worktree: () => worktreeAfter(root),
      ask: (waiting, call) => asking.ask(waiting, call),
      request: (asked) => asking.request(asked),
      questions: createNativeQuestions({
        session: id,
        asPoint: session.runtimeAsPoint,
        runtime: () => context.planes.runtime(),
        show: (item, signal) => asking.choose(item, signal),
      }),
      told: (what) => session.observe({ type: 'harness.told', data: { what } }),
      blind: (tool) => quarantine(context, session, tool),
      seen: (judged) => of.account.seen(judged),
      answeredYes: (judged) => of.account.answeredYes(judged),
    },
    {
      harness: hookedBy(door) ?? { title: doorTitle(door), helpers: 'alike' },
      stateDir: realpathSync(context.home.root),
      repositoryRules: keptBy(door)?.keeps.repositoryRules ?? [],
      doorServers: of.servers,
      session: id,
      more: asking.more,
      ...{ project, root, mandate, contained, containment, readOnly, watches, credential },
    },
  );
  return async (event) => {
    const answer = await judge(event);
    asking.gate.heard(event, answer);
    return answer;
  };
}
