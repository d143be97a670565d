/**
 * What listens for the sessions here: seen, adopted by a person, or ended with the session it was started in. Nothing is ever started again by this: a service that is gone is said to be gone.
 *
 * INVARIANT: only a process that was started in a session which is over, and that nobody adopted, is ended by itself (aws/agentcore-cli#1440); whatever else listens is left alone.
 */

import { enforcerApi } from '@writ/protocol';
import type { By } from '../log.ts';
import type { Ports } from '../ports.ts';
import { itself } from '../ports.ts';
import type { Result } from '../refusal.ts';
import { accept, refuse, reject } from '../refusal.ts';
import { factAt, recordFact } from './look-around.ts';
import type { Session } from './session.ts';
import { isOver } from './session.ts';
import type { ServiceFact } from './workspace-fact.ts';

export type Service = ServiceFact & { readonly session: string };

type Listed = (typeof enforcerApi.listServices.reply)['_zod']['output']['items'][number];

const serviceOf = ({
  port,
  address,
  pid,
  start_time: startTime,
  program,
  run,
}: Listed): Omit<ServiceFact, 'state'> => ({
  ...{ kind: 'service' as const, service: `v-${String(port)}-${String(pid)}`, port, address, pid, startTime, program },
  // The marker of a session at a terminal is its own id.
  run,
});

/** What listens now, of sessions that are known here. Null where the enforcer cannot be asked. */
export async function servicesNow(ports: Ports): Promise<readonly Service[] | null> {
  const listed = await ports.enforcer.call(enforcerApi.listServices);
  if (!listed.ok) return null;
  const found: Service[] = [];
  for (const item of listed.value.items) {
    if (ports.records.sessions.get(item.session) === undefined) continue;
    const service = serviceOf(item);
    const known = await knownFact(ports, item.session, service.service);
    const isAdopted = known?.state === 'adopted' && known.startTime === service.startTime;
    found.push({ ...service, state: isAdopted ? 'adopted' : 'listening', session: item.session });
  }
  return found;
}

async function knownFact(ports: Ports, session: string, service: string): Promise<ServiceFact | null> {
  const fact = await factAt(ports, session, `service:${service}`);
  return fact?.kind === 'service' ? fact : null;
}

/** Records what is new of it, ends what outlived its session, and says what is gone. */
export async function sweepServices(ports: Ports): Promise<void> {
  const now = await servicesNow(ports);
  if (now === null) return;
  for (const service of now) {
    const session = ports.records.sessions.get(service.session);
    await note(ports, service, service.state);
    if (session !== undefined && isOver(session) && service.state === 'listening')
      await end(ports, service, 'its session is over', itself);
  }
  for (const session of ports.records.sessions.all()) await noteGone(ports, session, now);
}

async function noteGone(ports: Ports, session: Session, now: readonly Service[]): Promise<void> {
  for (const { key } of session.remembered.facts) {
    if (!key.startsWith('service:') || now.some(({ service }) => `service:${service}` === key)) continue;
    const known = await factAt(ports, session.id, key);
    if (known?.kind !== 'service' || (known.state !== 'listening' && known.state !== 'adopted')) continue;
    await note(ports, { ...known, session: session.id }, 'gone');
  }
}

function note(
  ports: Ports,
  { session, ...service }: Service,
  state: ServiceFact['state'],
  by: By = itself,
): Promise<boolean> {
  const { kind, service: name, port, address, pid, startTime, program, run } = service;
  const fact = { kind, service: name, port, address, pid, startTime, program, run, state };
  return recordFact(ports, session, fact, { method: 'the table of processes' }, by);
}

async function end(ports: Ports, service: Service, why: string, by: By): Promise<boolean> {
  const { pid, startTime, session } = service;
  const ended = await ports.enforcer.call(enforcerApi.endService, {
    body: { pid, start_time: startTime, session, why },
  });
  if (!ended.ok || !ended.value.gone) return false;
  await note(ports, service, 'reaped', by);
  return true;
}

/** A person takes it over, or has it ended. */
export async function actOnService(
  ports: Ports,
  name: string,
  act: 'adopt' | 'reap',
  by: By,
): Promise<Result<Service>> {
  const now = await servicesNow(ports);
  if (now === null)
    return reject(
      refuse('unreachable', 'the enforcer cannot be asked what listens', 'see whether it is up: `writ doctor`'),
    );
  const service = now.find((one) => one.service === name);
  if (service === undefined)
    return reject(refuse('not_found', `nothing called \`${name}\` listens`, '`writ services` lists what does'));
  if (act === 'adopt') {
    await note(ports, service, 'adopted', by);
    return accept({ ...service, state: 'adopted' });
  }
  if (!(await end(ports, service, 'a person ended it', by)))
    return reject(refuse('conflict', `process ${String(service.pid)} did not end`, 'end it yourself'));
  return accept({ ...service, state: 'reaped' });
}
