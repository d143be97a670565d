/**
 * The addresses of a PostgreSQL store. A connection string may name several servers, `postgres://user:secret@one:5432,two:5432/writ`, of which one takes writes at a time:
 * a primary and the replicas that can take its place (as in libpq, https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-MULTIPLE-HOSTS).
 */
import { JournalError } from '../errors.ts';

/** True for what names a PostgreSQL store rather than a file. */
export function isPostgresUrl(text: string): boolean {
  return /^postgres(?:ql)?:\/\//.test(text);
}

/** One connection string for each server, in the order given. Throws a `JournalError` of kind `input`; the message never repeats the string, which may hold a password. */
export function serversOf(url: string): readonly string[] {
  const parts = /^(postgres(?:ql)?:\/\/(?:[^@/]*@)?)([^/?]+)(.*)$/.exec(url);
  const [, before = '', hosts = '', after = ''] = parts ?? [];
  const servers = hosts.split(',').map((host) => `${before}${host}${after}`);
  if (!parts || !servers.every((server) => URL.canParse(server))) {
    throw new JournalError(
      'input',
      'the store is no PostgreSQL connection string; give `postgres://user@host:5432/database`',
    );
  }
  return servers;
}

/** The store as it may be shown: without user, password and options. */
export function placeOf(url: string): string {
  return serversOf(url)
    .map((server) => {
      const { host, pathname } = new URL(server);
      return `${host}${pathname}`;
    })
    .join(', ');
}
