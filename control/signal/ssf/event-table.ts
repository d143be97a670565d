/**
 * What security events say about people, devices and sessions, as a table: which event leaves which reading on which subject. Pure.
 * Follows CAEP 1.0 and RISC 1.0 of the OpenID Shared Signals Framework, for the events both define today.
 *
 * It refuses to guess: an event it does not know, a subject it cannot name, and a value the specification does not have say nothing.
 */

import type { JsonValue } from '@writ/protocol';
import { member, textAt } from '../fields.ts';
import { namesOf } from './subject-name.ts';

const caep = 'https://schemas.openid.net/secevent/caep/event-type/';
const risc = 'https://schemas.openid.net/secevent/risc/event-type/';
const ssf = 'https://schemas.openid.net/secevent/ssf/event-type/';

/** The members of a complex subject that stand for somebody, and how subjects begin that are about them. */
const principals = { user: 'person', device: 'device', session: 'session' } as const;
type Principal = keyof typeof principals;

type Row = {
  readonly event: string;
  /** Whom it is about: the first of these that the subject names. A simple subject is the first that it can be. */
  readonly about: readonly Principal[] | ((body: JsonValue) => readonly Principal[]);
  /** What of them, as the end of the subject's name. */
  readonly facet: Readonly<Partial<Record<Principal, string>>>;
  /** Undefined: it does not say what it should. */
  readonly value: (body: JsonValue) => string | undefined;
};

const always = (value: string) => (): string => value;
const oneOf =
  (name: string, ...values: readonly string[]) =>
  (body: JsonValue): string | undefined => {
    const value = textAt(body, name);
    return value !== undefined && (values.length === 0 || values.includes(value)) ? value : undefined;
  };

const sessions = { session: '', user: '/sessions', device: '/sessions' } as const;
const account = (event: string, value: string): Row => ({
  event: `${risc}${event}`,
  about: ['user'],
  facet: { user: '/account' },
  value: always(value),
});

const riskOf: Readonly<Record<string, Principal>> = { USER: 'user', DEVICE: 'device', SESSION: 'session' };

const rows: readonly Row[] = [
  {
    event: `${caep}session-revoked`,
    about: ['session', 'user', 'device'],
    facet: sessions,
    value: always('revoked'),
  },
  {
    event: `${caep}session-established`,
    about: ['session', 'user', 'device'],
    facet: sessions,
    value: always('established'),
  },
  {
    event: `${caep}credential-change`,
    about: ['user'],
    facet: { user: '/credentials' },
    value: oneOf('change_type', 'create', 'revoke', 'update', 'delete'),
  },
  {
    event: `${caep}assurance-level-change`,
    about: ['user'],
    facet: { user: '/assurance' },
    value: oneOf('current_level'),
  },
  {
    event: `${caep}device-compliance-change`,
    about: ['device'],
    facet: { device: '/compliance' },
    value: oneOf('current_status', 'compliant', 'not-compliant'),
  },
  {
    event: `${caep}risk-level-change`,
    about: (body) => [riskOf[textAt(body, 'principal') ?? ''] ?? []].flat(),
    facet: { user: '/risk', device: '/risk', session: '/risk' },
    value: oneOf('current_level', 'LOW', 'MEDIUM', 'HIGH'),
  },
  {
    event: `${risc}credential-compromise`,
    about: ['user'],
    facet: { user: '/credentials' },
    value: always('compromised'),
  },
  {
    event: `${risc}account-credential-change-required`,
    about: ['user'],
    facet: { user: '/credentials' },
    value: always('change-required'),
  },
  { event: `${risc}sessions-revoked`, about: ['user'], facet: { user: '/sessions' }, value: always('revoked') },
  account('account-disabled', 'disabled'),
  account('account-enabled', 'enabled'),
  account('account-purged', 'purged'),
];

export type EventFacts =
  | { readonly kind: 'says'; readonly facts: readonly { readonly subject: string; readonly value: string }[] }
  | { readonly kind: 'nothing'; readonly why: string };

/** What the event `uri` with `body`, about `subject` (the SET's `sub_id`), says; `source` is the source's id. */
export function saidByEvent(uri: string, body: JsonValue, subject: JsonValue | undefined, source: string): EventFacts {
  const nothing = (why: string): EventFacts => ({ kind: 'nothing', why });
  if (uri === `${ssf}verification`) {
    const state = textAt(body, 'state');
    return nothing(`the stream works${state === undefined ? '' : `; its state is \`${state}\``}`);
  }
  if (uri === `${ssf}stream-updated`) {
    const status = oneOf('status', 'enabled', 'paused', 'disabled')(body);
    return status === undefined
      ? nothing('it does not say what it should')
      : { kind: 'says', facts: [{ subject: `stream:${source}`, value: status }] };
  }
  const row = rows.find(({ event }) => event === uri);
  if (row === undefined) return nothing('no subject depends on this event');
  const value = row.value(body);
  if (value === undefined) return nothing('it does not say what it should');
  const about = typeof row.about === 'function' ? row.about(body) : row.about;
  const facts = namedIn(subject, about).flatMap(({ principal, names }) => {
    const facet = row.facet[principal];
    return facet === undefined
      ? []
      : names.map((name) => ({ subject: `${principals[principal]}:${name}${facet}`, value }));
  });
  return facts.length === 0 ? nothing('its subject is none that can be named here') : { kind: 'says', facts };
}

type Named = { readonly principal: Principal; readonly names: readonly string[] };

/**
 * Whom the subject names. A session is named by itself; where a subject tells of a user and a device, what happened to the one on the other is taken
 * as having happened to both.
 */
function namedIn(subject: JsonValue | undefined, about: readonly Principal[]): readonly Named[] {
  if (textAt(subject, 'format') !== 'complex') {
    const isOpaque = textAt(subject, 'format') === 'opaque';
    // A session has no format but an opaque one, and nobody else is meant where one can be.
    const principal = about.find((one) => one !== 'session' || isOpaque);
    return principal === undefined ? [] : [{ principal, names: namesOf(subject) }];
  }
  const named = about
    .map((principal) => ({ principal, names: namesOf(member(subject, principal)) }))
    .filter(({ names }) => names.length > 0);
  const session = named.find(({ principal }) => principal === 'session');
  return session === undefined ? named : [session];
}

/** The last part of an event's URI, as it is shown. */
export const shortName = (uri: string): string => uri.slice(uri.lastIndexOf('/') + 1).slice(0, 64);
