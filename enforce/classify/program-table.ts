/**
 * What well-known programs do with their operands and options, as data. What is not said here is not known: a program that is missing, and an
 * option named under `unless`, leave a command unplaced.
 *
 * INVARIANT: a rule never says less than the program does; conformance/classify runs each of them and looks.
 */

/** Which operands. */
export type Take = 'none' | 'all' | 'first' | 'last' | 'but_first' | 'but_last';

export type ProgramRule = {
  /** The options that take a value. */
  readonly valued?: readonly string[];
  readonly reads?: Take;
  readonly writes?: Take;
  /** Options whose value is a file that is read, or written. */
  readonly readsIn?: readonly string[];
  readonly writesIn?: readonly string[];
  /** Options with which the operands it reads are written too. */
  readonly inPlace?: readonly string[];
  /** Options with which it does more than this. */
  readonly unless?: readonly string[];
  /** Options in the place of the first operand, which is then one like the others. */
  readonly firstIn?: readonly string[];
  /** Its options are words behind one dash. */
  readonly style?: 'words';
  /** With no operands it reads where it stands. */
  readonly readsHere?: true;
};

const pure: ProgramRule = {};
const readsAll: ProgramRule = { reads: 'all' };

/** What `chmod` takes for a mode, though it looks like an option. */
export const modes = ['-r', '-w', '-x', '-X', '-s', '-t', '-u', '-g', '-o'] as const;

const table: Readonly<Record<string, ProgramRule>> = {
  ...Object.fromEntries(
    [
      ':',
      'echo',
      'printf',
      'true',
      'false',
      'test',
      '[',
      'pwd',
      'seq',
      'sleep',
      'basename',
      'dirname',
      'expr',
      'tr',
      'whoami',
      'id',
      'uname',
    ]
      .concat([
        'arch',
        'nproc',
        'uptime',
        'tty',
        'yes',
        'cal',
        'locale',
        'which',
        'wait',
        'exit',
        'return',
        'break',
        'continue',
        'shift',
      ])
      .concat(['let', 'umask', 'local', 'read', 'clear', 'groups', 'printenv', 'getopts', 'times', 'type'])
      .map((name) => [name, pure]),
  ),
  date: {
    valued: ['-d', '--date', '-r', '--reference', '-f', '--file'],
    unless: ['-s', '--set'],
    readsIn: ['-f', '--file', '-r', '--reference'],
  },
  ls: {
    ...readsAll,
    readsHere: true,
    valued: ['-I', '-w', '-T', '--ignore', '--hide', '--block-size', '--format', '--sort', '--time'],
  },
  tree: { ...readsAll, readsHere: true, valued: ['-L', '-I', '-P'], writesIn: ['-o', '--output'], unless: ['-R'] },
  cat: readsAll,
  tac: readsAll,
  nl: readsAll,
  head: { ...readsAll, valued: ['-n', '-c', '--lines', '--bytes'] },
  tail: { ...readsAll, valued: ['-n', '-c', '--lines', '--bytes', '-s', '--pid'] },
  wc: { ...readsAll, readsIn: ['--files0-from'] },
  stat: { ...readsAll, valued: ['-c', '--format', '--printf'] },
  file: {
    ...readsAll,
    valued: ['-F', '-P', '-m'],
    readsIn: ['-f', '-m'],
    unless: ['-C', '--compile', '-z', '-Z', '--uncompress', '--uncompress-noreport'],
  },
  du: {
    ...readsAll,
    readsHere: true,
    valued: ['-d', '--max-depth', '-t', '--exclude'],
    readsIn: ['-X', '--files0-from'],
  },
  df: readsAll,
  readlink: readsAll,
  realpath: { ...readsAll, valued: ['--relative-to', '--relative-base'] },
  cmp: { ...readsAll, valued: ['-n', '-i'] },
  diff: { ...readsAll, valued: ['-U', '-C', '-x', '-I', '--exclude', '--label'], readsIn: ['-X'] },
  comm: readsAll,
  join: { ...readsAll, valued: ['-1', '-2', '-j', '-o', '-t', '-e', '-a', '-v'] },
  paste: { ...readsAll, valued: ['-d'] },
  cut: { ...readsAll, valued: ['-d', '-f', '-c', '-b', '--delimiter', '--fields', '--output-delimiter'] },
  fold: { ...readsAll, valued: ['-w'] },
  fmt: { ...readsAll, valued: ['-w'] },
  column: { ...readsAll, valued: ['-s', '-o', '-c', '-N'] },
  rev: readsAll,
  od: { ...readsAll, valued: ['-A', '-t', '-N', '-j', '-w'] },
  hexdump: { ...readsAll, valued: ['-n', '-s', '-e'], readsIn: ['-f'] },
  strings: { ...readsAll, valued: ['-n', '-t'] },
  md5sum: readsAll,
  sha1sum: readsAll,
  sha256sum: readsAll,
  sha512sum: readsAll,
  cksum: readsAll,
  base64: { ...readsAll, valued: ['-w'] },
  jq: {
    reads: 'but_first',
    firstIn: ['-f', '--from-file'],
    valued: ['--arg', '--argjson', '--indent'],
    readsIn: ['-f', '--from-file'],
    unless: ['-L', '--slurpfile', '--rawfile', '--arg', '--argjson', '--args', '--jsonargs'],
  },
  grep: {
    reads: 'but_first',
    firstIn: ['-e', '--regexp', '-f', '--file'],
    readsHere: true,
    valued: ['-e', '-m', '-A', '-B', '-C', '--include', '--exclude', '--exclude-dir', '--max-count'],
    readsIn: ['-f', '--file', '--exclude-from'],
  },
  egrep: { reads: 'but_first', firstIn: ['-e', '-f'], readsHere: true, valued: ['-e', '-m', '-A', '-B', '-C'] },
  fgrep: { reads: 'but_first', firstIn: ['-e', '-f'], readsHere: true, valued: ['-e', '-m', '-A', '-B', '-C'] },
  rg: {
    reads: 'but_first',
    firstIn: ['-e', '--regexp', '-f', '--file', '--files'],
    readsHere: true,
    valued: [
      '-e',
      '-g',
      '-t',
      '-T',
      '-m',
      '-A',
      '-B',
      '-C',
      '--glob',
      '--type',
      '--max-count',
      '--color',
      '--sort',
      '-M',
      '-d',
      '--max-depth',
    ],
    readsIn: ['-f', '--file', '--ignore-file'],
    unless: ['--pre', '--hostname-bin', '-z', '--search-zip'],
  },
  find: {
    style: 'words',
    reads: 'all',
    readsHere: true,
    valued: [
      '-name',
      '-iname',
      '-path',
      '-ipath',
      '-type',
      '-maxdepth',
      '-mindepth',
      '-mtime',
      '-mmin',
      '-size',
      '-regex',
      '-iregex',
      '-perm',
      '-user',
      '-group',
      '-printf',
      '-regextype',
      '-wholename',
    ],
    readsIn: ['-newer', '-samefile'],
    unless: [
      '-exec',
      '-execdir',
      '-ok',
      '-okdir',
      '-delete',
      '-fprint',
      '-fprint0',
      '-fprintf',
      '-fls',
      '-files0-from',
    ],
  },
  sort: {
    ...readsAll,
    valued: ['-k', '-t', '-S', '--key', '--field-separator', '--parallel'],
    writesIn: ['-o', '--output'],
    readsIn: ['--files0-from', '--random-source'],
    unless: ['--compress-program', '-T', '--temporary-directory'],
  },
  uniq: { reads: 'first', writes: 'but_first', valued: ['-f', '-s', '-w'] },
  mkdir: { writes: 'all', valued: ['-m', '--mode'] },
  rmdir: { writes: 'all' },
  touch: { writes: 'all', valued: ['-d', '-t', '--date'], readsIn: ['-r', '--reference'] },
  rm: { writes: 'all' },
  unlink: { writes: 'all' },
  truncate: { writes: 'all', valued: ['-s', '--size'], readsIn: ['-r', '--reference'] },
  tee: { writes: 'all' },
  chmod: { writes: 'but_first', firstIn: ['--reference', ...modes] },
  jobs: { unless: ['-x'] },
  mv: { writes: 'all', writesIn: ['-t', '--target-directory'], valued: ['-S', '--suffix'] },
  cp: { reads: 'but_last', writes: 'last', writesIn: ['-t', '--target-directory'], valued: ['-S', '--suffix'] },
};

const rules: ReadonlyMap<string, ProgramRule> = new Map(Object.entries(table));

/** The rule of the program called `name`; undefined where it is not known. */
export const programRule = (name: string): ProgramRule | undefined => rules.get(name);
