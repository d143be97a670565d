/**
 * How a subject identifier (RFC 9493) is written in the name of a subject: `ada@example.com`, `https://idp.example#ada`, `abc123`. Pure.
 *
 * INVARIANT: two identifiers that differ in their format or in any member have different names. A mail address has an `@` and no `:` or `#`; an issuer
 * and subject are joined by the only `#`; a telephone number begins with `+`; a URI has a `:`; an opaque id has none of these. Only an issuer has a `/`,
 * so that what comes after a name is never taken for part of it.
 */

import type { JsonValue } from '@writ/protocol';
import { listAt, textAt } from '../fields.ts';

/** The names of what the identifier stands for: several for one that gives aliases; none for a format that is not known. */
export function namesOf(identifier: JsonValue | undefined): readonly string[] {
  const format = textAt(identifier, 'format');
  if (format === 'aliases') {
    // RFC 9493 forbids aliases within aliases.
    return (listAt(identifier, 'identifiers') ?? [])
      .filter((one) => textAt(one, 'format') !== 'aliases')
      .flatMap((one) => namesOf(one));
  }
  const name = nameOf(format, identifier);
  return name === undefined ? [] : [name];
}

function nameOf(format: string | undefined, identifier: JsonValue | undefined): string | undefined {
  const text = (name: string): string | undefined => textAt(identifier, name);
  switch (format) {
    case 'email':
      return emailName(text('email'));
    case 'iss_sub':
      return pairName(text('iss'), text('sub'));
    case 'opaque':
      return text('id') === undefined ? undefined : plain(text('id') ?? '');
    case 'phone_number':
      return /^\+[0-9]{3,15}$/.test(text('phone_number') ?? '') ? text('phone_number') : undefined;
    case 'account':
      return uriName(text('uri'), 'acct:');
    case 'did':
      return uriName(text('url'), 'did:');
    case 'uri':
      return uriName(text('uri'), '');
    default:
      return undefined;
  }
}

/** Letters, digits and `-_.!~*'()`. */
const plain = (text: string): string => encodeURIComponent(text);

/** Mail addresses that differ in case alone reach one person. */
function emailName(email: string | undefined): string | undefined {
  const at = email?.lastIndexOf('@') ?? -1;
  if (email === undefined || at < 1 || at === email.length - 1) return undefined;
  const [local, domain] = [email.slice(0, at), email.slice(at + 1)].map((part) =>
    plain(part.toLowerCase()).replaceAll('%2B', '+'),
  );
  return `${local ?? ''}@${domain ?? ''}`;
}

const pairName = (issuer: string | undefined, subject: string | undefined): string | undefined =>
  issuer === undefined || subject === undefined ? undefined : `${uri(issuer)}#${plain(subject).replaceAll('%40', '@')}`;

const uriName = (text: string | undefined, scheme: string): string | undefined =>
  text?.startsWith(scheme) === true && text.includes(':') ? uri(text).replaceAll('/', '%2F') : undefined;

/** A URI as it is, and nothing in it that would end it in a name. */
const uri = (text: string): string => encodeURI(text).replaceAll('#', '%23');
