/**
 * How the person of one attended session is asked: what of it is put to them at all, where (its terminal, or its editor), and how often that interrupted them.
 *
 * It gives nothing: a yes is the person's, and control's to take.
 */

import type { Containment, ExpandedPreset } from '@writ/authority';
import { presets } from '@writ/authority';
import type { AcpProxy, Asked, HarnessEvent } from '@writ/enforce/attended';
import { controlApi } from '@writ/protocol';
import { changeInterruptions, interruptionsIn } from '../place/interruptions.ts';
import type { Context } from '../program/context.ts';
import { createEditorPrompter } from './editor-prompter.ts';
import type { GateQuestions } from './gate-questions.ts';
import { createGateQuestions } from './gate-questions.ts';
import type { Door } from './harness.ts';
import type { OpenSession } from './open-session.ts';
import type { Prompter } from './prompter.ts';
import { createPrompter } from './prompter.ts';
import type { Put } from './waiting-at-control.ts';

type Call = Extract<HarnessEvent, { kind: 'call' }>;

export interface SessionAsking {
  /** Actions that are put to the person where the mandate does not name their target, instead of refused. */
  readonly more: readonly string[];
  /** Puts what waits at control. `call`: what wants it; null: a program of the session, by itself. */
  ask(waiting: string, call: Call | null): Promise<Put>;
  /** Puts a question of the harness's own at the terminal. */
  readonly choose: Prompter['choose'];
  /** Asks control, as the session, for exactly what its mandate does not name: the id of the question, or null where nobody can be asked. */
  request(asked: Omit<Asked, 'facts'>): Promise<string | null>;
  /** What is refused at the gate. */
  readonly gate: GateQuestions;
  /** The session is over: how often it interrupted counts for what an hour may bring. */
  keep(): void;
}

export type AskingOf = {
  readonly door: Door;
  readonly root: string;
  readonly preset: Pick<ExpandedPreset, 'name'>;
  readonly containment: Containment;
  /** Holds the program still while somebody else uses its terminal; what it returns lets it go on. */
  readonly holdStill: () => () => void;
  /** The way to an editor; null until its agent runs. */
  readonly editor: () => AcpProxy | null;
};

/** Nothing was asked yet. */
export function createSessionAsking(context: Context, session: OpenSession, of: AskingOf): SessionAsking {
  const { io, home } = context;
  const { id, mandate, credential } = session;
  const { door, root, containment } = of;
  const since = io.now();
  const put = { terminal: 0, inbox: 0 };
  const prompter = createPrompter({
    context,
    holdStill: of.holdStill,
    perHour: interruptionsIn(home.root, root, since).perHour,
    seen({ id: question, at }) {
      put[at] += 1;
      session.observe({ type: 'question.put', data: { id: question, at } });
    },
  });
  const inEditor = createEditorPrompter(context, of.editor);
  const ask: SessionAsking['ask'] = (waiting, call) =>
    door.kind === 'acp' ? inEditor(waiting, call) : prompter.ask(waiting);
  const more = presets[of.preset.name].more.flatMap(({ actions }) => actions);
  return {
    more,
    ask,
    choose: (item, signal) => prompter.choose(item, signal),
    request: (asked) => request(session, asked, 'its harness asks before a call'),
    gate: createGateQuestions({
      // Whoever has no hooks tells of no call.
      alwaysWorks: door.kind === 'exec',
      more,
      request: (asked) =>
        request(
          session,
          { ...asked, mandate, parameters: {}, session: id, containment, credential },
          'a program of its session connects there',
        ),
      ask: (waiting) => ask(waiting, null),
    }),
    keep() {
      changeInterruptions(home.root, root, io.now(), (counted) => ({
        ...counted,
        workedMs: counted.workedMs + Math.max(0, io.now() - since),
        terminal: counted.terminal + put.terminal,
        inbox: counted.inbox + put.inbox,
      }));
    },
  };
}

async function request(
  { point, pointToken }: OpenSession,
  asked: Omit<Asked, 'facts'>,
  reason: string,
): Promise<string | null> {
  const { mandate, action, resource, parameters, session, containment, credential } = asked;
  const reply = await point.call(controlApi.requestAuthority, {
    token: credential,
    point: pointToken(),
    body: { mandate, action, resource, parameters, session, containment, facts: {}, reason },
  });
  return reply.ok && reply.value.state === 'waiting' ? reply.value.id : null;
}
