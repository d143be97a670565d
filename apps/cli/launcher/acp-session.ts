/**
 * An agent behind an editor, in an attended session: the proxy between the two, with the session's judge and its processes.
 *
 * It speaks to nobody before the agent's processes stand recorded and guarded, and lets no conversation be opened outside the place that was approved.
 */

import { realpathSync } from 'node:fs';
import { sep } from 'node:path';
import type { AcpAgent, AcpProxy, HarnessEvent, HookAnswer, McpCommand } from '@writ/enforce';
import { createAcpProxy, openingMeta, ticksNow } from '@writ/enforce';
import type { Io } from '../io.ts';
import type { Conversations } from './conversations.ts';
import { realPath } from './real-path.ts';
import type { Talking } from './run-program.ts';
import type { Processes } from './session-processes.ts';
import { endSince } from './session-processes.ts';

export type AcpSessionDeps = {
  readonly io: Io;
  readonly agent: AcpAgent;
  readonly root: string;
  readonly contained: boolean;
  readonly servers: readonly McpCommand[];
  /** Before the agent's own arguments, of a harness that asks by its hooks. */
  readonly hookArgs: readonly string[];
  readonly processes: Processes;
  readonly judge: (event: HarnessEvent) => Promise<HookAnswer>;
  readonly blind: (what: string) => Promise<void>;
  readonly conversations: Conversations;
  readonly tell: (sentence: string) => void;
};

export interface AcpSession {
  readonly proxy: () => AcpProxy | null;
  /** The agent runs: from now on both sides are heard. */
  readonly talk: (child: Talking) => void;
  readonly end: (why: string) => void;
}

/**
 * What an agent behind an editor asks by its hooks. What the person says comes through the editor, and was judged there; what its model asks the person, the editor shows.
 */
export async function judgeHook(
  event: HarnessEvent,
  judge: (event: HarnessEvent) => Promise<HookAnswer>,
): Promise<HookAnswer> {
  if (event.kind === 'prompt' && event.helper === null && !event.isWakeUp) return { kind: 'no_objection' };
  if (event.kind !== 'call' || event.questions === undefined) return judge(event);
  const { questions: _, ...call } = event;
  const answer = await judge(call);
  return answer.kind === 'allow' ? { kind: 'no_objection' } : answer;
}

/** How long an agent has to end by itself once its editor is gone; milliseconds. */
const leaveMs = 2_000;

export function createAcpSession(deps: AcpSessionDeps): AcpSession {
  const { io, agent, root, contained, servers, hookArgs, processes, judge, blind, conversations, tell } = deps;
  const place = realpathSync(root);
  let proxy: AcpProxy | null = null;

  const endAll = (why: string): void => {
    tell(`ended: ${why}`);
    proxy?.end(why);
    void endSince(processes, null);
  };
  const isInside = (cwd: string): boolean => {
    const real = realPath(cwd);
    return real === place || real.startsWith(`${place}${sep}`);
  };

  return {
    proxy: () => proxy,
    talk(child) {
      const editorGone = (): void => {
        proxy?.end('the editor is gone');
        setTimeout(() => endAll('its editor is gone'), leaveMs).unref();
      };
      proxy = createAcpProxy(
        {
          ...{ agent, contained, servers, judge },
          openingMeta: openingMeta(agent, hookArgs),
          async mayOpen(how, conversation, cwd) {
            if (!isInside(cwd))
              return `this session is for \`${place}\`: the editor starts another \`writ acp\` for \`${cwd}\``;
            if (how !== 'new' && conversation !== null) {
              const why = await conversations.whyNot(conversation);
              if (why !== null) return why;
            }
            const asked = { native: `session/${how}`, session: conversation ?? '', transcript: null } as const;
            const answer = await judge({ ...asked, kind: 'prompt', helper: null, isWakeUp: false });
            return answer.kind === 'refuse' ? answer.why : null;
          },
          opened: (conversation) => conversations.opened(conversation),
          closedBecause: () => (processes.standsStill ? 'the session stands still' : null),
          ticks: ticksNow,
          endSince: (ticks) => endSince(processes, ticks),
          endAll,
          // Whose hooks ask tells by them what ran.
          unasked(call) {
            if (agent.hooks === null) void judge({ ...call, kind: 'call_seen' }).catch(() => blind(call.tool));
          },
          blind: (what) => void blind(what),
          warn: tell,
        },
        { editor: { input: io.stdin, output: io.stdout }, agent: child },
        editorGone,
      );
    },
    end: (why) => proxy?.end(why),
  };
}
