/** What `curl`, `wget` and `gh` ask of the network, from their words. What they write on disk is told too; what cannot be read is sent somewhere unknown. */

import { hasOption, readArguments } from './options.ts';
import type { ShellWord } from './shell-text.ts';

export type NetworkEffect =
  | { readonly kind: 'gets' | 'sends'; readonly url: string }
  | { readonly kind: 'writes' | 'reads'; readonly file: ShellWord }
  | { readonly kind: 'opens_pull_request' | 'updates_pull_request' | 'merges' | 'publishes' }
  | { readonly kind: 'unplaced' };

/** An address nobody can be given authority over. */
export const unreadableUrl = 'https://unreadable.invalid/';

const curlValued = [
  '-X',
  '--request',
  '-d',
  '--data',
  '--data-raw',
  '--data-binary',
  '--data-urlencode',
  '--data-ascii',
  '--json',
  '-F',
  '--form',
  '--form-string',
  '-T',
  '--upload-file',
  '-H',
  '--header',
  '-o',
  '--output',
  '--output-dir',
  '-A',
  '--user-agent',
  '-e',
  '--referer',
  '-u',
  '--user',
  '-b',
  '--cookie',
  '-c',
  '--cookie-jar',
  '-m',
  '--max-time',
  '--connect-timeout',
  '--retry',
  '--retry-delay',
  '-w',
  '--write-out',
  '-K',
  '--config',
  '-x',
  '--proxy',
  '--url',
  '-D',
  '--dump-header',
  '--cacert',
  '-E',
  '--cert',
  '--key',
  '--resolve',
  '--connect-to',
  '--unix-socket',
  '-C',
  '-r',
  '--range',
  '--trace',
  '--trace-ascii',
  '--stderr',
  '-Q',
  '--quote',
  '--limit-rate',
  '-y',
  '-Y',
  '-z',
  '--interface',
  '--socks5',
  '--socks5-hostname',
  '--netrc-file',
  '--hsts',
  '--alt-svc',
  '--libcurl',
  '--etag-save',
  '--etag-compare',
  '--max-redirs',
  '--proto',
  '--aws-sigv4',
  '--oauth2-bearer',
  '--variable',
  '--expand-url',
  '-P',
  '-t',
];
/** With these it goes elsewhere than its address says, or reads what to do from somewhere. */
const curlSteering = [
  '-K',
  '--config',
  '-x',
  '--proxy',
  '--resolve',
  '--connect-to',
  '--unix-socket',
  '--abstract-unix-socket',
  '--socks5',
  '--socks5-hostname',
  '--socks4',
  '-Q',
  '--quote',
  '--variable',
  '--expand-url',
  '--preproxy',
  '--doh-url',
  '--proxy-header',
  '--socks4a',
  '--proxy1.0',
  '--dns-servers',
  '--output-dir',
  '-n',
  '--netrc-optional',
  '--engine',
  '-:',
  '--next',
];
const curlSending = [
  '-d',
  '--data',
  '--data-raw',
  '--data-binary',
  '--data-urlencode',
  '--data-ascii',
  '--json',
  '-F',
  '--form',
  '--form-string',
  '-T',
  '--upload-file',
];
const curlWriting = [
  '-o',
  '--output',
  '-c',
  '--cookie-jar',
  '-D',
  '--dump-header',
  '--trace',
  '--trace-ascii',
  '--stderr',
  '--hsts',
  '--alt-svc',
  '--libcurl',
  '--etag-save',
];
const safeMethods = /^(?:GET|HEAD|OPTIONS)$/i;

/** The effects of `curl` with `words` after it. */
export function curlEffects(words: readonly ShellWord[]): readonly NetworkEffect[] {
  const given = readArguments(words, new Set(curlValued));
  const { options, operands, isOpen } = given;
  const values = (names: readonly string[]): readonly ShellWord[] =>
    options.filter(({ name }) => names.includes(name)).flatMap(({ value }) => value ?? []);
  const method = values(['-X', '--request']);
  const body = values(curlSending);
  const sends =
    isOpen ||
    (body.length > 0 &&
      (!hasOption(given, ['-G', '--get']) || given.options.some(({ name }) => name === '--no-get'))) ||
    method.some(({ kind, text }) => kind !== 'literal' || !safeMethods.test(text)) ||
    hasOption(given, ['-T', '--upload-file']);
  const kind = sends ? 'sends' : 'gets';
  const urls = [...operands, ...values(['--url'])].map(urlOf);
  const read = [...body, ...values(['-H', '--header'])].flatMap(({ kind: known, text }) =>
    known === 'literal' ? fileIn(text) : [],
  );
  const reached = [...options, ...(given.isCut ? [{ name: '--', value: null }] : [])].some(
    ({ name, value }) =>
      name === '--' ||
      name.startsWith('--expand-') ||
      // `%output{file}` writes one.
      (/^(?:-w|--write-out)$/.test(name) && (value?.kind !== 'literal' || /%output|^@/.test(value.text))) ||
      // Without a `=` it is a file.
      (/^(?:-b|--cookie)$/.test(name) && !(value?.text.includes('=') ?? false)) ||
      name === '--netrc',
  );
  const upload = values(['-T', '--upload-file', '-E', '--cert', '--key', '--cacert', '--netrc-file']);
  return [
    ...(urls.length === 0 ? [unreadableUrl] : urls).map((url) => ({ kind, url }) as const),
    ...values(curlWriting).map((file) => ({ kind: 'writes', file }) as const),
    ...(hasOption(given, ['-O', '--remote-name', '--remote-name-all', '-J', '--remote-header-name', '--output-dir'])
      ? [{ kind: 'writes', file: { kind: 'literal', text: '.' } } as const]
      : []),
    ...[...read, ...upload].map((file) => ({ kind: 'reads', file }) as const),
    ...(isOpen || reached || hasOption(given, curlSteering)
      ? [{ kind: 'sends', url: unreadableUrl } as const, { kind: 'unplaced' } as const]
      : []),
  ];
}

/** `@file`, `name=@file` and `name@file`: what is sent is read from there. */
function fileIn(text: string): readonly ShellWord[] {
  const path = /^(?:[^=@]*=)?[@<](.+)$/.exec(text)?.[1] ?? /^[\w.-]+@(.+)$/.exec(text)?.[1];
  return path === undefined || path === '-' ? [] : [{ kind: 'literal', text: path.replace(/;.*$/, '') }];
}

const wgetValued = [
  '-O',
  '--output-document',
  '-o',
  '--output-file',
  '-P',
  '--directory-prefix',
  '--header',
  '--post-data',
  '--post-file',
  '--method',
  '--body-data',
  '--body-file',
  '-U',
  '--user-agent',
  '-T',
  '-t',
  '--timeout',
  '--tries',
  '-i',
  '--input-file',
  '-e',
  '--execute',
  '--config',
  '-a',
  '-Q',
  '-l',
  '-A',
  '-R',
  '-D',
];

/** With any other it writes, runs or fetches more than is read here. */
const wgetKnown: ReadonlySet<string> = new Set([
  ...[
    '-O',
    '--output-document',
    '-o',
    '--output-file',
    '-P',
    '--directory-prefix',
    '-a',
    '--header',
    '-U',
    '--user-agent',
  ],
  ...['--post-data', '--post-file', '--method', '--body-data', '--body-file', '-T', '-t', '--timeout', '--tries'],
  ...['-q', '--quiet', '-v', '--verbose', '-nv', '--no-verbose', '--show-progress', '-c', '--continue', '-N', '-S'],
  ...['-n', '-d', '--no-check-certificate', '--spider', '--https-only', '-4', '-6', '--no-config', '--no-cookies'],
]);

/** The effects of `wget` with `words` after it. */
export function wgetEffects(words: readonly ShellWord[]): readonly NetworkEffect[] {
  const given = readArguments(words, new Set(wgetValued));
  const { options, operands, isOpen } = given;
  const values = (names: readonly string[]): readonly ShellWord[] =>
    options.filter(({ name }) => names.includes(name)).flatMap(({ value }) => value ?? []);
  const sends = isOpen || hasOption(given, ['--post-data', '--post-file', '--method', '--body-data', '--body-file']);
  const output = values(['-O', '--output-document', '-P', '--directory-prefix', '-o', '--output-file', '-a']);
  const toScreen = values(['-O', '--output-document']).some(({ text }) => text === '-');
  return [
    ...(operands.length === 0 ? [unreadableUrl] : operands.map(urlOf)).map(
      (url) => ({ kind: sends ? 'sends' : 'gets', url }) as const,
    ),
    ...output.filter(({ text }) => text !== '-').map((file) => ({ kind: 'writes', file }) as const),
    ...(output.length === 0 && !toScreen ? [{ kind: 'writes', file: { kind: 'literal', text: '.' } } as const] : []),
    ...values(['--post-file', '--body-file']).map((file) => ({ kind: 'reads', file }) as const),
    ...(isOpen || given.isCut || !options.every(({ name }) => wgetKnown.has(name))
      ? [{ kind: 'sends', url: unreadableUrl } as const, { kind: 'unplaced' } as const]
      : []),
  ];
}

/** The address as a resource: without what comes after its path, which may hold anything. */
function urlOf({ kind, text }: ShellWord): string {
  // curl and wget take patterns, and names without a scheme; only a plain address is believed. A `?` of its query is a pattern only to the shell.
  const isPlain = kind === 'literal' || (kind === 'glob' && /^https?:\/\/[A-Za-z0-9.:-]+\/[^*]*$/i.test(text));
  if (!isPlain || !/^https?:\/\//i.test(text) || /[{}[\]\\^`|<>"\s]/.test(text) || !URL.canParse(text))
    return unreadableUrl;
  const { protocol, host, pathname, username, password } = new URL(text);
  return username !== '' || password !== '' ? unreadableUrl : `${protocol}//${host}${pathname}`;
}

const ghReading: Readonly<Record<string, readonly string[]>> = {
  pr: ['view', 'list', 'diff', 'status', 'checks'],
  issue: ['view', 'list', 'status'],
  run: ['view', 'list', 'watch'],
  repo: ['view', 'list'],
  release: ['view', 'list'],
  workflow: ['view', 'list'],
  search: ['prs', 'issues', 'code', 'repos', 'commits'],
};

/** The effects of GitHub's `gh` with `words` after it. */
export function ghEffects(words: readonly ShellWord[]): readonly NetworkEffect[] {
  const given = readArguments(
    words,
    new Set([
      '-R',
      '--repo',
      '-t',
      '--title',
      '-b',
      '--body',
      '-F',
      '--body-file',
      '-B',
      '--base',
      '-H',
      '--head',
      '-X',
      '--method',
      '-f',
      '--field',
      '--raw-field',
      '-q',
      '--jq',
      '--json',
      '-L',
      '--limit',
      '-l',
      '--label',
      '-a',
      '--assignee',
      '-r',
      '--reviewer',
      '--input',
      '--hostname',
      '--cache',
      '--template',
      '-p',
      '--preview',
    ]),
  );
  const [area, what] = given.operands;
  const anything: NetworkEffect[] = [{ kind: 'sends', url: 'https://api.github.com/' }, { kind: 'unplaced' }];
  if (area?.kind !== 'literal') return anything;
  const files = given.options
    .filter(({ name }) => (name === '-F' && area.text !== 'api') || name === '--body-file' || name === '--input')
    .flatMap(({ value }) => (value === null || value.text === '-' ? [] : [{ kind: 'reads', file: value } as const]));
  if (area.text === 'api') {
    const isGet =
      !given.isOpen &&
      what?.kind === 'literal' &&
      !given.options.some(({ name }) =>
        ['-X', '--method', '-f', '-F', '--field', '--raw-field', '--input', '--hostname', '-H', '--header'].includes(
          name,
        ),
      ) &&
      !given.isCut &&
      !/^\/*graphql|:\/\//.test(what.text);
    return isGet
      ? [{ kind: 'gets', url: `https://api.github.com/${what.text.replace(/^\/+/, '').replace(/[?#].*$/, '')}` }]
      : [...anything, ...files];
  }
  if (what?.kind !== 'literal') return anything;
  // In another repository, or with a branch deleted beside it, it is more than its name says.
  const isMore = given.options.some(({ name }) =>
    ['-R', '--repo', '-d', '--delete-branch', '-w', '--web'].includes(name),
  );
  if (isMore && !(ghReading[area.text] ?? []).includes(what.text)) {
    const said = area.text === 'pr' && what.text === 'merge' ? [{ kind: 'merges' } as const] : [];
    return [...said, ...anything, ...files];
  }
  if (area.text === 'pr' && what.text === 'create') return [{ kind: 'opens_pull_request' }, ...files];
  if (area.text === 'pr' && what.text === 'merge') return [{ kind: 'merges' }];
  if (area.text === 'pr' && ['edit', 'comment', 'ready', 'review', 'reopen', 'close'].includes(what.text))
    return [{ kind: 'updates_pull_request' }, ...files];
  if (area.text === 'release' && !(ghReading['release'] ?? []).includes(what.text)) return [{ kind: 'publishes' }];
  const reads =
    Object.hasOwn(ghReading, area.text) &&
    (ghReading[area.text] ?? []).includes(what.text) &&
    !given.options.some(({ name }) => name === '-w' || name === '--web');
  return reads ? [{ kind: 'gets', url: 'https://api.github.com/' }] : anything;
}
