/**
 * The rules of a Seatbelt sandbox as text, in the profile language that `sandbox-exec -p` reads (sandbox-exec(1); the language is not documented by Apple, and what is relied on here is what
 * published profiles rely on: nothing but what is allowed, the last rule that matches counts, paths are those that links lead to). Pure.
 *
 * It refuses a path that it cannot write so that it means itself. What it does not give: hard links and clones of files, services of the system but the few that programs cannot start without,
 * and any port but those named, so that a program inside reaches no server that it started itself.
 */

/** All paths are absolute and real. Later lists count over earlier ones. */
export type SeatbeltPlaces = {
  /** Neither read nor written. */
  readonly hidden: readonly string[];
  /** Read, though something hidden lies around it. */
  readonly shown: readonly string[];
  /** Writ's state: neither read nor written. */
  readonly state: string;
  readonly writable: readonly string[];
  /** Read and not written, whether it is there yet or not; nor is what leads to it from a writable place moved or made, which would do the same. */
  readonly kept: readonly string[];
  /** Neither read nor written, wherever it lies. */
  readonly closed: readonly string[];
  /** Read, wherever it lies. */
  readonly given: readonly string[];
  /** Read and written, wherever it lies. */
  readonly lent: readonly string[];
  /** Files that it was started with, as its output: their size and kind are seen. */
  readonly held: readonly string[];
  /** Unix sockets it may connect to. */
  readonly sockets: readonly string[];
  /** `open`: everything; else loopback ports it may connect to. */
  readonly network: 'open' | readonly number[];
  /** Loopback ports where others find it. */
  readonly listens: readonly number[];
  /** The device of the terminal that it is started on; null: none. */
  readonly terminal: string | null;
};

export type SeatbeltProfile =
  { readonly ok: true; readonly text: string } | { readonly ok: false; readonly why: string };

/** The profile. The same places give the same text. */
export function seatbeltProfile(places: SeatbeltPlaces): SeatbeltProfile {
  const { hidden, shown, state, writable, kept, closed, given, lent, held, sockets, network, listens } = places;
  const terminal = places.terminal === null ? [] : [places.terminal];
  const named = [hidden, shown, [state], writable, kept, closed, given, lent, held, sockets, terminal].flat();
  const odd = named.find((path) => !isWritten(path));
  if (odd !== undefined)
    return { ok: false, why: `\`${odd.toWellFormed()}\` cannot be named in a rule of Seatbelt; use another path` };
  const onTheWay = unique([...shown, ...writable, ...given, ...lent].flatMap(above));
  const moves = unique(kept.flatMap((path) => between(path, writable)));
  const text = [
    '(version 1)',
    '(deny default)',
    '',
    '; processes: its own, which are in the same sandbox',
    '(allow process-exec)',
    '(allow process-fork)',
    '(allow process-info* (target same-sandbox))',
    '(allow signal (target same-sandbox))',
    '(allow sysctl-read)',
    '(allow ipc-posix-sem)',
    `(allow mach-lookup${services.map((name) => ` (global-name ${quoted(name)})`).join('')})`,
    '',
    '; terminals and the devices that every program has',
    '(allow pseudo-tty)',
    '(allow file-ioctl (literal "/dev/null") (literal "/dev/tty") (literal "/dev/ptmx") (regex #"^/dev/ttys[0-9]+$"))',
    '',
    '; files: read everywhere, but',
    '(allow file-read* file-map-executable)',
    ...rule('deny', 'file-read* file-write* file-map-executable', hidden),
    ...rule('allow', 'file-read* file-map-executable', shown),
    ...rule('deny', 'file-read* file-write* file-map-executable', [state]),
    ...rule('allow', 'file-read* file-write* file-map-executable', writable),
    ...rule('deny', 'file-write*', kept),
    ...unique(kept).map((path) => `(deny file-write* (regex #"${inAnyCase(path, writable)}(/|$)"))`),
    ...moves.map((path) => `(deny file-write-unlink file-write-create (regex #"${inAnyCase(path, writable)}$"))`),
    ...rule('deny', 'file-read* file-write* file-map-executable', closed),
    ...rule('allow', 'file-read* file-map-executable', given),
    ...rule('allow', 'file-read* file-write* file-map-executable', lent),
    ...[...onTheWay, ...held].map((path) => `(allow file-read-metadata (literal ${quoted(path)}))`),
    '(allow file-read* file-write-data (literal "/dev/null") (literal "/dev/zero") (literal "/dev/tty") (literal "/dev/ptmx") (literal "/dev/dtracehelper"))',
    ...terminal.map((path) => `(allow file-read* file-write-data file-ioctl (literal ${quoted(path)}))`),
    // Those it opened itself, and no other window of the person's.
    '(allow file-read* file-write-data (require-all (regex #"^/dev/ttys[0-9]+$") (extension "com.apple.sandbox.pty")))',
    '',
    '; network',
    ...(network === 'open'
      ? ['(allow network*)', '(allow system-socket)', `(allow mach-lookup (global-name "com.apple.trustd.agent"))`]
      : network.map((port) => `(allow network-outbound (remote ip "localhost:${String(port)}"))`)),
    ...(network === 'open' ? [] : listens).map(
      (port) => `(allow network-bind network-inbound (local ip "localhost:${String(port)}"))`,
    ),
    ...(sockets.length === 0 ? [] : ['(allow system-socket (socket-domain AF_UNIX))']),
    ...sockets.map((path) => `(allow network-outbound (remote unix-socket (path-literal ${quoted(path)})))`),
    '',
  ];
  return { ok: true, text: text.join('\n') };
}

/** Who a user is by a number, notices of the system, its log: without the first no program knows its own name. None of them starts or opens anything for who asks. */
const services = [
  'com.apple.system.opendirectoryd.libinfo',
  'com.apple.system.notification_center',
  'com.apple.system.logger',
] as const;

const rule = (word: 'allow' | 'deny', operations: string, paths: readonly string[]): readonly string[] =>
  unique(paths).map((path) => `(${word} ${operations} (subpath ${quoted(path)}))`);

/** Strings of the language have the escapes of Scheme; of control characters none is needed. */
const quoted = (text: string): string => `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
const isWritten = (path: string): boolean =>
  path.startsWith('/') && path.length > 1 && path.isWellFormed() && !/[\x00-\x1f\x7f]|\/\.{0,2}(\/|$)/.test(path);

/**
 * A path in a writable place, however what is below that is spelled: what is not there yet is compared as a program writes it, and a disk of a Mac takes upper and lower case for the same. What
 * would mean more in a regular expression, or takes several bytes, is whatever stands in its place.
 */
function inAnyCase(path: string, writable: readonly string[]): string {
  const root = writable.filter((one) => isIn(path, one)).toSorted((a, b) => b.length - a.length)[0] ?? '';
  const plain = (text: string): string =>
    text.replace(/[^a-zA-Z0-9_/ -]+/gu, (found) => (found === '.' ? '[.]' : '[^/]+'));
  const below = path
    .slice(root.length)
    .replace(/[a-zA-Z]|[^a-zA-Z0-9_/ -]+/gu, (found) =>
      /^[a-zA-Z]$/.test(found) ? `[${found.toLowerCase()}${found.toUpperCase()}]` : found === '.' ? '[.]' : '[^/]+',
    );
  return `^${plain(root)}${below}`;
}

/** Every folder above. */
function above(path: string): readonly string[] {
  const parts = path.split('/').slice(1, -1);
  return parts.map((_, index) => `/${parts.slice(0, index + 1).join('/')}`);
}

/** From a kept path up to the writable places around it, these included. */
const between = (path: string, writable: readonly string[]): readonly string[] =>
  above(path).filter((folder) => writable.some((root) => isIn(folder, root)));

const isIn = (path: string, root: string): boolean => path === root || path.startsWith(`${root}/`);
const unique = (paths: readonly string[]): readonly string[] => [...new Set(paths)];
