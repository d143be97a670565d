/** The sink library against a real HTTP server that signs real permits: the effect runs once and only after a current redeem. */

import { createServer } from 'node:http';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { PermitDesk } from '../../test/kit/remote/permit-desk.ts';
import { startPermitDesk } from '../../test/kit/remote/permit-desk.ts';
import type { Clock } from '../client/clock.ts';
import type { Claim, Sink } from './sink.ts';
import { createSink } from './sink.ts';

const wanted = { action: 'invoice.pay', resource: 'https://pay.example/invoices/7', parameters: { amount: '10.00' } };

let desk: PermitDesk;
let open: AsyncDisposableStack;
let ran: number;

beforeEach(async () => {
  open = new AsyncDisposableStack();
  desk = open.use(await startPermitDesk());
  ran = 0;
});
afterEach(() => open.disposeAsync());

const effect = async (): Promise<string> => `paid ${String((ran += 1))}`;
const sink = (options: { readonly token?: string; readonly timeoutMs?: number; readonly clock?: Clock } = {}): Sink =>
  open.use(createSink({ control: { url: desk.url }, token: desk.token, timeoutMs: 10_000, ...options }));
const claim = async (other: Partial<Claim> = {}): Promise<Claim> => ({
  ...wanted,
  permit: await desk.issue(wanted),
  ...other,
});
const refusedWith = (code: string): unknown => ({ ok: false, reason: { code, sentence: expect.stringMatching(/./) } });

describe('commit', () => {
  test('runs the effect with a current permit and gives back its value', async () => {
    expect(await sink().commit(await claim(), effect)).toEqual({ ok: true, value: 'paid 1' });
  });

  test('runs it once for one permit, however many ask at the same time', async () => {
    const one = await claim();
    const paying = sink();
    const outcomes = await Promise.all(Array.from({ length: 20 }, () => paying.commit(one, effect)));
    expect(outcomes.filter(({ ok }) => ok)).toHaveLength(1);
    expect(ran).toBe(1);
  });

  test('passes on what the effect rejects with, its use being spent', async () => {
    const one = await claim();
    await expect(sink().commit(one, () => Promise.reject(new Error('the bank is closed')))).rejects.toThrow(
      'the bank is closed',
    );
    expect(await sink().commit(one, effect)).toEqual(refusedWith('not_current'));
  });

  test('refuses after a revocation with control’s own sentence', async () => {
    const one = await claim();
    desk.revoke();
    expect(await sink().commit(one, effect)).toEqual({
      ok: false,
      reason: { code: 'not_current', sentence: 'the permit is revoked' },
    });
  });

  test.each([
    ['no permit', { permit: '' }, 'no_permit'],
    ['garbage', { permit: 'x.y.z' }, 'not_a_permit'],
    ['something endless', { permit: 'a'.repeat(9_000) }, 'not_a_permit'],
    ['another action', { action: 'invoice.refund' }, 'other_action'],
    ['another resource', { resource: 'https://pay.example/invoices/70' }, 'other_resource'],
    ['a resource without a normal form', { resource: 'https://pay.example/%zz' }, 'other_resource'],
  ])('refuses %s without asking', async (_, other, code) => {
    expect(await sink().commit(await claim(other), effect)).toEqual(refusedWith(code));
    expect(desk.asked).toEqual([]);
  });

  test('leaves a lease that may have been renewed to control, and does not ask about one long over', async () => {
    const renewed = await desk.issue(wanted, { expiresInS: -60 });
    expect(await sink().commit(await claim({ permit: renewed }), effect)).toEqual({ ok: true, value: 'paid 1' });
    const over = await desk.issue(wanted, { expiresInS: -7_200 });
    expect(await sink().commit(await claim({ permit: over }), effect)).toEqual(refusedWith('expired'));
    expect(desk.asked).toHaveLength(1);
  });

  test('refuses other parameters than those of the permit', async () => {
    expect(await sink().commit(await claim({ parameters: { amount: '10000.00' } }), effect)).toEqual(
      refusedWith('not_current'),
    );
  });

  test('accepts the same resource in another spelling', async () => {
    const spelled = await claim({ resource: 'HTTPS://pay.example:443/invoices/%37' });
    expect(await sink().commit(spelled, effect)).toEqual({ ok: true, value: 'paid 1' });
  });

  afterEach(() => {
    expect(ran).toBeLessThanOrEqual(1);
  });
});

describe('what cannot be asked is refused', () => {
  test('control is gone', async () => {
    const one = await claim();
    const paying = sink();
    expect((await paying.verify(one)).ok).toBe(true);
    await desk[Symbol.asyncDispose]();
    expect(await paying.commit(one, effect)).toEqual(refusedWith('control_unreachable'));
  });

  test('control does not answer in time', async () => {
    desk.fallSilent();
    expect(await sink({ timeoutMs: 100 }).commit(await claim(), effect)).toEqual(refusedWith('control_unreachable'));
  });

  test('control does not know the sink', async () => {
    expect(await sink({ token: 'guessed' }).commit(await claim(), effect)).toEqual(refusedWith('control_unreachable'));
  });

  test('something answers yes to everything, for no operation of ours', async () => {
    const one = await claim();
    const yes = createServer((request, response) => {
      if (request.method === 'POST')
        return void response.end(JSON.stringify({ current: true, reason: '', operation: null, mandate: null }));
      fetch(`${desk.url}${request.url ?? ''}`).then(
        async (keys) => response.end(await keys.text()),
        () => response.destroy(),
      );
    });
    await new Promise<void>((resolve) => yes.listen(0, '127.0.0.1', resolve));
    open.defer(() => void yes.close());
    // A listening TCP server has an address with a port.
    const { port } = yes.address() as { port: number };
    const paying = open.use(
      createSink({ control: { url: `http://127.0.0.1:${port}` }, token: desk.token, timeoutMs: 10_000 }),
    );
    expect(await paying.commit(one, effect)).toEqual(refusedWith('not_current'));
  });

  test('the machine slept while the yes was on its way', async () => {
    // Only the wall clock counts sleep.
    const lid: Clock = {
      wall: () => Date.now() + (desk.asked.length === 0 ? 0 : 3_600_000),
      monotonic: () => performance.now(),
    };
    const committing = sink({ clock: lid }).commit(await claim(), effect);
    expect(await committing).toEqual(refusedWith('answer_too_old'));
  });

  afterEach(() => {
    expect(ran).toBe(0);
  });
});
