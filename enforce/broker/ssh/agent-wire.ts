/**
 * The SSH agent protocol on the wire (draft-ietf-sshm-ssh-agent): frames with their length first, and the few messages that are understood. Pure.
 *
 * What is longer than a frame may be, or ends early, is no message; nothing of it is guessed.
 */

/** Numbers of messages (§6.1). */
export const numbers = {
  failure: 5,
  success: 6,
  requestIdentities: 11,
  identitiesAnswer: 12,
  signRequest: 13,
  signResponse: 14,
  extension: 27,
} as const;

export type Frame = { readonly type: number; readonly body: Buffer };

/** As OpenSSH bounds it. */
const maxFrameBytes = 256 * 1024;

/** A message with `parts` as its body. */
export function frameOf(type: number, ...parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  const head = Buffer.alloc(5);
  head.writeUInt32BE(body.length + 1);
  head.writeUInt8(type, 4);
  return Buffer.concat([head, body]);
}

/** A string of the protocol: its length, then its bytes (RFC 4251 §5). */
export function stringOf(value: Buffer | string): Buffer {
  const bytes = Buffer.from(value);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

/** Takes bytes as they come, and gives whole messages on. `onBroken`: what comes is no message, and nothing more is read. */
export function frameReader(onFrame: (frame: Frame) => void, onBroken: () => void): (chunk: Buffer) => void {
  let held = Buffer.alloc(0);
  let isBroken = false;
  return (chunk) => {
    if (isBroken) return;
    held = Buffer.concat([held, chunk]);
    while (held.length >= 4) {
      const length = held.readUInt32BE();
      if (length < 1 || length > maxFrameBytes) {
        isBroken = true;
        onBroken();
        return;
      }
      if (held.length < 4 + length) return;
      onFrame({ type: held.readUInt8(4), body: Buffer.from(held.subarray(5, 4 + length)) });
      held = held.subarray(4 + length);
    }
  };
}

/** Reads fields one after another; null once something is missing. */
export interface Fields {
  byte(): number | null;
  uint32(): number | null;
  string(): Buffer | null;
  /** Whether everything was read. */
  readonly isOver: boolean;
}

/** The fields of `bytes`. */
export function fieldsOf(bytes: Buffer): Fields {
  let at = 0;
  const take = (length: number): Buffer | null => {
    if (at + length > bytes.length) {
      at = Number.POSITIVE_INFINITY;
      return null;
    }
    at += length;
    return bytes.subarray(at - length, at);
  };
  const uint32 = (): number | null => take(4)?.readUInt32BE() ?? null;
  return {
    byte: () => take(1)?.readUInt8() ?? null,
    uint32,
    string() {
      const length = uint32();
      return length === null ? null : take(length);
    },
    get isOver() {
      return at === bytes.length;
    },
  };
}

export type Identity = { readonly key: Buffer; readonly comment: Buffer };

/** The identities of an answer; null where it is none. */
export function readIdentities({ type, body }: Frame): readonly Identity[] | null {
  if (type !== numbers.identitiesAnswer) return null;
  const fields = fieldsOf(body);
  const count = fields.uint32();
  const all: Identity[] = [];
  for (let left = count ?? 0; left > 0; left -= 1) {
    const [key, comment] = [fields.string(), fields.string()];
    if (key === null || comment === null) return null;
    all.push({ key, comment });
  }
  return count !== null && fields.isOver ? all : null;
}

/** The answer with these identities. */
export function identitiesFrame(all: readonly Identity[]): Buffer {
  const count = Buffer.alloc(4);
  count.writeUInt32BE(all.length);
  const each = all.flatMap(({ key, comment }) => [stringOf(key), stringOf(comment)]);
  return frameOf(numbers.identitiesAnswer, count, ...each);
}

export type SignRequest = { readonly key: Buffer; readonly data: Buffer };

/** What is to be signed, and by which key; null where it is no such request. */
export function readSignRequest({ type, body }: Frame): SignRequest | null {
  const fields = fieldsOf(body);
  const [key, data, flags] = [fields.string(), fields.string(), fields.uint32()];
  return type !== numbers.signRequest || key === null || data === null || flags === null || !fields.isOver
    ? null
    : { key, data };
}
