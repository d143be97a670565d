/** The part of the conformance suite that is about large data: `describeJournal` runs it for every adapter. How an adapter keeps it is its own affair. */
import { expect, test } from 'vitest';
import { blobLength } from './blob.ts';
import type { Journal, NewEvent } from './journal.ts';
import { maxDataBytes } from './prepare.ts';

type Open = (options?: { store?: string; now?: () => number }) => Promise<Journal>;

const said = (data: string, project = 'p'): NewEvent => ({ type: 'thing.said', data, project, actor: 'user:ada' });

/** Declares these tests for one adapter. */
export function describeBlobs(open: Open): void {
  test('data of any size comes back as it was written, from every way of reading, and verifies', async () => {
    const store = 'large';
    // Two of a text's units are the quotes around it.
    const sizes = [blobLength - 3, blobLength - 2, blobLength, maxDataBytes - 2];
    const texts = [...sizes.map((size) => 'x'.repeat(size)), '\u00e9\u4e16"\\\n'.repeat(9_000)];
    {
      await using journal = await open({ store });
      const seen: unknown[] = [];
      using _ = await journal.follow(0, (events) => seen.push(...events.map(({ data }) => data)));
      for (const text of texts) await journal.append([{ stream: 'a', events: [said(text)] }], []);
      await journal.append([{ stream: 'b', events: texts.map((text) => said(text, 'other')) }], []);
      expect(seen).toEqual([...texts, ...texts]);
    }
    await using journal = await open({ store });
    expect((await journal.read('a')).map(({ data }) => data)).toEqual(texts);
    expect((await journal.readAll({ after: texts.length })).map(({ data }) => data)).toEqual(texts);
    const tailed: unknown[] = [];
    const stop = new AbortController();
    for await (const { data } of journal.subscribe({ after: 0, signal: stop.signal })) {
      tailed.push(data);
      if (tailed.length === 2 * texts.length) stop.abort();
    }
    expect(tailed).toEqual([...texts, ...texts]);
    expect(await journal.verify()).toMatchObject({ ok: true, events: 2 * texts.length });
  });

  test('what several events say stays until the last of them is erased', async () => {
    await using journal = await open();
    const text = 'z'.repeat(blobLength);
    await journal.append([{ stream: 'a', events: [said(text), said(text), said('short')] }], []);
    await journal.append([{ stream: 'b', events: [said(text, 'other')] }], []);
    const erase = async (...positions: number[]): Promise<void> => {
      await journal.erase({ positions, project: 'p', actor: 'user:ada', reason: 'asked to' });
    };
    const left = async (): Promise<readonly boolean[]> =>
      (await journal.readAll({ limit: 4 })).map(({ data }) => data === text);
    await erase(1);
    expect(await left()).toEqual([false, true, false, true]);
    expect((await journal.read('a', { limit: 1 }))[0]?.data).toBeNull();
    // Once more says nothing new, and takes nothing from the others.
    await erase(1, 3);
    expect(await left()).toEqual([false, true, false, true]);
    await journal.append([{ stream: 'a', events: [said(text)] }], []);
    await erase(2);
    expect(await left()).toEqual([false, false, false, true]);
    await erase(4, 7);
    expect(await left()).toEqual([false, false, false, false]);
    expect(await journal.verify()).toMatchObject({ ok: true, findings: [] });
  });
}
