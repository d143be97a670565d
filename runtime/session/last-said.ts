/**
 * What an agent said last, read from its session's log: what whoever started a sub-agent gets of its work, also of one that was stopped in the middle.
 * The whole of it stays in the log; what was erased is left out.
 */

import type { Ports } from '../ports.ts';
import type { EventAt } from './orientation/events-at.ts';
import { textOf } from './orientation/events-at.ts';

/** How far back the log is read, events; and how much is handed on, characters. */
const lookBack = 400;
const most = 8_000;

/** Its messages where it left any, else what it printed, the end of it; empty where it said nothing. */
export async function lastSaid(
  { records: { journal, sessions } }: Pick<Ports, 'records'>,
  id: string,
): Promise<string> {
  const session = sessions.get(id);
  if (session === undefined) return '';
  const events = await journal.read(sessions.streamOf(id), { after: Math.max(0, session.version - lookBack) });
  let [messages, output] = ['', ''];
  for (const event of events) {
    if (typeof event.data !== 'object' || event.data === null || Array.isArray(event.data)) continue;
    const it = { ...event, data: event.data as EventAt['data'] }; // an object by the line above
    if (event.type === 'agent.said' && it.data['kind'] === 'message') messages += textOf(it, 'text');
    else if (isOutput(it)) output += textOf(it, 'text');
  }
  const said = (messages.trim() === '' ? output : messages).trim();
  return said.length <= most ? said : `…${said.slice(-most).toWellFormed()}`;
}

const isOutput = ({ type, data }: EventAt): boolean =>
  type === 'output.recorded' || type === 'output.late' || (type === 'agent.said' && data['kind'] === 'output');
