/**
 * What a sandboxed program may not ask of the kernel, because no namespace keeps it in. As a program for the kernel (seccomp, classic BPF), which bubblewrap loads before the program starts:
 *
 * - a terminal to take text as if it had been typed (`TIOCSTI`, and `TIOCLINUX` on a console), which the person's shell would carry out once the program is gone;
 * - a socket to the machine this one is a guest of, or to another program of this one, by `vsock(7)`: such sockets know no network namespace;
 * - calls that are made by way of a queue (`io_uring`), which no such program sees: its users do without.
 *
 * It refuses nothing else, and on a processor it does not know nothing at all.
 */

import type { ChildProcess } from 'node:child_process';
import type { Writable } from 'node:stream';

/** Calls by number, as `linux/audit.h` and the tables of the kernel have them. `socketcall`: every call of a socket, its arguments out of sight. */
type Kind = {
  readonly arch: number;
  readonly ioctl: readonly number[];
  readonly socket: readonly number[];
  readonly socketcall: readonly number[];
  readonly ioUring: readonly number[];
};

const x32 = 0x4000_0000;
const kinds: readonly Kind[] = [
  {
    arch: 0xc000_003e,
    ioctl: [16, x32 + 16, x32 + 514],
    socket: [41, x32 + 41],
    socketcall: [],
    ioUring: [425, x32 + 425],
  },
  { arch: 0x4000_0003, ioctl: [54], socket: [359], socketcall: [102], ioUring: [425] },
  { arch: 0xc000_00b7, ioctl: [29], socket: [198], socketcall: [], ioUring: [425] },
  { arch: 0x4000_0028, ioctl: [54], socket: [281], socketcall: [102], ioUring: [425] },
];
const requests = [0x5412, 0x541c] as const;
const vsock = 40;
/** Of `socketcall`: `socket`. */
const makesSocket = 1;

/** `struct seccomp_data`: where what is asked stands. The kernel takes the lower half of these arguments alone. */
const at = { number: 0, arch: 4, first: 16, second: 24 } as const;
const load = 0x20;
const jumpIfEqual = 0x15;
const answer = 0x06;
const allow = 0x7fff_0000;
const refuse = (error: number): number => 0x0005_0000 + error;
const [notPermitted, notImplemented, noSuchFamily] = [1, 38, 97];

type Step = readonly [code: number, value: number, whenEqual: number, otherwise: number];

/** Refused where the argument at `where` is one of `values`, else allowed. */
const unless = (where: number, values: readonly number[], error: number): readonly Step[] => [
  [load, where, 0, 0],
  ...values.map((value, index): Step => [jumpIfEqual, value, values.length - index, 0]),
  [answer, allow, 0, 0],
  [answer, refuse(error), 0, 0],
];

/** `check` for calls of these numbers; others are passed over. */
const forCalls = (numbers: readonly number[], check: readonly Step[]): readonly Step[] =>
  numbers.flatMap((number): readonly Step[] => [[jumpIfEqual, number, 0, check.length], ...check]);

/** The filter, as the kernel of this machine reads it (little-endian, as every one of `kinds`). */
export function kernelFilter(): Buffer {
  const steps: readonly Step[] = [[load, at.arch, 0, 0], ...kinds.flatMap(ofKind), [answer, allow, 0, 0]];
  const bytes = Buffer.alloc(steps.length * 8);
  for (const [index, [code, value, whenEqual, otherwise]] of steps.entries()) {
    bytes.writeUInt16LE(code, index * 8);
    bytes.writeUInt8(whenEqual, index * 8 + 2);
    bytes.writeUInt8(otherwise, index * 8 + 3);
    bytes.writeUInt32LE(value, index * 8 + 4);
  }
  return bytes;
}

/** For a call of that kind; one of another is passed over. */
function ofKind({ arch, ioctl, socket, socketcall, ioUring }: Kind): readonly Step[] {
  const inside: readonly Step[] = [
    [load, at.number, 0, 0],
    ...forCalls(ioctl, unless(at.second, requests, notPermitted)),
    ...forCalls(socket, unless(at.first, [vsock], noSuchFamily)),
    ...forCalls(socketcall, unless(at.first, [makesSocket], notPermitted)),
    ...forCalls(ioUring, [[answer, refuse(notImplemented), 0, 0]]),
    [answer, allow, 0, 0],
  ];
  return [[jumpIfEqual, arch, 0, inside.length], ...inside];
}

/** Where a sandbox reads it. */
export const filterDescriptor = 3;

/** To the sandbox, which reads it to its end before it starts the program. Resolves when it was given that end; one that ends before it read it starts nothing, and resolves too. */
export function giveFilter(child: ChildProcess): Promise<void> {
  const to = child.stdio[filterDescriptor] as Writable | null; // a pipe, as it was asked for
  if (to === null) return Promise.resolve();
  return new Promise((resolve) => {
    to.on('error', () => undefined)
      .on('close', resolve)
      .end(kernelFilter());
  });
}
