import { expect, test } from 'vitest';
import { maySet, modeIn, wayBack, withoutModes } from './modes.ts';

const asking = ['default', 'plan'] as const;
const mode = {
  id: 'mode',
  category: 'mode',
  type: 'select',
  currentValue: 'yolo',
  options: [{ group: 'g', name: 'All', options: [{ value: 'yolo' }, { value: 'default' }] }],
};
const model = { id: 'model', category: 'model', currentValue: 'a', options: [{ value: 'a' }, { value: 'b' }] };
const odd = { id: 'sandbox', category: 'other', currentValue: 'on', options: [{ value: 'on' }, { value: 'off' }] };
const modes = { currentModeId: 'yolo', availableModes: [{ id: 'yolo' }, { id: 'plan' }] };

test('a mode that does not ask is not shown, as a mode or as an option, in a group or not', () => {
  expect(withoutModes(asking, { sessionId: 's', modes, configOptions: [mode, model] })).toEqual({
    sessionId: 's',
    modes: { currentModeId: 'yolo', availableModes: [{ id: 'plan' }] },
    configOptions: [{ ...mode, options: [{ value: 'default' }] }, model],
  });
  expect(withoutModes('any', { modes })).toEqual({ modes });
});

test('an agent is brought to the first of its modes that asks, by what it has', () => {
  expect(modeIn({ modes })).toBe('yolo');
  expect(modeIn({ configOptions: [model, mode] })).toBe('yolo');
  expect(wayBack(asking, { modes })).toEqual({ method: 'session/set_mode', params: { modeId: 'plan' } });
  expect(wayBack(asking, { configOptions: [mode] })).toEqual({
    method: 'session/set_config_option',
    params: { configId: 'mode', value: 'default' },
  });
  expect(wayBack(asking, { modes: { currentModeId: 'x', availableModes: [{ id: 'x' }] } })).toBeNull();
});

test('an editor sets a model and a mode that asks; what nobody knows it does not', () => {
  const options = [mode, model, odd];
  const set = (configId: string, value: unknown) => maySet(asking, options, { configId, value });
  expect(set('mode', 'plan')).toBe(true);
  expect(set('model', 'b')).toBe(true);
  expect(set('mode', 'yolo')).toBe(false);
  expect(set('sandbox', 'off')).toBe(false);
  expect(set('no-such', 'on')).toBe(false);
});
