/** The real opencode over ACP on the scripted model: it asks the client, and the answer decides. */
import { expect, test } from 'vitest';

import { startModelServer } from '@writ/enforce';
import { promptOverAcp } from './acp.ts';
import { opencodeEnvironment } from './opencode.ts';
import { workplace } from './workplace.ts';

test.each([
  { permission: 'allow_once', made: true },
  { permission: 'reject_once', made: false },
] as const)(
  'over ACP the client is asked, and $permission decides',
  { timeout: 90_000 },
  async ({ permission, made }) => {
    await using place = await workplace();
    const call = { name: 'bash', input: { command: 'echo hello > made.txt', description: 'make a file' } };
    await using model = await startModelServer({
      script: { turns: [{ tools: [call] }, { say: 'I saw the result.' }] },
    });
    const env = opencodeEnvironment(place.home, model.url, { permission: { bash: 'ask' } });
    const agent = { program: 'opencode', args: ['acp'], cwd: place.cwd, env } as const;
    const turn = await promptOverAcp({ ...agent, prompt: 'make it', permission });
    expect(turn.asked).toMatchObject([{ toolCall: { kind: 'execute' } }]);
    expect(turn.response.stopReason).toBe('end_turn');
    expect(place.has('made.txt')).toBe(made);
  },
);
