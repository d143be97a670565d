/**
 * Events in sentences: one table from an event's type to what a person reads. Pure. An event nobody gave a sentence to is shown by its type,
 * never hidden; every foreign word goes through `safeText`.
 */

import type { ControlEvent } from '@writ/control';
import { safeLines, safeText } from './safe-text.ts';
import type { MarkName, Style, Tone } from './style.ts';
import { clock } from './when.ts';
import { cut } from './width.ts';
import { sentenceOfFact } from './workspace-fact.ts';

/** An event of either plane, as far as a sentence needs it. */
export type ShownEvent = { readonly type: string; readonly at: string; readonly actor: string; readonly data: unknown };

type Sentence = readonly [MarkName, Tone, string];
type Say = (field: (name: string) => string, event: ShownEvent) => Sentence;

const because = (reason: string): string => (reason === '' ? '' : `: ${reason}`);
const by = ({ actor }: ShownEvent): string => ` by ${actor}`;
const shortest = 160;
/** The first line, and that there is more. */
const brief = (text: string): string => {
  const [first = '', ...rest] = text.trim().split(/\r?\n/);
  return cut(safeText(first), shortest) + (rest.length > 0 ? ' …' : '');
};

const outcomes: Record<string, readonly [MarkName, Tone]> = {
  done: ['done', 'good'],
  failed: ['failed', 'bad'],
  interrupted: ['held', 'held'],
  unknown: ['ask', 'held'],
};
const outcome = (name: string): readonly [MarkName, Tone] => outcomes[name] ?? ['dot', 'plain'];

/** What the launcher of a session says it saw there. */
const observed: Record<string, (f: (name: string) => string) => readonly [MarkName, Tone, string]> = {
  'tool.judged': (f) => [
    ...outcome(judgedAs[f('data.decision')] ?? 'failed'),
    `${f('data.tool')}: ${f('data.decision')}${because(f('data.sentence'))}`,
  ],
  'question.put': (f) => [
    'ask',
    'held',
    f('data.at') === 'inbox' ? 'asked you in the inbox' : 'asked you at the terminal',
  ],
  'harness.told': (f) => ['dot', 'quiet', `the harness was told ${f('data.what')}`],
  'adapter.blind': (f) => ['failed', 'bad', `${f('data.tool')} ran, and nobody was asked about it`],
  'context.given': (f) => ['dot', 'quiet', `told what mission ${f('data.mission')} hands on`],
};
const judgedAs: Readonly<Record<string, string>> = { permit: 'done', hold: 'interrupted' };

const mandateSentences = {
  'mandate.proposed': (f) =>
    f('parent') !== ''
      ? ['branch', 'plain', `sub-mandate for ${f('terms.actor')}: ${f('terms.purpose')}`]
      : f('predecessor') !== ''
        ? ['way', 'plain', `takes the place of ${f('predecessor')}: ${f('terms.purpose')}`]
        : ['ask', 'held', `mandate proposed: ${f('terms.purpose')}`],
  'mandate.revised': (_, e) => ['ask', 'held', `proposal revised${by(e)}`],
  'mandate.approved': (f) =>
    f('how') === 'delegated'
      ? ['done', 'good', 'in force, through its parent']
      : ['done', 'good', `mandate approved by ${f('by')}${f('how') === 'unattended' ? ', unattended' : ''}`],
  'mandate.refused': (f) => ['failed', 'bad', `proposal refused by ${f('by')}${because(f('reason'))}`],
  'mandate.lapsed': () => ['failed', 'quiet', 'proposal lapsed: nobody approved it in time'],
  'mandate.suspended': (f) => [
    'held',
    'held',
    f('cause.kind') === 'condition'
      ? `mandate suspended: ${f('cause.subject')} is ${f('cause.reading')}`
      : `mandate suspended${f('cause.by') === '' ? '' : ` by ${f('cause.by')}`}${because(f('cause.reason'))}`,
  ],
  'mandate.reinstated': (f) => ['done', 'good', `mandate reinstated by ${f('by')}${because(f('reason'))}`],
  'mandate.shortened': (f) => ['held', 'held', `mandate shortened by ${f('by')}${because(f('reason'))}`],
  'mandate.lowered': (f) => ['held', 'held', `budgets lowered by ${f('by')}${because(f('reason'))}`],
  'mandate.narrowed': (f) => ['held', 'held', `mandate narrowed by ${f('by')}${because(f('reason'))}`],
  'mandate.superseded': (f) => ['way', 'quiet', `mandate extended: ${f('successor')} takes its place`],
  'mandate.revoked': (f) => ['failed', 'bad', `mandate revoked by ${f('by')}${because(f('reason'))}`],
  'mandate.expired': () => ['failed', 'bad', 'mandate expired'],
  'mandate.completed': (f) => ['done', 'good', `mandate completed by ${f('by')}`],
  'mandate.delegated': (f) => ['branch', 'plain', `handed on to ${f('actor')} as ${f('child')}`],
  'credential.issued': (f) => ['dot', 'quiet', `credential issued for run ${f('run')}`],
  'credential.revoked': (f) => ['dot', 'quiet', `credential \`${f('id')}\` taken back by ${f('by')}`],
  'approval.asked': (f) => ['ask', 'held', `${f('asked_by')} waits for a yes: ${f('action')} on ${f('resource')}`],
  'approval.given': (f) => ['done', 'good', `${f('by')} said yes, once: ${f('action')} on ${f('resource')}`],
  'approval.refused': (f) => ['failed', 'bad', `${f('by')} said no${because(f('reason'))}`],
  'advance.given': (f) => ['done', 'good', `${f('by')} said yes in advance: ${f('actions')} on ${f('resource')}`],
  'advance.used': (f) => ['dot', 'quiet', `the yes in advance ${f('advance')} was used`],
  'advance.withdrawn': (f) => ['failed', 'held', `${f('by')} withdrew ${f('id')}${because(f('reason'))}`],
  'approval.used': (f) => ['dot', 'quiet', `the yes ${f('approval')} was used`],
  'person.added': (f) => ['done', 'plain', `${f('name')} added by ${f('by')}`],
  'person.granted': (f) => ['dot', 'plain', `roles of ${f('name')} changed by ${f('by')}`],
  'person.removed': (f) => ['failed', 'plain', `${f('name')} removed by ${f('by')}`],
  'person.step_up_set': (_, e) => ['dot', 'plain', `what proves a person anew was set${by(e)}`],
  'person.recovered': (f) => ['ask', 'held', `${f('name')} used the code that stands in for a lost key`],
  'person.stepped_up': (_, e) => ['done', 'quiet', `${e.actor} proved anew who they are`],
  'policy.adopted': (_, e) => ['dot', 'plain', `another policy is in force${by(e)}`],
  'policy.proposed': (_, e) => ['ask', 'held', `another policy is wanted${by(e)}, and waits for a second admin`],
  'project.created': (f) => ['dot', 'quiet', `project ${f('id')} created`],
  'point.registered': (f) => ['dot', 'quiet', `enforcement point ${f('id')} registered`],
  'point.left': (f) => ['dot', 'quiet', `enforcement point ${f('id')} left, and holds nothing`],
  'signal.reported': (f) => ['way', 'plain', `${f('subject')} is ${f('value')}, says ${f('source')}`],
  'signal.held': (f) => ['way', 'quiet', `${f('subject')} has held for long enough`],
  'signal.ignored': (f) => [
    'dot',
    'quiet',
    `${f('source')} says ${f('subject')} is ${f('value')}: not newer, not taken`,
  ],
  'source.added': (f) => ['dot', 'quiet', `source ${f('id')} added by ${f('by')}`],
  'source.removed': (f) => ['dot', 'quiet', `source ${f('id')} removed by ${f('by')}`],
  'delivery.received': (f) => [
    'dot',
    'quiet',
    `${f('source')} delivered ${f('kind')}: ${f('outcome')}${because(f('note'))}`,
  ],
  'key.published': (f) => ['dot', 'quiet', `key ${f('kid')} will sign (${f('use')}), announced by ${f('by')}`],
  'key.activated': (f) => ['dot', 'quiet', `key ${f('kid')} signs from now on`],
  'key.retired': (f) => ['failed', 'quiet', `key ${f('kid')} retired by ${f('by')}${because(f('reason'))}`],
  'sink.named': (f) => ['dot', 'plain', `pushes to ${f('name')} of ${f('project')} go to ${f('url')}, says ${f('by')}`],
  'sink.forgotten': (f) => [
    'dot',
    'plain',
    `pushes to ${f('name')} of ${f('project')} go nowhere any more, says ${f('by')}`,
  ],
  'slice.opened': (f) => ['dot', 'quiet', `${f('calls')} calls set aside for ${f('point')}`],
  'slice.closed': (f) => ['dot', 'quiet', `${f('point')} used ${f('used')} of the calls set aside for it`],
  'verdict.answered': (f) => ['dot', 'quiet', `${f('point')} said yes by itself, as it may`],
  'history.began': () => ['dot', 'quiet', 'counted by a history rule'],
  'history.ended': (f) => ['dot', 'quiet', `remembered for a history rule as ${f('outcome')}`],
  'history.changed': () => ['dot', 'quiet', 'what a history rule asks for counts no more: something changed'],
  'spend.used': (f) => ['dot', 'quiet', `${f('operation')} used of the budget`],
  'spend.allocated': (f) => ['dot', 'quiet', `${f('amount')} ${f('kind')} set aside for ${f('to')} by ${f('from')}`],
  'spend.returned': (f) => ['dot', 'quiet', `${f('amount')} ${f('kind')} given back by ${f('from')} to ${f('to')}`],
  'budget.spent': (f) => ['held', 'held', `the budget of ${f('limit')} ${f('kind')} is used up`],
  'request.claimed': () => ['dot', 'quiet', 'an idempotency key was taken'],
  'redemption.refused': (f) => [
    'failed',
    'bad',
    `a sink took no permit for ${f('action')} on ${f('resource')}${because(f('reason'))}`,
  ],
  'journal.sealed': () => ['dot', 'quiet', 'the journal was sealed up to here'],
  'journal.witnessed': () => ['dot', 'quiet', 'a seal of the other plane was kept'],
  'journal.retention_set': (f, e) => ['dot', 'plain', `how long ${f('type')} is kept was set${by(e)}`],
  'journal.erased': (_, e) => ['dot', 'plain', `payloads erased${by(e)}`],
  'journal.restored': (f) => [
    'failed',
    'held',
    `the journal is an older one than it was: incarnation ${f('incarnation')} of it; everything is suspended`,
  ],
  'spend.reserved': (f) => ['dot', 'quiet', `${f('calls')} call reserved`],
  'verdict.refused': (f) => ['failed', 'bad', `refused: ${f('action')} on ${f('resource')}${because(f('sentence'))}`],
  'verdict.watched': (f) => [
    'dot',
    'held',
    `would be refused, and went on: ${f('action')} on ${f('resource')}${because(f('sentence'))}`,
  ],
  'verdict.watched_again': (f) => [
    'dot',
    'quiet',
    `would be refused ${f('times')} more times: ${f('action')} on ${f('resource')}`,
  ],
  'verdict.refused_again': (f) => [
    'failed',
    'quiet',
    `refused ${f('times')} more times: ${f('action')} on ${f('resource')}`,
  ],
  'attempt.refused_again': (f, e) => ['failed', 'quiet', `refused ${f('times')} more times${by(e)}: ${f('attempted')}`],
  'attempt.refused': (f, e) => ['failed', 'bad', `refused${by(e)}: ${f('attempted')}`],
} satisfies Record<string, Say>;

const operationSentences = {
  'operation.begun': (f) => ['live', 'busy', `${f('action')} on ${f('resource')} permitted and begun`],
  'operation.renewed': () => ['dot', 'quiet', 'operation asked again and may go on'],
  'operation.interrupt_requested': (f) => [
    'held',
    'held',
    `operation told to stop${f('because') === '' ? '' : `, because of ${f('because')}`}`,
  ],
  'operation.redeemed': (f) => ['done', 'plain', `permit taken by ${f('by')}`],
  'operation.settled': (f) => [...outcome(f('outcome')), `operation ${f('outcome')}${because(f('evidence'))}`],
  'operation.reconciled': (f) => [
    ...outcome(f('outcome')),
    `operation turned out ${f('outcome')}, says ${f('by')}${because(f('evidence'))}`,
  ],
  'receipt.opened': (f) => ['way', 'plain', `receipt ${f('id')} opened for ${f('mandate')} (${f('action')})`],
  'receipt.lines_added': () => ['dot', 'quiet', 'receipt lines added'],
  'receipt.acknowledged': () => ['dot', 'plain', 'receipt: a point said what became of its work'],
  'receipt.closed': () => ['done', 'plain', 'receipt closed'],
} satisfies Record<string, Say>;

const missionSentences = {
  'mission.created': (f) => ['idle', 'plain', `mission created: ${f('title')}`],
  'mission.started': (f) => ['live', 'busy', `mission started under ${f('mandate')}`],
  'mission.held': (f) => ['held', 'held', `mission held${because(f('reason'))}`],
  'mission.released': (f) => ['live', 'busy', `mission goes on${because(f('sentence'))}`],
  'mission.rebound': (f) => ['way', 'plain', `mission continues under ${f('to')}`],
  'mission.inert': (f) => ['failed', 'bad', `mission inert${because(f('reason'))}`],
  'mission.ended': (f) => [...outcome(f('outcome')), `mission ${f('outcome')}${because(f('summary'))}`],
  'attempt.started': (f) => ['live', 'busy', `started${f('attempt') === '1' ? '' : `, attempt ${f('attempt')}`}`],
  'attempt.claimed': () => ['live', 'busy', 'says it is done; checking'],
  'evidence.recorded': (f) => [
    ...outcome(f('exitCode') === '0' ? 'done' : 'failed'),
    `check \`${f('command')}\` ended with ${f('exitCode')}`,
  ],
  'attempt.ended': (f) => [...outcome(f('outcome')), `attempt ${f('attempt')} ${f('outcome')}${because(f('reason'))}`],
  'task.done': () => ['done', 'good', 'done'],
  'task.asked': (f) => ['ask', 'held', `asks a person (${f('item')})`],
  'task.reopened': (f) => ['live', 'busy', `opened again${because(f('reason'))}`],
  'task.failed': (f) => ['failed', 'bad', `failed${because(f('reason'))}`],
  'task.cancelled': (f) => ['failed', 'quiet', `cancelled${because(f('reason'))}`],
  'item.opened': (f) => ['ask', 'held', `asks: ${f('ask')}`],
  'item.answered': (f) => ['done', 'good', `answered \`${f('answer')}\` by ${f('by')}`],
  'item.voided': (f) => ['failed', 'quiet', `question void${because(f('reason'))}`],
} satisfies Record<string, Say>;

const sessionSentences = {
  'control.seen': () => ['dot', 'quiet', 'where control stands was noted'],
  'session.opened': (f) => ['idle', 'plain', `session opened: ${f('title')}`],
  'lease.taken': () => ['dot', 'quiet', 'lease taken'],
  'input.admitted': (f) => [
    'way',
    'plain',
    `input from ${f('by')}${f('drives') === 'false' ? ' (recorded, drives nothing)' : ''}: ${f('text')}`,
  ],
  'turn.started': () => ['live', 'busy', 'turn started'],
  'turn.composed': (f) =>
    f('acting.agent.name') === ''
      ? ['dot', 'quiet', `given to a turn: ${f('digest')}`]
      : ['way', 'busy', `acts as ${f('acting.agent.name')} under ${f('acting.mandate')}`],
  'context.recorded': () => ['dot', 'quiet', 'what a turn was given'],
  'message.recorded': () => ['dot', 'quiet', 'a message of the conversation'],
  'conversation.advanced': (f) => ['dot', 'quiet', `a conversation of ${f('messages')} messages`],
  'conversation.reset': (f) => ['way', 'held', `a new conversation: ${f('reason')}`],
  'input.set_aside': (f) => ['way', 'bad', `set aside: ${f('reason')}`],
  'input.steered': (f) => ['way', 'busy', `said into turn ${f('turn')}`],
  'participant.joined': (f) => ['dot', 'quiet', `${f('who')} takes part`],
  'participant.left': (f) => ['dot', 'quiet', `${f('who')} left`],
  'visibility.changed': (f) => [
    'way',
    'held',
    f('visibility.to') === 'project' ? 'seen by all of its project' : `seen by ${f('visibility.members')} alone`,
  ],
  'agent.accepted': (f) => ['done', 'good', `agent ${f('name')} accepted as ${f('hash')}`],
  'turn.ended': (f) => [...outcome(f('outcome')), `turn ${f('outcome')}${because(f('summary'))}`],
  'run.started': (f) => ['live', 'busy', `runs ${f('argv')}`],
  'run.ended': (f) => [
    ...outcome(f('ended') === 'exited' ? (f('exitCode') === '0' ? 'done' : 'failed') : 'interrupted'),
    `run ${f('ended').replace('_', ' ')}${f('exitCode') === '' ? '' : ` with ${f('exitCode')}`}${because(f('why'))}`,
  ],
  'output.recorded': (f) => ['pipe', 'quiet', f('text').trimEnd()],
  'agent.said': (f) => {
    const said = f('by') === '' ? f('text') : `helper ${f('by')}: ${f('text')}`;
    return f('late') === 'true' ? ['pipe', 'held', `late: ${said}`] : ['pipe', 'plain', said];
  },
  'tool.judged': (f) => [
    ...outcome(f('decision') === 'permit' ? 'done' : f('decision') === 'hold' ? 'interrupted' : 'failed'),
    `${f('title')}: ${f('decision')}${because(f('sentence'))}`,
  ],
  'tool.updated': (f) => ['dot', 'quiet', `${f('title')} ${f('status')}`],
  'observation.recorded': (f) => (observed[f('type')] ?? ((one) => ['dot', 'quiet', `seen: ${one('type')}`]))(f),
  'note.left': (f) =>
    f('late') === 'true' ? ['pipe', 'held', `late note: ${f('text')}`] : ['pipe', 'plain', `note: ${f('text')}`],
  'checkpoint.recorded': (f) => ['dot', 'quiet', `checkpoint ${f('commit').slice(0, 10)}`],
  'checkpoint.taken': (f) => ['dot', 'quiet', `checkpoint ${f('checkpoint')}${because(f('files.because'))}`],
  'session.rewound': (f) => [
    'way',
    'plain',
    `rewound to ${f('to')}: ${f('written')} written, ${f('deleted')} deleted, ${f('left')} left alone; ${f('undo')} undoes it`,
  ],
  'fact.seen': (f, { data }) => ['dot', 'quiet', `${f('kind').replace('_', ' ')}: ${sentenceOfFact(f('kind'), data)}`],
  'place.changed': (f) => ['dot', 'quiet', `works in ${f('workspace.path')}`],
  'child.opened': (f) => ['branch', 'plain', `sub-agent ${f('agent')} started under ${f('mandate')}`],
  'child.ended': (f) => [...outcome(f('outcome').split(':')[0] ?? ''), `sub-agent ${f('outcome')}`],
  'session.paused': (f) => ['held', 'held', `session paused${because(f('reason'))}`],
  'session.resumed': (f) => ['live', 'busy', `session goes on${because(f('sentence'))}`],
  'session.told': (f) => ['way', 'held', f('sentence')],
  'session.rebound': (f) => ['way', 'plain', `session continues under ${f('to')}`],
  'session.bound': (f) => ['done', 'good', `mandate ${f('mandate')} granted to it`],
  'session.forked': (f) => ['branch', 'plain', `forked from ${f('from')}, after its event ${f('at')}`],
  'fork.opened': (f) => ['branch', 'plain', `forked as ${f('session')}, after event ${f('at')}`],
  'fork.adopted': (f, e) => ['done', 'good', `what ${f('fork')} came to was brought home${by(e)}`],
  'session.adopted': (f) => ['done', 'good', `what it came to was brought home into ${f('into')}`],
  'output.late': (f) => ['pipe', 'held', `late: ${f('text').trimEnd()}`],
  'session.reset': (f, e) => ['way', 'held', `${f('what')} cleared${by(e)}`],
  'history.received': (f) => ['dot', 'quiet', `came from elsewhere: ${f('source')}`],
  'session.received': (f) => ['way', 'plain', `came from elsewhere, without a mandate: ${f('source')}`],
  'session.handed_off': (f, e) => ['way', 'plain', `carried away${by(e)} as ${f('bundle')}`],
  'session.archived': (f, e) => ['dot', 'quiet', `archived${by(e)}${because(f('reason'))}`],
  'session.unarchived': (_, e) => ['dot', 'quiet', `back in the lists${by(e)}`],
  'session.inert': (f) => ['failed', 'bad', `session inert${because(f('reason'))}`],
  'session.closed': (f) => ['done', 'quiet', `session closed${because(f('summary'))}`],
} satisfies Record<string, Say>;

/** Of control's events, every one. */
const controlSentences = {
  ...mandateSentences,
  ...operationSentences,
} satisfies Record<ControlEvent['type'], Say>;

const sentences: Record<string, Say> = {
  ...controlSentences,
  ...missionSentences,
  ...sessionSentences,
};

const housekeeping: ReadonlySet<string> = new Set([
  'spend.used',
  'spend.allocated',
  'spend.returned',
  'control.seen',
  'journal.sealed',
  'journal.witnessed',
  'key.published',
  'key.activated',
  'slice.opened',
  'slice.closed',
  'lease.taken',
  'credential.issued',
  'spend.reserved',
  'operation.renewed',
  'request.claimed',
  'point.registered',
  'point.left',
  'receipt.lines_added',
  'project.created',
  'checkpoint.recorded',
  'checkpoint.taken',
  'turn.started',
  'context.recorded',
  'message.recorded',
  'conversation.advanced',
  'place.changed',
  'session.opened',
  'attempt.claimed',
]);

/** What only says once more that something went well. */
const goodNews: Readonly<Record<string, readonly [string, string]>> = {
  'run.ended': ['exitCode', '0'],
  'turn.ended': ['outcome', 'done'],
  'attempt.ended': ['outcome', 'done'],
  'session.closed': ['exitCode', '0'],
  // What is built in.
  'policy.adopted': ['by', 'control'],
};

/** Whether the event says nothing a person would miss. It is in the journal all the same. */
export function isHousekeeping({ type, data }: Pick<ShownEvent, 'type' | 'data'>): boolean {
  const [name, value] = Object.hasOwn(goodNews, type) ? (goodNews[type] ?? []) : [];
  return housekeeping.has(type) || (name !== undefined && fieldOf(data, name) === value);
}

/** The value at a dotted path as text; empty when there is none. Accepts the wire's spelling as well as ours. */
function fieldOf(data: unknown, path: string): string {
  const value = path.split('.').reduce<unknown>((at, name) => {
    if (typeof at !== 'object' || at === null) return undefined;
    const snake = name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
    // A plain object by the line above.
    const record = at as Record<string, unknown>;
    return record[name] ?? record[snake];
  }, data);
  if (Array.isArray(value)) return value.map(String).join(' ');
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : '';
}

/** The event as mark, tone and sentence. */
export function sentenceOf(event: ShownEvent): { readonly mark: MarkName; readonly tone: Tone; readonly text: string } {
  // The envelope stands; what it said was erased.
  if (event.data === null && Object.hasOwn(spoken, event.type))
    return { mark: 'dot', tone: 'quiet', text: `${event.type}, erased` };
  const say = Object.hasOwn(sentences, event.type) ? sentences[event.type] : undefined;
  const [mark, tone, text] =
    say?.((name) => fieldOf(event.data, name), event) ??
    (['dot', 'quiet', `${event.type}${by(event)}`] satisfies Sentence);
  return { mark, tone, text: brief(text) };
}

/** What a program or agent said: shown line by line. */
const spoken: Readonly<Record<string, string>> = {
  'output.recorded': 'text',
  'output.late': 'text',
  'agent.said': 'text',
  'note.left': 'text',
};
const mostLines = 20;

/** The event: time, mark, what it is about, sentence; what was said in several lines takes several. */
export function eventLines(event: ShownEvent, style: Style, about = ''): string[] {
  const { mark, tone, text } = sentenceOf(event);
  const time = `  ${style.dim(clock(event.at, style.now))}  `;
  const lead = `${style.tone(tone, style.mark(mark).trimEnd())} ${about === '' ? '' : `${style.dim(safeText(about))}  `}`;
  const shade = (line: string): string => (tone === 'quiet' ? style.dim(line) : line);
  // Each line of what came after a stop says so, and each line of a helper whose it is.
  const isLate = event.type === 'output.late' || fieldOf(event.data, 'late') === 'true';
  const by = event.type === 'agent.said' ? fieldOf(event.data, 'by') : '';
  const whose = `${isLate ? 'late: ' : ''}${by === '' ? '' : `helper ${safeText(by)}: `}`;
  const said = Object.hasOwn(spoken, event.type)
    ? safeLines(fieldOf(event.data, spoken[event.type] ?? '').trimEnd()).map((line) => `${whose}${line}`)
    : [];
  if (said.length < 2) return [`${time}${lead}${shade(text)}`];
  const more = said.length - mostLines;
  return [
    ...said.slice(0, mostLines).map((line) => `${time}${lead}${shade(cut(line, shortest))}`),
    ...(more > 0 ? [`${time}${lead}${style.dim(`… ${String(more)} more lines`)}`] : []),
  ];
}
