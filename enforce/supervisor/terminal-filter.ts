/**
 * What a sandboxed program may not ask of a terminal that is a person's: to take text as if they had typed it (`TIOCSTI`, and `TIOCLINUX` on a console), which
 * their shell would carry out once the program is gone. As a program for the kernel (seccomp, classic BPF), which bubblewrap loads before the program starts.
 *
 * It refuses nothing else, and on a processor it does not know nothing at all.
 */

/** `linux/audit.h`: each kind of call a kernel for x86-64 or arm64 takes, and the numbers of `ioctl` there. */
const kinds = [
  { arch: 0xc000_003e, ioctl: [16, 0x4000_0000 + 16, 0x4000_0000 + 514] },
  { arch: 0x4000_0003, ioctl: [54] },
  { arch: 0xc000_00b7, ioctl: [29] },
  { arch: 0x4000_0028, ioctl: [54] },
] as const;
const requests = [0x5412, 0x541c] as const;

/** `struct seccomp_data`: where what is asked stands. The kernel takes the lower half of the request alone. */
const at = { number: 0, arch: 4, request: 24 } as const;
const load = 0x20;
const jumpIfEqual = 0x15;
const answer = 0x06;
const allow = 0x7fff_0000;
/** With `EPERM`. */
const refuse = 0x0005_0001;

type Step = readonly [code: number, value: number, whenEqual: number, otherwise: number];

/** The filter, as the kernel of this machine reads it (little-endian, as every one of `kinds`). */
export function terminalFilter(): Buffer {
  const look: readonly Step[] = [
    [load, at.request, 0, 0],
    ...requests.map((request, index): Step => [jumpIfEqual, request, requests.length - index, 0]),
    [answer, allow, 0, 0],
    [answer, refuse, 0, 0],
  ];
  const steps: readonly Step[] = [
    [load, at.arch, 0, 0],
    ...kinds.flatMap((kind) => ofKind(kind, look)),
    [answer, allow, 0, 0],
  ];
  const bytes = Buffer.alloc(steps.length * 8);
  for (const [index, [code, value, whenEqual, otherwise]] of steps.entries()) {
    bytes.writeUInt16LE(code, index * 8);
    bytes.writeUInt8(whenEqual, index * 8 + 2);
    bytes.writeUInt8(otherwise, index * 8 + 3);
    bytes.writeUInt32LE(value, index * 8 + 4);
  }
  return bytes;
}

/** For a call of that kind: an `ioctl` is looked at, any other is allowed. Of another kind, it is passed over. */
function ofKind({ arch, ioctl }: (typeof kinds)[number], look: readonly Step[]): readonly Step[] {
  const inside: readonly Step[] = [
    [load, at.number, 0, 0],
    ...ioctl.map((number, index): Step => [jumpIfEqual, number, ioctl.length - index, 0]),
    [answer, allow, 0, 0],
    ...look,
  ];
  return [[jumpIfEqual, arch, 0, inside.length], ...inside];
}
