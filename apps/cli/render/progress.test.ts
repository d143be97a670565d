import { describe, expect, it } from 'vitest';
import { item, mandate, mission, plain, task } from './example-wire.ts';
import { renderChanges, renderFrame, renderOutcome } from './progress.ts';

const moment = (tasks = [task()], more = {}) => ({
  mission: mission({ tasks }),
  mandate: mandate(),
  items: [],
  lost: '',
  ...more,
});
const text = (lines: readonly string[]): string[] => lines.map((line) => line.replace(/^ +[\d: -]+ {2}/, '').trim());

describe('renderChanges', () => {
  it('says nothing when nothing changed', () => {
    expect(renderChanges(moment(), moment(), plain)).toEqual([]);
  });

  it('says a task’s new state once', () => {
    expect(text(renderChanges(moment(), moment([task({ state: 'running', attempts: 1 })]), plain))).toEqual([
      '● T1 running  keep passkeys',
    ]);
  });

  it('says that the mandate changed, and why', () => {
    const held = { ...moment(), mandate: mandate({ state: 'suspended', state_detail: 'branch:x is frozen' }) };
    expect(text(renderChanges(moment(), held, plain))).toEqual(['‖ mandate suspended: branch:x is frozen']);
  });

  it('shows a question with the command that answers it', () => {
    const asked = { ...moment(), items: [item({ options: [{ key: 'pg', label: 'PostgreSQL', consequence: '' }] })] };
    expect(text(renderChanges(moment(), asked, plain))).toEqual(['? Which database?  writ inbox i1 pg']);
  });

  it('neutralises what an agent wrote', () => {
    const [line] = renderChanges(moment(), moment([task({ title: '\u001b[2Jx', state: 'running' })]), plain);
    expect(line).toContain('␛[2Jx');
  });
});

it('puts the open question with its keys into the frame', () => {
  const frame = renderFrame(
    { ...moment(), items: [item({ options: [{ key: 'yes', label: 'Yes', consequence: '' }] })] },
    plain.now,
    plain,
  );
  expect(frame.join('\n')).toContain('[y] Yes');
});

it('offers to accept the work only where that is legal', () => {
  const done = { ...moment(), mission: mission({ state: 'done' }) };
  expect(renderOutcome(done, ['writ/ms1/T1'], plain.now, plain).join('\n')).toContain('writ mandate complete m0');
  expect(
    renderOutcome({ ...done, mandate: mandate({ legal_actions: [] }) }, [], plain.now, plain).join('\n'),
  ).not.toContain('complete');
});
