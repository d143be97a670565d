import fc from 'fast-check';
import { expect, test } from 'vitest';
import { masking } from './mask-secrets.ts';

const secrets = ['abababc', 'secret-of-somebody'];

test('however a stream is cut, what comes of it is the text with the secrets masked', () => {
  const text = fc
    .array(fc.constantFrom('a', 'b', 'ab', 'abababc', 'secret-of-', 'secret-of-somebody', '\u00e9', '\n'), {
      maxLength: 30,
    })
    .map((parts) => parts.join(''));
  fc.assert(
    fc.property(text, fc.array(fc.nat(40), { maxLength: 20 }), (whole, cuts) => {
      const { take, rest, all } = masking(secrets);
      const bytes = Buffer.from(whole);
      const at = [0, ...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length].toSorted((a, b) => a - b);
      const parts = at.slice(1).map((end, index) => take(bytes.subarray(at[index], end)));
      const said = Buffer.concat([...parts, rest()]).toString();
      expect(said).toBe(all(whole));
      expect(Buffer.byteLength(said)).toBe(bytes.length);
      for (const secret of secrets) expect(said).not.toContain(secret);
    }),
  );
});

test('nothing waits that begins no secret', () => {
  const { take } = masking(secrets);
  expect(take(Buffer.from('data: {"token": 1}\n\n')).toString()).toBe('data: {"token": 1}\n\n');
  expect(take(Buffer.from('a secret-of')).toString()).toBe('a ');
});
