/**
 * Who answers the program of an attended session: its judge, at its hooks, and of one that speaks with an editor the client that it speaks with.
 *
 * It decides nothing. Until it was here every call is refused (`session-hooks.ts`); a program that asks nothing is answered nothing.
 */

import type { Context } from '../program/context.ts';
import type { AcpSession } from './acp-session.ts';
import { createConversations } from './conversations.ts';
import type { Harness } from './harness.ts';
import type { OpenSession } from './open-session.ts';
import type { SessionHooks } from './session-hooks.ts';
import type { JudgeOf } from './session-judge.ts';
import { createSessionJudge, quarantine } from './session-judge.ts';
import { serverCommands } from './session-mcp.ts';
import type { SessionOutside } from './session-outside.ts';
import type { Processes } from './session-processes.ts';

export type Answering = Omit<JudgeOf, 'servers'> & {
  readonly harness: Harness | null;
  readonly hooks: SessionHooks;
  readonly outside: Pick<SessionOutside, 'servers' | 'door'>;
  readonly processes: Processes;
};

/** From here on its calls are judged. Resolves with its editor's side; null where it has none. */
export async function answerProgram(context: Context, session: OpenSession, of: Answering): Promise<AcpSession | null> {
  const { door, root, contained, account, harness, hooks, outside, processes } = of;
  const { servers } = outside;
  if (door.kind === 'exec') return null;
  const judge = createSessionJudge(context, session, { ...of, servers });
  if (door.kind === 'harness') {
    hooks.judgeBy((event) => {
      account.heard(event);
      return judge(event);
    });
    return null;
  }
  // What speaks with editors is loaded where one is there: everybody else starts sooner.
  const acp = await import('./acp-session.ts');
  hooks.judgeBy((event) => {
    account.heard(event);
    return acp.judgeHook(event, judge);
  });
  return acp.createAcpSession({
    ...{ io: context.io, root, contained, processes, judge, agent: door.agent },
    servers: serverCommands(servers, outside.door),
    hookArgs: harness?.args ?? [],
    blind: (what) => quarantine(context, session, what),
    conversations: createConversations(context, { agent: door.agent.name, root, mandate: session.mandate }),
    tell: (sentence) => context.progress(`writ: ${sentence}`),
  });
}
