/** What `lsof -F` says of sockets that listen, read from its text: one field a line, a letter and its value (lsof(8), "output for other programs"). Pure. */

export type Listener = {
  readonly pid: number;
  readonly program: string;
  /** `*` for every address. */
  readonly address: string;
  readonly port: number;
};

/** The listeners of `lsof -nP -iTCP -sTCP:LISTEN -Fpcn`: of a process come `p` and `c` once, and `n` for each of its files. */
export function listenersOfLsof(text: string): readonly Listener[] {
  const found: Listener[] = [];
  let [pid, program] = [0, ''];
  for (const line of text.split('\n')) {
    const [letter, value] = [line.slice(0, 1), line.slice(1)];
    if (letter === 'p') [pid, program] = [Number(value), ''];
    if (letter === 'c') program = value.slice(0, 64).toWellFormed();
    const [, address = '*', port] = letter === 'n' ? (/^(.*):(\d+)$/.exec(value) ?? []) : [];
    if (port !== undefined)
      found.push({ pid, program, address: address.replace(/^\[(.*)\]$/, '$1'), port: Number(port) });
  }
  return found;
}
