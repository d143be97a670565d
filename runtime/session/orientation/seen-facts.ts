/** What was seen of the world around a session: tests, services, connections, what came from outside. Each with its age, and whether it is so now, where looking runs nothing. */

import type { JsonValue } from '@writ/journal';
import type { Ports } from '../../ports.ts';
import type { KnownFact } from '../read-facts.ts';
import { knownFacts } from '../read-facts.ts';
import type { Fact, Visit } from './fact.ts';
import type { EventAt } from './events-at.ts';
import { eventsAt, textOf } from './events-at.ts';

const mostSeen = 12;
/** Of what a person asks first. */
const order = ['tests', 'service', 'outside', 'mcp', 'command', 'data_store', 'pin', 'terminal'];

/** The newest fact of each key. */
export async function seenFacts(ports: Ports, { session }: Visit): Promise<readonly Fact[]> {
  const kindOf = (key: string): number => order.indexOf(key.split(':')[0] ?? '');
  const wanted = session.remembered.facts
    .filter(({ key }) => kindOf(key) >= 0)
    .toSorted((a, b) => kindOf(a.key) - kindOf(b.key) || b.version - a.version)
    .slice(0, mostSeen);
  const events = await eventsAt(
    ports,
    session,
    wanted.map(({ version }) => version),
  );
  const known = await knownFacts(ports, session, events);
  return events.map((event, index) => ({
    about: 'seen',
    what: textOf(event, 'kind'),
    ...stands(event, known[index]),
    observedAt: textOf(event, 'seenAt') || event.at,
    method: textOf(event, 'method'),
    event: event.version,
    by: event.actor === 'runtime' ? null : event.actor,
  }));
}

/** What stopped listening is gone, also where that was found out before. */
function stands(event: EventAt, known: KnownFact | undefined): Pick<Fact, 'value' | 'standing'> {
  const isGone = textOf(event, 'kind') === 'service' && textOf(event, 'state') === 'gone';
  const { standing = 'unknown', now = '' } = known ?? {};
  const value = `${sentence(event)}${now === '' ? '' : `; ${now}`}`;
  return { value: value.slice(0, 240).toWellFormed(), standing: isGone ? 'changed' : standing };
}

function sentence(event: EventAt): string {
  const say = (name: string): string => textOf(event, name);
  switch (say('kind')) {
    case 'tests':
      return `${say('failed')} failing, ${say('passed')} passing (${say('runner')})${failing(event)}`;
    case 'service':
      return `${say('program')} on port ${say('port')}, ${say('state')}`;
    case 'outside':
      return `${say('source')}: ${say('subject')} is ${say('status')}. ${say('sentence')}`;
    case 'mcp':
      return `${say('server')}, ${say('tools')} tools`;
    case 'command':
      return `\`${say('command')}\` ended with ${say('exitCode') || 'no exit code'}`;
    case 'data_store':
      return `${say('engine')} at ${say('path')}, newest migration ${say('newest') || 'none'}`;
    case 'pin':
      return `${say('target')}${say('note') === '' ? '' : `: ${say('note')}`}`;
    default:
      return `${say('shell')}, ended with ${say('exitCode') || 'no exit code'}`;
  }
}

function failing({ data }: EventAt): string {
  const { failing: list } = data;
  if (!Array.isArray(list)) return '';
  const names = list.flatMap((one: JsonValue) =>
    typeof one === 'object' && one !== null && 'name' in one && typeof one.name === 'string' ? [one.name] : [],
  );
  return names.length === 0 ? '' : `: ${names.slice(0, 3).join(', ')}${names.length > 3 ? ' …' : ''}`;
}
