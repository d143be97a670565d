/** When a host that nothing approved names is a question at the terminal: design, "When a person is asked". */

import type { HarnessEvent, RefusedThere } from '@writ/enforce';
import { expect, it } from 'vitest';
import { createGateQuestions } from './gate-questions.ts';
import type { Put } from './waiting-at-control.ts';

const refused = (resource: string, more: Partial<RefusedThere> = {}): RefusedThere => ({
  action: 'network.connect',
  resource,
  code: 'out_of_authority',
  sentence: 'it is not named',
  approval: null,
  ...more,
});

function desk(put: Put, alwaysWorks = false) {
  const requested: string[] = [];
  const asked: string[] = [];
  const questions = createGateQuestions({
    alwaysWorks,
    more: ['http.get', 'network.connect'],
    request({ action, resource }) {
      requested.push(`${action} ${resource}`);
      return Promise.resolve(resource.includes('unaskable') ? null : `m-${String(requested.length)}`);
    },
    ask(id) {
      asked.push(id);
      return Promise.resolve(put);
    },
  });
  return { ...questions, requested, asked };
}

const said = { native: 'x', session: 's', transcript: null } as const;
const call: HarnessEvent = {
  ...said,
  ...{ kind: 'call', id: 'c1', tool: 'Bash', input: {}, calls: [], cwd: '', helper: null, isBackground: false },
};
const ended: HarnessEvent = { ...said, kind: 'call_ended', id: 'c1', tool: 'Bash', input: {}, outcome: 'done' };

it('asks while a call of the agent is under way, and about nothing the harness does by itself', async () => {
  const one = desk({ answer: 'yes' });
  expect(await one.askPerson(refused('https://telemetry.example/'))).toBeNull();
  one.heard(call, { kind: 'refuse', why: 'no' });
  expect(await one.askPerson(refused('https://telemetry.example/'))).toBeNull();
  one.heard(call, { kind: 'allow' });
  expect(await one.askPerson(refused('https://new.example/'))).toBe('yes');
  one.heard(ended, { kind: 'no_objection' });
  expect(await one.askPerson(refused('https://other.example/'))).toBeNull();
  one.heard(call, { kind: 'allow' });
  one.heard({ ...said, kind: 'turn_over' }, { kind: 'no_objection' });
  expect(await one.askPerson(refused('https://other.example/'))).toBeNull();
  expect(one.requested).toEqual(['network.connect https://new.example/']);
});

it('asks once for a target, whoever tries again; after a yes that is gone it asks anew', async () => {
  const no = desk({ answer: 'no' }, true);
  const clear = (path: string) => no.askPerson(refused(`http://new.example/${path}`, { action: 'http.get' }));
  expect(await Promise.all([clear('a'), clear('b')])).toEqual(['no', 'no']);
  expect(no.asked).toHaveLength(1);
  const later = desk({ answer: 'waits', why: 'nobody is at the terminal' }, true);
  for (const _ of [1, 2]) expect(await later.askPerson(refused('https://new.example/'))).toBe('waits');
  expect(later.asked).toHaveLength(1);
  const yes = desk({ answer: 'yes' }, true);
  for (const _ of [1, 2]) expect(await yes.askPerson(refused('https://new.example/'))).toBe('yes');
  expect(yes.asked).toHaveLength(2);
});

it('asks about nothing else: what no yes would open, or what the preset never does', async () => {
  const one = desk({ answer: 'yes' }, true);
  expect(await one.askPerson(refused('https://x.example/', { code: 'mandate_inactive' }))).toBeNull();
  expect(await one.askPerson(refused('http://x.example/', { action: 'http.post' }))).toBeNull();
  expect(await one.askPerson(refused('https://unaskable.example/'))).toBeNull();
  expect(one.asked).toEqual([]);
  // What waits at control already is put as it is.
  expect(await one.askPerson(refused('http://x.example/', { action: 'http.post', approval: 'a-1' }))).toBe('yes');
  expect(one.asked).toEqual(['a-1']);
});
