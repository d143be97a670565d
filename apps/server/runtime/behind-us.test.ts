import fc from 'fast-check';
import { expect, test } from 'vitest';
import { behindUs } from './behind-us.ts';

type Told = { readonly position: number; readonly hidden?: true };

/** The positions of one commit after the other; each is announced before it is read. */
async function told(commits: readonly (readonly boolean[])[]): Promise<readonly Told[]> {
  let head = 0;
  async function* events() {
    for (const commit of commits) {
      const first = head + 1;
      head += commit.length;
      for (const [at, isShown] of commit.entries()) yield await Promise.resolve({ position: first + at, isShown });
    }
  }
  const all: Told[] = [];
  const show = ({ position, isShown }: { position: number; isShown: boolean }) => (isShown ? { position } : null);
  for await (const one of behindUs(events(), show, () => head)) all.push(one);
  return all;
}

test('all that is shown is told in its order, what is hidden before it is behind it, and each commit is told to its end', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.array(fc.boolean(), { minLength: 1 }), { minLength: 1 }), async (commits) => {
      const all = await told(commits);
      const events = commits.flat();
      expect(all.filter(({ hidden }) => hidden !== true).map(({ position }) => position)).toEqual(
        events.flatMap((isShown, at) => (isShown ? [at + 1] : [])),
      );
      let before = 0;
      for (const { position, hidden } of all) {
        // A reader takes what is shown for a gap unless it follows what was told before.
        if (hidden !== true) expect(position).toBe(before + 1);
        before = position;
      }
      expect(before).toBe(events.length);
      // Two of them in a row only where a commit ended between them.
      expect(all.filter(({ hidden }) => hidden === true).length).toBeLessThanOrEqual(
        all.filter(({ hidden }) => hidden !== true).length + commits.length,
      );
    }),
    { numRuns: 300 },
  );
});
