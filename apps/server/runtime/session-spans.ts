/** What the runtime tells of by `diagnostics_channel`, as spans, named as in telemetry/told-spans.ts. */

import { runtimeChannels } from '@writ/runtime';
import type { ToldResume, ToldTurn } from '@writ/runtime';
import type { Followed, Telemetry } from '../telemetry/telemetry.ts';

const resumes: Followed<ToldResume> = {
  channel: runtimeChannels.resume,
  begin: ({ session, wake }) => ({
    name: 'session.resume',
    attributes: { 'gen_ai.conversation.id': session, 'writ.wake': wake },
  }),
  end: ({ go }, span) => span.set({ 'writ.outcome': go }),
};

const turns: Followed<ToldTurn> = {
  channel: runtimeChannels.turn,
  begin: ({ session, agent, driver, mandate, task }) => ({
    name: `invoke_agent ${agent}`,
    attributes: {
      'gen_ai.operation.name': 'invoke_agent',
      'gen_ai.agent.name': agent,
      'gen_ai.conversation.id': session,
      'writ.driver': driver,
      'writ.mandate': mandate ?? undefined,
      'writ.task': task ?? undefined,
    },
  }),
  end: ({ outcome }, span) => {
    span.set({ 'writ.outcome': outcome });
    if (outcome === 'failed') span.fail(outcome);
  },
};

/** Has resumes and turns be spans. */
export function followSessions(telemetry: Telemetry): void {
  telemetry.follow(resumes);
  telemetry.follow(turns);
}
