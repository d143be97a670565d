/** The routes on the keys control signs with, and on what it signs for enforcement points. */

import type { Control, RingKey } from '@writ/control';
import type { ringKeyWire } from '@writ/protocol';
import type { z } from 'zod';
import type { ControlCaller, ControlHandlers } from './caller.ts';
import { askedOf, known, knownPoint } from './caller.ts';
import { iso } from './mandate-wire.ts';
import { answerOf, ok, problemOf } from './refusal-problem.ts';

type Names = 'keys' | 'listKeys' | 'rotateKey' | 'retireKey' | 'vouch';

export function keyHandlers(control: Control): Pick<ControlHandlers, Names> {
  const mayNot = (caller: ControlCaller) => control.sees.mayNotEverywhere(known(caller), 'administer_keys');
  return {
    keys: () => ok(control.keySet()),
    listKeys: ({ caller }) => {
      const refused = control.sees.mayNotEverywhere(known(caller), 'verify');
      if (refused !== undefined) return { ok: false, problem: problemOf(refused.refusal) };
      const { keys, epoch } = control.state.keys;
      return ok({ items: [...keys.values()].map(toWire), epoch });
    },
    rotateKey: async (call) => {
      const { use, now } = call.body;
      return answerOf(mayNot(call.caller) ?? (await control.rotateKey(use, now, askedOf(call))), toWire);
    },
    retireKey: async ({ body, params, caller }) =>
      answerOf(mayNot(caller) ?? (await control.retireKey(params['id'] ?? '', body.reason, known(caller))), toWire),
    vouch: async ({ body, params, caller }) => {
      const { nonce, wanted, ended } = body;
      const [by, audience] = [knownPoint(caller), params['id'] ?? ''];
      for (const one of ended) {
        const closed = await control.closeRun(audience, one, by);
        if (!closed.ok) return { ok: false, problem: problemOf(closed.refusal) };
      }
      const items = await Promise.all(
        wanted.map(async (one) => {
          const { mandate } = one;
          const vouched = await control.vouch(audience, nonce, one, by);
          return vouched.ok ? { mandate, artifact: vouched.value } : { mandate, problem: problemOf(vouched.refusal) };
        }),
      );
      return ok({ items });
    },
  };
}

const toWire = ({ kid, use, state }: RingKey): z.output<typeof ringKeyWire> => ({
  id: kid,
  use,
  state: state.name,
  since: iso(sinceOf(state)),
  reason: state.name === 'retired' ? state.reason : null,
});

function sinceOf(state: RingKey['state']): number {
  switch (state.name) {
    case 'published':
    case 'retired':
      return state.at;
    case 'signing':
      return state.since;
    case 'verifying':
      return state.until;
  }
}
