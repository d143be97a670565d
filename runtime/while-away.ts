/**
 * What happened at control to the mandates of work here while nobody here was listening: from the last position of control's journal that this runtime witnessed
 * to where it stands at the start. It is told to people, one item for each mission and each session outside missions, and to the sessions themselves.
 *
 * It stops nothing and lets nothing go on: by then each mandate was asked how it stands, and the work has followed.
 */

import type { Change, ControlClient } from '@writ/enforce';
import { controlApi } from '@writ/protocol';
import type { Item } from './attention/item.ts';
import { itemsAbout } from './attention/item.ts';
import { voidItems } from './attention/queue.ts';
import type { Ports } from './ports.ts';
import { itself } from './ports.ts';
import { isOver } from './session/session.ts';
import { missionView, sessionView } from './views.ts';

/** Work that was under way, as it was found at the start. */
export type Work = {
  readonly project: string;
  readonly mission: string | null;
  readonly session: string | null;
  readonly mandate: string;
};

/** How long the changes of the time away are waited for; what is not heard by then is not told. */
const listenMs = 20_000;
/** The most changes one item names; of more, the newest. */
const mostNamed = 8;
const deepest = 32;

/** Everything bound to a mandate that is not over. */
export function workUnderWay({ records }: Pick<Ports, 'records'>): readonly Work[] {
  const missions = records.missions
    .all()
    .flatMap(({ id, project, mandate, state }): readonly Work[] =>
      mandate === null || state.name === 'inert' || state.name === 'ended'
        ? []
        : [{ project, mission: id, session: null, mandate }],
    );
  const sessions = records.sessions
    .all()
    .flatMap((session): readonly Work[] =>
      session.mandate === null || session.mission !== null || isOver(session)
        ? []
        : [{ project: session.project, mission: null, session: session.id, mandate: session.mandate }],
    );
  return [...missions, ...sessions];
}

/** The changes of mandates after `after`, up to where control stands now, oldest first. */
export async function changesSince(
  control: ControlClient,
  after: number,
  until: number,
  closing: AbortSignal,
): Promise<readonly Change[]> {
  if (after >= until) return [];
  const heard: Change[] = [];
  const over = new AbortController();
  const signal = AbortSignal.any([over.signal, closing, AbortSignal.timeout(listenMs)]);
  const watching = control.watch({
    after,
    signal,
    onChange(change) {
      if (change.type in said && change.position <= until) heard.push(change);
    },
    onHeard(position) {
      if (position === null || position >= until) over.abort();
    },
    // Control has not what was witnessed any more, and says so itself: it was restored.
    onGap: () => undefined,
  });
  await watching.done;
  return heard;
}

/** Tells of `changes` whoever they concern. `work`: as it was when the runtime started. */
export async function tellWhatChanged(ports: Ports, work: readonly Work[], changes: readonly Change[]): Promise<void> {
  for (const one of changes.length === 0 ? [] : work) {
    const chain = await chainAbove(ports, one.mandate);
    const own = changes.filter(({ stream }) => chain.has(stream.slice('mandate-'.length)));
    if (own.length === 0) continue;
    const sentence = own.slice(-mostNamed).map(inWords).join('; ');
    // What this runtime had still heard of before it ended, and was told of then, is not told again.
    if (noticesOf(ports, one).some((item) => item.ask.includes(sentence))) continue;
    await tellSessions(ports, one, sentence);
    await openNotice(ports, one, `while the runtime was away ${sentence}; ${standing(ports, one)}`);
  }
}

async function tellSessions({ records }: Ports, { mission, session }: Work, sentence: string): Promise<void> {
  const own = session === null ? undefined : records.sessions.get(session);
  const concerned = mission !== null ? records.sessions.under(mission) : own === undefined ? [] : [own];
  for (const each of concerned) {
    if (isOver(each)) continue;
    const told = { type: 'session.told', data: { sentence, words: [] } } as const;
    await records.sessions.record(each.id, [told], itself);
  }
}

const noticesOf = ({ records }: Ports, work: Work): readonly Item[] =>
  itemsAbout(records.items, work).filter(({ kind }) => kind === 'notice');

/** One at a time: what was said before is part of the past. */
async function openNotice(ports: Ports, work: Work, ask: string): Promise<void> {
  const { records, newId } = ports;
  const { project, mission, session, mandate } = work;
  await voidItems(ports, noticesOf(ports, work), 'the runtime was away again since');
  const options = [{ key: 'seen', label: 'seen', consequence: 'it goes away' }];
  const data = { kind: 'notice', ask, options, recommendation: null, approval: null } as const;
  await records.items.create(
    newId('q'),
    [{ type: 'item.opened', data: { ...data, project, mission, task: null, session, mandate } }],
    project,
    itself,
  );
}

/** How the work stands now that it has followed. */
function standing({ records, now }: Ports, { mission, session }: Work): string {
  const found = mission === null ? undefined : records.missions.get(mission);
  const of = session === null ? undefined : records.sessions.get(session);
  const view =
    found !== undefined
      ? missionView(found, { items: 0, asking: new Set() }, now())
      : of === undefined
        ? null
        : sessionView(of);
  if (view === null) return 'nothing is left of it';
  const what = found === undefined ? 'session' : 'mission';
  const because = view.stateDetail === '' ? '' : `: ${view.stateDetail}`;
  return `${what} \`${view.id}\` is ${view.state} now${because}`;
}

/** The mandate and all above it, those it took the place of included. */
async function chainAbove({ control }: Ports, mandate: string): Promise<ReadonlySet<string>> {
  const chain = new Set<string>();
  for (let next: string | null = mandate; next !== null && chain.size < deepest;) {
    chain.add(next);
    const found: Awaited<ReturnType<typeof ask>> = await ask(next);
    next = found.ok ? found.value.parent : null;
  }
  return chain;

  function ask(id: string) {
    return control.call(controlApi.getMandate, { params: { id } });
  }
}

/** What is said of a change; of other types nothing is. */
const said: Readonly<Record<string, string>> = {
  'mandate.suspended': 'was suspended',
  'mandate.reinstated': 'was reinstated',
  'mandate.narrowed': 'was narrowed',
  'mandate.shortened': 'was given an earlier end',
  'mandate.lowered': 'was given lower budgets',
  'mandate.superseded': 'was replaced by an extension',
  'mandate.revoked': 'was revoked',
  'mandate.expired': 'expired',
  'mandate.completed': 'was completed',
};

function inWords({ type, stream, at, actor, data }: Change): string {
  const why = reasonIn(data);
  const mandate = stream.slice('mandate-'.length);
  return `\`${mandate}\` ${said[type] ?? 'changed'} by ${actor} at ${at}${why === '' ? '' : ` (${why})`}`;
}

function reasonIn(data: unknown): string {
  if (typeof data !== 'object' || data === null) return '';
  if ('reason' in data && typeof data.reason === 'string') return data.reason;
  return 'cause' in data ? reasonIn(data.cause) : '';
}
