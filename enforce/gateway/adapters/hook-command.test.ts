import { expect, test } from 'vitest';
import { hookCommand } from './hook-command.ts';

test('a hook names no variable in a way in which Gemini CLI would put its own value into it', () => {
  const names = { urlVariable: 'WRIT_HOOK_URL', tokenVariable: 'WRIT_HOOK_TOKEN' };
  // As its settings are read: `$name`, `${name}` and `${name:-otherwise}`.
  for (const waits of [true, false]) expect(hookCommand(names, waits)).not.toMatch(/\$(?:\w+|\{\w+(?::-[^}]*)?\})/);
});
