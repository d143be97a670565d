/** What a command without an ID means: a person who types `writ stop` in a hurry must reach what runs, whoever started it. */

import { describe, expect, it } from 'vitest';
import { CommandEnd } from '../exit.ts';
import { mandate, mission, session } from '../render/example-wire.ts';
import type { Everything } from './find.ts';
import { theLiveWork } from './find.ts';

const all = (changes: Partial<Everything>): Everything => ({
  missions: [],
  sessions: [],
  mandates: [],
  silent: [],
  ...changes,
});
const attended = session({ driver: 'attended' });

const refusal = (act: () => unknown): string => {
  try {
    act();
  } catch (error) {
    if (error instanceof CommandEnd) return error.problem.detail;
    throw error;
  }
  return 'no refusal';
};

describe('the live work', () => {
  it('is the one mission, or the one session at a terminal', () => {
    expect(theLiveWork(all({ missions: [mission()], mandates: [mandate()] }), 'stop').id).toBe('ms1');
    expect(theLiveWork(all({ sessions: [attended], mandates: [mandate()] }), 'stop').id).toBe('s1');
    expect(theLiveWork(all({ sessions: [attended], mandates: [mandate()] }), 'pause').id).toBe('s1');
  });

  it('is never guessed between two', () => {
    const both = all({ missions: [mission()], sessions: [attended], mandates: [mandate()] });
    expect(refusal(() => theLiveWork(both, 'stop'))).toContain('ms1 (Passkey login), s1 (exec in harbour)');
  });

  it('is no session whose program or approval has ended, and none of a mission', () => {
    for (const sessions of [[session({ driver: 'attended', state: 'closed' })], [session({ driver: 'command' })]])
      expect(refusal(() => theLiveWork(all({ sessions, mandates: [mandate()] }), 'stop'))).toContain(
        'nothing is running',
      );
    const revoked = all({ sessions: [attended], mandates: [mandate({ state: 'revoked' })] });
    expect(refusal(() => theLiveWork(revoked, 'stop'))).toContain('nothing is running');
  });

  it('is the paused one for unpause and the other one for pause', () => {
    const some = all({
      missions: [mission({ state: 'paused' })],
      sessions: [attended],
      mandates: [mandate()],
    });
    expect(theLiveWork(some, 'unpause').id).toBe('ms1');
    expect(theLiveWork(some, 'pause').id).toBe('s1');
    expect(refusal(() => theLiveWork(all({ sessions: [attended], mandates: [mandate()] }), 'unpause'))).toBe(
      'nothing is paused',
    );
  });
});
