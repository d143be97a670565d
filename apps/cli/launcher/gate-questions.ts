/**
 * What is refused at the gate of an attended session, as a question of its prompter: a host that nothing approved names, and what a person is asked about each time.
 *
 * It asks only while the agent works, because a connection of the harness's own (its updates, what it reports to its maker) is nobody's work that waits; and about one target
 * once, because a program tries again by itself. It gives nothing: a yes is control's to take.
 */

import { targetOf } from '@writ/authority';
import type { AskPerson, HarnessEvent, HookAnswer, PersonSaid } from '@writ/enforce/attended';
import type { Put } from './waiting-at-control.ts';

export interface GateQuestions {
  readonly askPerson: AskPerson;
  /** A hook was answered: which calls of the agent are under way. */
  heard(event: HarnessEvent, answer: HookAnswer): void;
}

export type GateQuestionsDeps = {
  /** Whether nobody tells of calls: then all of it is the agent's work. */
  readonly alwaysWorks: boolean;
  /** Actions that are put to a person where nothing names their target. */
  readonly more: readonly string[];
  /** Puts what is not named before people: its id; null where it cannot be asked for. */
  readonly request: (asked: { readonly action: string; readonly resource: string }) => Promise<string | null>;
  readonly ask: (id: string) => Promise<Put>;
};

/** The questions of one session. */
export function createGateQuestions({ alwaysWorks, more, request, ask }: GateQuestionsDeps): GateQuestions {
  const underWay = new Set<string>();
  const said = new Map<string, Promise<PersonSaid>>();

  async function put(action: string, resource: string, waiting: string | null): Promise<PersonSaid> {
    const id = waiting ?? (await request({ action, resource }));
    return id === null ? null : (await ask(id)).answer;
  }

  return {
    askPerson({ action, resource, code, approval }) {
      const isAsked = approval !== null || (code === 'out_of_authority' && more.includes(action));
      if (!isAsked || !(alwaysWorks || underWay.size > 0)) return Promise.resolve(null);
      const key = approval ?? `${action} ${targetOf(action, resource).resource}`;
      const before = said.get(key);
      if (before !== undefined) return before;
      const answer = put(action, resource, approval);
      said.set(key, answer);
      // A yes holds at control: what comes back here after it was taken away again is another question.
      void answer.then((one) => one === 'yes' && said.delete(key));
      return answer;
    },
    heard(event, answer) {
      if (event.kind === 'turn_over' || (event.kind === 'prompt' && event.helper === null)) underWay.clear();
      if (event.kind === 'call' && answer.kind !== 'refuse') underWay.add(nameOf(event));
      if (event.kind === 'call_ended') underWay.delete(nameOf(event));
    },
  };
}

/** A harness that names no call is matched by what it calls. */
const nameOf = ({ id, tool, input }: Extract<HarnessEvent, { kind: 'call' | 'call_ended' }>): string =>
  id ?? `${tool} ${JSON.stringify(input)}`;
