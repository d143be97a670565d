/**
 * What the operating system refuses, in a person's words: a full disk, a taken port, a folder that is not theirs. Such a refusal is no bug of
 * ours, and never said to be one.
 *
 * Codes are those of errno(3) and of getaddrinfo(3), as Node spells them. Pure.
 */

import type { ProblemWire } from '@writ/protocol';
import { problem } from './exit.ts';

type Said = { readonly what: string; readonly wayOut: string };

/** The problem `error` is; undefined when it is not the system's word, or one nobody can act on. */
export function systemProblem(error: unknown): ProblemWire | undefined {
  if (!(error instanceof Error)) return undefined;
  // The journal's own refusals end in their way out.
  if (error.name === 'JournalError') {
    const at = error.message.lastIndexOf('; ');
    const [what, wayOut] =
      at === -1 ? [error.message, null] : [error.message.slice(0, at), error.message.slice(at + '; '.length)];
    return problem('store', 500, what, wayOut);
  }
  const said = wordsFor(error);
  return said === undefined ? undefined : problem('system', 500, said.what, said.wayOut);
}

/** `error` as one sentence without a way out, for inside another sentence. */
export const systemSentence = (error: unknown): string =>
  systemProblem(error)?.detail ?? (error instanceof Error ? error.message : String(error));

function wordsFor(error: Error): Said | undefined {
  const of = (name: string): string => {
    const value: unknown = Object.entries(error).find(([key]) => key === name)?.[1];
    return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
  };
  const path = of('path');
  const where = path === '' ? '' : ` \`${path}\``;
  switch (of('code')) {
    case 'ENOSPC':
    case 'EDQUOT':
      return {
        what: `the disk${path === '' ? '' : ` that holds${where}`} is full`,
        wayOut: 'make room on it and try again; what was recorded is still there',
      };
    case 'EFBIG':
      return {
        what: `a file${where} may not grow further here`,
        wayOut: 'raise the limit (`ulimit -f` shows it) and try again',
      };
    case 'EROFS':
      return { what: `${where.trim() || 'a file'} is on a disk that cannot be written`, wayOut: 'name another folder' };
    case 'EACCES':
    case 'EPERM':
      return {
        what: of('syscall') === 'listen' ? `you may not listen on port ${of('port')}` : `you may not use${where}`,
        wayOut:
          of('syscall') === 'listen'
            ? 'use a port from 1024 on'
            : 'make it yours (`ls -ld` shows whose it is), or name another',
      };
    case 'ENOTDIR':
    case 'EEXIST':
      return { what: `${where.trim()} is a file where a folder is needed`, wayOut: 'name another folder' };
    case 'EMFILE':
    case 'ENFILE':
      return { what: 'there are too many open files', wayOut: 'close programs, or raise the limit (`ulimit -n`)' };
    case 'EADDRINUSE':
      return {
        what: `port ${of('port')} on ${of('address')} is taken by another program`,
        wayOut: 'choose another with `--port`, or leave it out for a free one',
      };
    case 'EADDRNOTAVAIL':
      return { what: `this machine has no address \`${of('address')}\``, wayOut: 'leave `--host` out for 127.0.0.1' };
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return { what: `there is no host \`${of('hostname')}\``, wayOut: 'leave `--host` out for 127.0.0.1' };
    default:
      return undefined;
  }
}
