/** What changes what other programs do: variables they read, and settings of the shell. One that is not known to be harmless may. */

import type { ShellWord, SimpleCommand } from './shell-text.ts';

const harmless =
  /^(?:LANG|LANGUAGE|LC_[A-Z]+|TZ|TERM|COLORTERM|CI|NO_COLOR|FORCE_COLOR|CLICOLOR|COLUMNS|LINES|NODE_ENV|DEBUG|RUST_LOG|RUST_BACKTRACE|LOG_LEVEL|VERBOSE)$/;
const steering =
  /^(?:PATH|HOME|IFS|ENV|CDPATH|SHELLOPTS|BASHOPTS|PS4|PROMPT_COMMAND|EDITOR|VISUAL|PAGER|BROWSER|TMPDIR|(?:BASH|GIT|GH|LD|DYLD|NODE|NPM|PYTHON|PIP|PERL|RUBY|GEM|CARGO|JAVA|SSH|CURL|WGET|RIPGREP|LESS|HTTP|HTTPS|ALL|NO|YARN|PNPM|DOCKER)_.*|NODE|npm_.*|https?_proxy|all_proxy|no_proxy|.*_proxy)$/;

/** Whether setting `name` for a program may change what it does. */
export const maySteer = (name: string): boolean => !harmless.test(name);

/** Whether `name` is known to steer: set in the shell, it may change every later program that inherits it. */
const isSteering = (name: string): boolean => steering.test(name);

/** `set` with what only makes a script stricter or louder. */
export const plainSet = (words: readonly ShellWord[]): boolean =>
  words.every(
    ({ kind, text }) => kind === 'literal' && /^(?:[-+][euxo]+|pipefail|errexit|nounset|xtrace|--)$/.test(text),
  );

/** Built-ins that give values to the variables they are told. */
const giving = /^(?:read|local|getopts|mapfile|readarray|wait|printf)$/;

/** Whether the command changes, for whatever comes after it, what programs do. */
export function steersAll({ words, assigns }: SimpleCommand): boolean {
  const [name, ...rest] = words;
  if (name === undefined) return assigns.some(isSteering);
  if (giving.test(name.text)) return rest.some(({ text }) => isSteering(/^(?:-v)?([^=[]*)/.exec(text)?.[1] ?? ''));
  // Another name for a variable, whatever it is.
  if (/^(?:declare|typeset)$/.test(name.text) && rest.some(({ text }) => /^-[A-Za-z]*n/.test(text))) return true;
  if (/^(?:export|declare|typeset|readonly)$/.test(name.text))
    return rest.some(
      ({ kind, text }) => (kind === 'unknown' && !/^[A-Za-z_]\w*=/.test(text)) || isSteering(text.split('=')[0] ?? ''),
    );
  return /^(?:alias|enable|hash|unset|source|\.|shopt)$/.test(name.text) || (name.text === 'set' && !plainSet(rest));
}
