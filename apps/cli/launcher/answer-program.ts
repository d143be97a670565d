/**
 * Who answers the program of an attended session: its judge, at its hooks, and of one that speaks with an editor the client that it speaks with.
 *
 * It decides nothing. Until it was here every call is refused (`session-hooks.ts`); a program that asks nothing is answered nothing.
 *
 * INVARIANT: no call goes by a judge that is not there yet: what judges is loaded while the program starts, a call that comes before waits for it, and one that comes to nothing is refused.
 */

import type { Context } from '../program/context.ts';
import type { AcpSession } from './acp-session.ts';
import { createConversations } from './conversations.ts';
import type { Harness } from './harness.ts';
import type { OpenSession } from './open-session.ts';
import type { Judge, SessionHooks } from './session-hooks.ts';
import { quarantine } from './quarantine.ts';
import type { JudgeOf } from './session-judge.ts';
import { serverCommands } from './session-mcp.ts';
import type { SessionOutside } from './session-outside.ts';
import type { Processes } from './session-processes.ts';

export type Answering = Omit<JudgeOf, 'servers'> & {
  readonly harness: Harness | null;
  readonly hooks: SessionHooks;
  readonly outside: Pick<SessionOutside, 'servers' | 'door'>;
  readonly processes: Processes;
};

export type Answered = {
  /** Its editor's side; null where it has none. */
  readonly editor: AcpSession | null;
  /** Loads what judges, where that is not loaded yet. */
  readonly load: () => void;
};

/** From here on its calls are judged. */
export async function answerProgram(context: Context, session: OpenSession, of: Answering): Promise<Answered> {
  const { door, root, contained, account, harness, hooks, outside, processes } = of;
  const { servers } = outside;
  if (door.kind === 'exec') return { editor: null, load: () => undefined };
  let loaded: Promise<Judge> | undefined;
  const judging = (): Promise<Judge> =>
    (loaded ??= import('./session-judge.ts').then(({ createSessionJudge }) =>
      createSessionJudge(context, session, { ...of, servers }),
    ));
  const load = (): void => void judging().catch(() => undefined); // each call is told of it
  if (door.kind === 'harness') {
    hooks.judgeBy(async (event) => {
      account.heard(event);
      return (await judging())(event);
    });
    return { editor: null, load };
  }
  const judge = await judging();
  // What speaks with editors is loaded where one is there: everybody else starts sooner.
  const acp = await import('./acp-session.ts');
  hooks.judgeBy((event) => {
    account.heard(event);
    return acp.judgeHook(event, judge);
  });
  const editor = acp.createAcpSession({
    ...{ io: context.io, root, contained, processes, judge, agent: door.agent },
    servers: serverCommands(servers, outside.door),
    hookArgs: harness?.args ?? [],
    blind: (what) => quarantine(context, session, what),
    conversations: createConversations(context, { agent: door.agent.name, root, mandate: session.mandate }),
    tell: (sentence) => context.progress(`writ: ${sentence}`),
  });
  return { editor, load };
}
