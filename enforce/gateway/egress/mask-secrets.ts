/**
 * What a server sends back of a credential it was sent, made unreadable before the run sees it: an asterisk for each of its bytes, so that no length changes. Of a stream only what could be the
 * beginning of a secret waits for what follows.
 *
 * It finds a secret in the ways its caller names, as it stands; a server that packs, encrypts or turns it around is not seen through.
 */

import { Transform } from 'node:stream';
import type { Headers } from '../../broker/credentials/credential.ts';

export type Masking = {
  /** What may go on of the stream, now that these bytes came. */
  readonly take: (chunk: Buffer) => Buffer;
  /** What is left of it at its end. */
  readonly rest: () => Buffer;
  /** A text by itself. */
  readonly all: (text: string) => string;
};

const asterisk = 0x2a;

/** Masks each of `secrets`. */
export function masking(secrets: readonly string[]): Masking {
  const wanted = secrets.map((secret) => Buffer.from(secret, 'utf8'));
  let held = Buffer.alloc(0);
  const mask = (bytes: Buffer): void => {
    for (const secret of wanted)
      for (let at = bytes.indexOf(secret); at >= 0; at = bytes.indexOf(secret, at + 1))
        bytes.fill(asterisk, at, at + secret.length);
  };
  const mayBegin = (bytes: Buffer): number => {
    const longest = Math.min(bytes.length, Math.max(0, ...wanted.map(({ length }) => length - 1)));
    for (let length = longest; length > 0; length -= 1) {
      const end = bytes.subarray(bytes.length - length);
      if (wanted.some((secret) => secret.length > length && secret.subarray(0, length).equals(end))) return length;
    }
    return 0;
  };
  return {
    take(chunk) {
      const bytes = Buffer.concat([held, chunk]);
      mask(bytes);
      const at = bytes.length - mayBegin(bytes);
      held = bytes.subarray(at);
      return bytes.subarray(0, at);
    },
    rest: () => held,
    all(text) {
      const bytes = Buffer.from(text, 'utf8');
      mask(bytes);
      return bytes.toString('utf8');
    },
  };
}

/** As a stream. */
export function maskingStream(secrets: readonly string[]): Transform {
  const { take, rest } = masking(secrets);
  return new Transform({
    transform(chunk: Buffer, _, done) {
      done(null, take(chunk));
    },
    flush(done) {
      done(null, rest());
    },
  });
}

/** The headers of an answer. */
export function maskedHeaders(headers: Headers, secrets: readonly string[]): Headers {
  if (secrets.length === 0) return headers;
  const { all } = masking(secrets);
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, typeof value === 'string' ? all(value) : value.map(all)]),
  );
}
